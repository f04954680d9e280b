"""Claims and codes in Postgres."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.adapters.named_queries import queries
from shared.adapters.postgres import audit, user_rows
from shared.adapters.postgres.database import Postgres, fetch_one
from shared.domain.accounts.audit import Actor, Entry, Outcome
from shared.domain.accounts.contacts import Address, Kind
from shared.domain.accounts.lifecycle import Contact, Proof
from shared.domain.accounts.users import State, User
from shared.errors import Conflict, NotFound
from shared.events.users import UserVerified

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection


@dataclass(frozen=True, slots=True)
class _Address:
    id: str
    kind: str
    address: str
    folded: str

    def reached(self) -> Address:
        return Address(kind=Kind(self.kind), shown=self.address, folded=self.folded)


@dataclass(frozen=True, slots=True)
class _Answer:
    yes: bool


@dataclass(frozen=True, slots=True)
class _Digest:
    digest: bytes


@dataclass(frozen=True, slots=True)
class _Proven:
    kind: str
    address: str
    created_at: datetime
    verified_at: datetime


@cache
def _queries() -> dict[str, str]:
    return queries(Path(__file__).parent / "queries.sql")


class PostgresCodes:
    """The tables of contacts and of the codes sent to them."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def claimed(self, user_id: str, kind: Kind) -> Address:
        """The address that is to be proven; `NotFound` when there is none, `Conflict` when it is proven already."""
        with self._database.connection() as connection:
            found = fetch_one(connection, _Address, _queries()["claim"], {"user_id": user_id, "kind": kind})
            if found is not None:
                return found.reached()
            proven = fetch_one(connection, _Answer, _queries()["has_proven"], {"user_id": user_id, "kind": kind})
        if proven is not None and proven.yes:
            raise Conflict(f"your {kind} is proven")
        raise NotFound(f"no {kind} to be proven")

    def keep(
        self, user_id: str, address: Address, *, digest: bytes, expires_at: datetime, by: Actor, now: datetime
    ) -> None:
        """Only the code of this digest proves the address from now on; `NotFound` when it is claimed no more."""
        params = {"user_id": user_id, "kind": address.kind, "folded": address.folded}

        def work(connection: Connection) -> None:
            user_rows.locked_living(connection, user_id)
            if not _do(connection, "keep", **params, digest=digest, now=now, expires_at=expires_at):
                raise NotFound(f"no such {address.kind} to be proven")
            _record(connection, "contact.send_code", user_id, address.kind, by, now)

        self._database.transaction(work)

    def prove(
        self, user_id: str, kind: Kind, *, digest: bytes, tries_at_most: int, by: Actor, now: datetime
    ) -> Proof | None:
        """Use a code up; None when it is not the one that was sent last, too old, used, or tried too often."""

        def work(connection: Connection) -> Proof | None:
            user = user_rows.locked_living(connection, user_id)
            claim = fetch_one(connection, _Address, _queries()["claim"], {"user_id": user_id, "kind": kind})
            if claim is None or not _matches(connection, claim, digest, tries_at_most, now):
                _record(connection, "contact.verify", user_id, kind, by, now, outcome="refused")
                return None
            _do(connection, "use_up", contact_id=claim.id)
            earlier = fetch_one(connection, _Address, _queries()["drop_proven"], {"user_id": user_id, "kind": kind})
            contact = _proven(connection, claim, now)
            _record(connection, "contact.verify", user_id, kind, by, now)
            replaced = earlier.reached() if earlier else None
            return Proof(contact=contact, state=_advanced(connection, user, now), replaced=replaced)

        return self._database.transaction(work)


def _matches(connection: Connection, claim: _Address, digest: bytes, tries_at_most: int, now: datetime) -> bool:
    params = {"contact_id": claim.id, "tries_at_most": tries_at_most, "now": now}
    kept = fetch_one(connection, _Digest, _queries()["try"], params)
    return kept is not None and hmac.compare_digest(kept.digest, digest)


def _proven(connection: Connection, claim: _Address, now: datetime) -> Contact:
    from psycopg import errors as pg

    try:
        row = fetch_one(connection, _Proven, _queries()["mark_proven"], {"contact_id": claim.id, "now": now})
    except pg.UniqueViolation:
        raise Conflict(f"this {claim.kind} is proven to be another user's") from None
    assert row is not None
    return Contact(kind=Kind(row.kind), address=row.address, created_at=row.created_at, verified_at=row.verified_at)


def _advanced(connection: Connection, user: User, now: datetime) -> State:
    """The user's state, which a first proof changes."""
    if user.state is not State.NEW:
        return user.state
    to = State.CONTACT_VERIFIED
    user_rows.move(connection, user, to)
    user_rows.tell(connection, UserVerified(user_id=user.id, state=to, occurred_at=now))
    return to


def _record(
    connection: Connection,
    action: str,
    user_id: str,
    kind: Kind,
    by: Actor,
    now: datetime,
    outcome: Outcome = "done",
) -> None:
    entry = Entry(action=action, by=by, user_id=user_id, outcome=outcome, detail={"kind": kind})
    audit.write(connection, entry, now=now)


def _do(connection: Connection, name: str, **params: Any) -> int:
    return connection.execute(_queries()[name].encode(), params).rowcount
