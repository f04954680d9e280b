"""The functions of a user's life through their real edges, over the stores in memory or over Postgres and Valkey."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask

import functions.account.service
import functions.account.store
import functions.account.wiring
import functions.favourites.service
import functions.favourites.store
import functions.favourites.wiring
import functions.users.service
import functions.users.store
import functions.users.wiring
import functions.verify_contact.service
import functions.verify_contact.store
import functions.verify_contact.wiring
import functions.verify_identity.service
import functions.verify_identity.store
import functions.verify_identity.wiring
from functions.account.service import Parts
from shared.adapters.postgres.accounts import PostgresSessions, PostgresUsers
from shared.adapters.postgres.audit import PostgresAuditTrail
from shared.adapters.postgres.database import Postgres
from shared.adapters.postgres.outbox import PostgresOutbox
from shared.adapters.valkey.limits import ValkeyLimits
from shared.domain.accounts import contacts, usernames
from shared.domain.accounts.audit import AuditRecord
from shared.domain.accounts.users import Client, State, User
from shared.outbox import OutboxRelay
from shared.ports.accounts import AuditTrail, Sessions, Users
from shared.ports.events import Outbox
from shared.security.grants import Grants
from shared.security.passwords import HashQueue, Passwords
from shared.security.tokens import Tokens
from shared.testing.account_lifecycle import MemoryAccounts, MemoryLife
from shared.testing.accounts import MemorySessions, MemoryUsers
from shared.testing.clock import HandClock
from shared.testing.memory_codes import MemoryCodes
from shared.testing.memory_directory import MemoryDirectory
from shared.testing.memory_favourites import MemoryFavourites, MemoryNames
from shared.testing.memory_identities import MemoryIdentities
from shared.testing.memory_limits import MemoryLimits
from shared.testing.memory_messages import MemoryMessages
from shared.testing.memory_objects import MemoryObjects
from shared.testing.memory_sink import MemorySink
from tests.support.accounts.log_search import PASSWORD, Logs
from tests.support.engines.fixtures import PATIENTLY

KEYS = (("k1", "one" * 12),)
ENV = {
    "DATABASE_URL": "postgresql://nowhere/db",
    "CLICKHOUSE_URL": "http://nowhere/db",
    "LIMITS_URL": "redis://nowhere/0",
    "TOKEN_KEYS": f"k1:{'one' * 12}",
    "K_SINK": "http://nowhere/",
    "EXPORT_PARTS": "favourites=http://nowhere/favourites/export",
    "MESSAGES_URL": "smtp://nowhere",
    "CODES_KEY": "codes" * 8,
    "OBJECT_STORE_URL": "file:///nowhere",
    "TRUSTED_PROXIES": "127.0.0.0/8",
}
TRIES = 3
HASH = Passwords(4).hash(PASSWORD)
_ON_THE_WAY = {
    State.CONTACT_VERIFIED: [State.CONTACT_VERIFIED],
    State.ACTIVE: [State.CONTACT_VERIFIED, State.ACTIVE],
    State.BLOCKED: [State.BLOCKED],
    State.DELETED: [State.DELETED],
}


@dataclass(kw_only=True)
class Stores:
    """What the functions stand on."""

    users: Users
    sessions: Sessions
    limits: MemoryLimits | ValkeyLimits
    outbox: Outbox
    audit_trail: AuditTrail
    accounts: functions.account.service.Accounts
    codes: functions.verify_contact.service.Codes
    directory: functions.users.service.Directory
    identities: functions.verify_identity.service.Identities
    favourites: functions.favourites.service.FavouriteStore
    change: Callable[[str, str, Any], None]
    """Set a user's ``state`` or ``roles`` by folded name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who is logged in."""

    id: str
    name: str
    token: str = field(repr=False)
    session_id: str


@dataclass
class LoadedExportParts:
    """Asks the loaded functions themselves for their parts of an export."""

    app: Callable[[str], Flask] | None = None
    silent: set[str] = field(default_factory=set)
    """Parts that do not answer."""

    def collect(self, token: str) -> Parts:
        contents = {name: self._part(name, token) for name in ("favourites",) if name not in self.silent}
        return Parts(contents=contents, missing=sorted(self.silent))

    def _part(self, name: str, token: str) -> Any:
        assert self.app is not None
        headers = {"Authorization": f"Bearer {token}"}
        with self.app(name).test_client().get(f"/{name}/export", headers=headers) as answer:
            assert answer.status_code == 200, answer.data
            return answer.json


@dataclass(kw_only=True)
class World:
    """The functions and what a test turns by hand."""

    stores: Stores
    clock: HandClock
    tokens: Tokens
    grants: Grants
    passwords: Passwords
    sink: MemorySink
    export_parts: LoadedExportParts
    messages: MemoryMessages
    objects: MemoryObjects
    names: MemoryNames
    relay: OutboxRelay
    logs: Logs
    load: Callable[..., Flask]
    apps: dict[str, Flask] = field(default_factory=dict)
    _loading: threading.Lock = field(default_factory=threading.Lock)

    def person(self, name: str = "ada", *roles: str, state: State = State.NEW, email: str = "") -> Person:
        """A new user in a state, logged in."""
        address = contacts.parse_email(email) if email else None
        user = self.stores.users.add(usernames.validate_new(name), password_hash=HASH, email=address)
        if roles:
            self.stores.change(usernames.fold(name), "roles", roles)
        person = self.log_in(user.id, name, roles)
        for each in _ON_THE_WAY.get(state, []):
            self.stores.change(usernames.fold(name), "state", each)
        return person

    def log_in(self, user_id: str, name: str, roles: tuple[str, ...] = ()) -> Person:
        """A session of a user."""
        user = User(id=user_id, username=name, roles=roles, created_at=self.clock.now())
        grant = self.grants.begin(user, Client())
        self.logs.keep_secret(PASSWORD, grant.access_token, grant.refresh_token)
        session_id = self.tokens.verify(grant.access_token).session_id
        return Person(id=user_id, name=name, token=grant.access_token, session_id=session_id)

    def ask(self, method: str, path: str, who: Person | None = None, *, function: str, **sent: Any) -> Any:
        """The answer of a function; what it does afterwards is done."""
        headers = {"Authorization": f"Bearer {who.token}"} if who else {}
        with self.app(function).test_client().open(path, method=method, headers=headers, **sent) as answer:
            return answer

    def app(self, function: str) -> Flask:
        """A function, loaded when it is first asked."""
        with self._loading:  # which changes the environment of all threads
            if function not in self.apps:
                self.apps[function] = self.load(function, **ENV)
        return self.apps[function]

    def live(self, who: Person) -> list[str]:
        """Ids of somebody's sessions that are not over."""
        return [each.id for each in self.stores.sessions.list_active(who.id, now=self.clock.now())]

    def trail(self, who: Person) -> list[str]:
        """Actions of and towards somebody, the first first."""
        return [each.entry.action for each in self.entries(who)]

    def entries(self, who: Person) -> list[AuditRecord]:
        """The same with all that was recorded, except how they logged in."""
        result = self.stores.audit_trail.list_entries(who.id, before="", limit=500)
        return [each for each in reversed(result) if each.entry.action != "session.open"]

    def told(self) -> list[tuple[str, str]]:
        """What the broker heard after a relay: last words of the type, and the user."""
        self.relay.try_run()
        return [(event.type.split(".")[-2], event.extensions["user"]) for event in self.sink.events]


def in_memory() -> Stores:
    """The fakes."""
    users = MemoryUsers()
    life = MemoryLife(users=users, sessions=MemorySessions(users))

    def change(folded: str, what: str, value: Any) -> None:
        users.grant(folded, *value) if what == "roles" else users.move(folded, value)

    return Stores(
        users=users,
        sessions=life.sessions,
        limits=MemoryLimits(),
        outbox=users.outbox,
        audit_trail=users.audit,
        accounts=MemoryAccounts(life),
        codes=MemoryCodes(life),
        directory=MemoryDirectory(life),
        identities=MemoryIdentities(life),
        favourites=MemoryFavourites(life),
        change=change,
    )


def real(database: Postgres, limits_url: str) -> Stores:
    """Postgres and Valkey."""
    statements = {
        "state": b"UPDATE users SET state = %s WHERE username_folded = %s",
        "roles": b"UPDATE users SET roles = %s WHERE username_folded = %s",
    }

    def change(folded: str, what: str, value: Any) -> None:
        with database.connection() as connection:
            connection.execute(statements[what], (list(value) if what == "roles" else value, folded))

    return Stores(
        users=PostgresUsers(database),
        sessions=PostgresSessions(database),
        limits=ValkeyLimits(limits_url),
        outbox=PostgresOutbox(database),
        audit_trail=PostgresAuditTrail(database),
        accounts=functions.account.store.PostgresAccounts(database),
        codes=functions.verify_contact.store.PostgresCodes(database),
        directory=functions.users.store.PostgresDirectory(database),
        identities=functions.verify_identity.store.PostgresIdentities(database),
        favourites=functions.favourites.store.PostgresFavourites(database),
        change=change,
    )


def make(
    stores: Stores, monkeypatch: pytest.MonkeyPatch, load_function: Callable[..., Flask], logs: Logs, gate: HashQueue
) -> World:
    """The functions over the stores."""
    logs.keep_secret(PASSWORD, *(key for _, key in KEYS))
    clock, sink, passwords = HandClock(), MemorySink(), Passwords(4, gate)
    tokens = Tokens(KEYS, clock, stores.limits)
    grants = Grants(sessions=stores.sessions, tokens=tokens, clock=clock, revocations=stores.limits)
    world = World(
        stores=stores,
        clock=clock,
        tokens=tokens,
        grants=grants,
        passwords=passwords,
        sink=sink,
        export_parts=LoadedExportParts(),
        messages=MemoryMessages(),
        objects=MemoryObjects(),
        names=MemoryNames(),
        relay=OutboxRelay(stores.outbox, sink, clock),
        logs=logs,
        load=load_function,
    )
    world.export_parts.app = world.app
    account = functions.account.service.Deps(
        accounts=stores.accounts,
        audit_trail=stores.audit_trail,
        passwords=passwords,
        throttle=stores.limits,
        grants=grants,
        outbox=stores.outbox,
        export_parts=world.export_parts,
        relay=world.relay,
        clock=clock,
        tries_per_account=TRIES,
    )
    verify_contact = functions.verify_contact.service.Deps(
        codes=stores.codes,
        messages=world.messages,
        throttle=stores.limits,
        tokens=tokens,
        clock=clock,
        key=ENV["CODES_KEY"],
        publish_events=world.relay.try_run,
    )
    users = functions.users.service.Deps(
        directory=stores.directory,
        audit_trail=stores.audit_trail,
        grants=grants,
        clock=clock,
        publish_events=world.relay.try_run,
    )
    verify_identity = functions.verify_identity.service.Deps(
        identities=stores.identities,
        objects=world.objects,
        throttle=stores.limits,
        tokens=tokens,
        clock=clock,
        publish_events=world.relay.try_run,
    )
    favourites = functions.favourites.service.Deps(
        favourites=stores.favourites, names=world.names, tokens=tokens, clock=clock
    )
    monkeypatch.setattr(functions.favourites.wiring, "build", lambda settings: favourites)
    monkeypatch.setattr(functions.verify_identity.wiring, "build", lambda settings: verify_identity)
    monkeypatch.setattr(functions.users.wiring, "build", lambda settings: users)
    monkeypatch.setattr(functions.account.wiring, "build", lambda settings: account)
    monkeypatch.setattr(functions.verify_contact.wiring, "build", lambda settings: verify_contact)
    return world


@pytest.fixture(params=["memory", "real"])
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    """Empty stores of both kinds."""
    if request.param == "memory":
        yield in_memory()
        return
    database = Postgres(request.getfixturevalue("emptied_database_url"), acquire_timeout_s=20)
    yield real(database, request.getfixturevalue("bus_url") + PATIENTLY)
    database.close()


@pytest.fixture
def world(stores: Stores, monkeypatch: pytest.MonkeyPatch, load_function: Callable[..., Flask], logs: Logs) -> World:
    """All functions over both kinds of stores."""
    return make(stores, monkeypatch, load_function, logs, HashQueue(max_waiting=100))
