"""Top-ups through their real edge over a real Postgres, and a payment provider on loopback."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask

from k8s.local.payments.server import Provider
from k8s.local.payments.wire_forms import Hook
from shared.adapters.postgres import ads_stores, ledger, ledger_blocks
from shared.adapters.postgres.accounts import PostgresUsers
from shared.adapters.postgres.database import Postgres
from shared.clock import SystemClock
from shared.domain.accounts import usernames
from shared.domain.ads.stores import CLEARING, DEBT, REFUNDS, owner_of
from shared.errors import NotFound
from shared.events import cloudevents
from shared.events.envelope import Event
from shared.security.passwords import Passwords
from shared.security.tokens import Caller, ServiceTokens, Tokens
from tests.support.advertising.stores import make_store
from tests.support.engines.postgres import run

KEYS = (("k1", "one" * 12),)
SERVICE_KEYS = (("s1", "two" * 12),)
SECRET = "whsec_simulated"
HASH = Passwords(4).hash("correct horse battery staple")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who is logged in."""

    id: str
    name: str
    token: str = field(repr=False)


@dataclass
class Desk:
    """The functions, the provider, and a store with its owner."""

    database: Postgres
    provider: Provider
    environment: dict[str, str]
    load: Callable[..., Flask]
    apps: dict[str, Flask] = field(default_factory=dict)
    owner: Person = field(default_factory=lambda: Person(id="", name="", token=""))
    store_id: str = ""

    def person(self, *roles: str) -> Person:
        """A new user, logged in."""
        name = f"user-{uuid.uuid4().hex[:12]}"
        user = PostgresUsers(self.database).add(usernames.validate_new(name), password_hash=HASH)
        run(self.database, "UPDATE users SET roles = %s WHERE id = %s", list(roles), user.id)
        token = Tokens(KEYS, SystemClock()).sign(Caller(user_id=user.id, username=name, roles=roles))
        return Person(id=user.id, name=name, token=token)

    def service_token(self, *scopes: str, audience: str = "core") -> str:
        """A token of another function."""
        return ServiceTokens(SERVICE_KEYS, SystemClock(), name="test").sign(audience, scopes)

    def ask(self, method: str, path: str, who: Person | str | None = None, *, key: str = "", **sent: Any) -> Any:
        """The answer of the function that has this path."""
        token = who if isinstance(who, str) else who.token if who else ""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= {"Idempotency-Key": key} if key else {}
        headers |= sent.pop("headers", {})
        function = "top_ups" if path.startswith("/top-ups") else "stores"
        return self.app(function).test_client().open(path, method=method, headers=headers, **sent)

    def app(self, function: str) -> Flask:
        """A function, loaded when it is first asked."""
        if function not in self.apps:
            self.apps[function] = self.load(function, **self.environment)
        return self.apps[function]

    def restart(self) -> None:
        """Let the functions begin anew, as after a crash."""
        self.apps.clear()

    def tick(self, task: str) -> None:
        """Let the clock ask for a task, all that is due by then."""
        event = Event(
            id=str(uuid.uuid4()),
            source="/clock",
            type="dev.knative.sources.ping",
            time=SystemClock().now(),
            data=json.dumps({"task": task}).encode(),
        )
        headers, body = cloudevents.to_http(event)
        answer = self.app("top_ups").test_client().post("/events/tick", headers=headers, data=body)
        assert answer.status_code == 202, answer.text

    def make_due(self) -> None:
        """Let so much time pass that everything which waits is due."""
        for table, column in (
            ("ads_top_ups", "next_ask_at"),
            ("ads_webhooks", "next_try_at"),
            ("ads_refunds", "next_try_at"),
            ("ads_hook_messages", "next_try_at"),
        ):
            run(self.database, f"UPDATE {table} SET {column} = now() WHERE {column} IS NOT NULL")

    def ask_all(self) -> None:
        """Let the clock ask about all that waits."""
        self.make_due()
        self.tick("ask")

    def top_up(self, amount: int = 10_000, provider: str = "stripe", *, key: str = "") -> dict[str, Any]:
        """A new top-up of the store."""
        body = {"store_id": self.store_id, "provider": provider, "amount": amount}
        answer = self.ask("POST", "/top-ups", self.owner, json=body, key=key or str(uuid.uuid4()))
        assert answer.status_code in (201, 202), answer.text
        content: dict[str, Any] = answer.json
        return content

    def paid(self, amount: int = 10_000, provider: str = "stripe") -> dict[str, Any]:
        """A new top-up that is paid and credited."""
        top_up = self.top_up(amount, provider)
        self.provider.book.pay(top_up["payment_id"])
        self.deliver_all()
        return self.shown(top_up)

    def shown(self, top_up: dict[str, Any]) -> dict[str, Any]:
        """A top-up as its store's owner sees it."""
        content: dict[str, Any] = self.ask("GET", f"/top-ups/{top_up['id']}", self.owner).json
        return content

    def deliver(self, hook: Hook, *, at: float | None = None, headers: dict[str, str] | None = None) -> int:
        """Send a webhook; the status of the answer."""
        sent = hook.headers(SECRET, time.time() if at is None else at) if headers is None else headers
        path = f"/top-ups/webhooks/{hook.form}"
        return int(self.app("top_ups").test_client().post(path, headers=sent, data=hook.body).status_code)

    def deliver_all(self) -> None:
        """Send every webhook that the provider made."""
        hooks, self.provider.hooks[:] = list(self.provider.hooks), []
        for hook in hooks:
            self.deliver(hook)

    def balance(self, name: str = "funds") -> int:
        """The store's account of a name."""
        with self.database.connection() as connection:
            if name == "funds":
                return ads_stores.balance(connection, self.store_id).posted
            return ledger.balance(
                connection, {"debt": DEBT, "refunds": REFUNDS}[name].account(owner_of(self.store_id))
            ).posted

    def cleared(self, provider: str) -> int:
        """What a provider took for us, less what it paid back."""
        try:
            with self.database.connection() as connection:
                return ledger.balance(connection, CLEARING.account(f"providers/{provider}")).posted
        except NotFound:
            return 0

    def truth(self, provider: str) -> int:
        """The same, as the provider knows it."""
        payments = self.provider.book.payments.values()
        return sum(p.amount - p.refunded for p in payments if p.form == provider and p.status == "succeeded")


def function_environment(database_url: str, provider: Provider) -> dict[str, str]:
    """The settings of both functions."""
    return {
        "DATABASE_URL": database_url,
        "TOKEN_KEYS": ",".join(f"{kid}:{text}" for kid, text in KEYS),
        "SERVICE_TOKEN_KEYS": ",".join(f"{kid}:{text}" for kid, text in SERVICE_KEYS),
        "HOOKS_KEY": "h" * 32,
        "HOOKS_TO_PRIVATE_ADDRESSES": "true",
        "STRIPE_URL": provider.url,
        "STRIPE_KEY": "sk_test_simulated",
        "STRIPE_WEBHOOK_SECRETS": SECRET,
        "YOOKASSA_URL": provider.url,
        "YOOKASSA_SHOP_ID": "1",
        "YOOKASSA_KEY": "test_simulated",
    }


@pytest.fixture
def provider() -> Iterator[Provider]:
    """A payment provider on loopback, whose webhooks the test sends."""
    provider = Provider(secret=SECRET, keep_alive=False)
    provider.start()
    yield provider
    provider.stop()


@pytest.fixture
def desk(
    emptied_database_url: str,
    provider: Provider,
    load_function: Callable[..., Flask],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Desk]:
    """The functions over an empty Postgres, with a store."""
    monkeypatch.setattr(ledger_blocks.BlockSealer, "notify", lambda _: None)
    database = Postgres(emptied_database_url, acquire_timeout_s=30)
    environment = function_environment(emptied_database_url, provider)
    desk = Desk(database, provider, environment, load_function)
    desk.owner = desk.person()
    desk.store_id = make_store(database, owner=desk.owner.id).id
    yield desk
    database.close()
