"""Any interleaving of webhooks, polls, refunds, captures and expiries ends with the provider's truth in the ledger."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from functions.top_ups import service, wiring
from functions.top_ups.ports import Deps
from k8s.local.payments import wire_forms
from k8s.local.payments.book import Refused
from k8s.local.payments.faults import Faults
from k8s.local.payments.server import Provider
from k8s.local.payments.wire_forms import Hook
from shared.adapters.postgres import ads_stores, ads_top_ups, ledger_blocks
from shared.adapters.postgres.database import Postgres
from shared.clock import SystemClock
from shared.domain.ads.stores import NewPayment
from shared.domain.money.ledger import request_key
from shared.errors import Conflict, InvalidInput
from shared.security.tokens import Caller
from shared.settings.loading import load_settings
from tests.support.advertising.ledgers import StoreLedger
from tests.support.advertising.payments import SECRET, function_environment, provider
from tests.support.advertising.stores import make_store
from tests.support.engines.postgres import empty, run
from tests.support.money.accounts import faults

__all__ = ["provider"]
EXAMPLES, STEPS, TOP_UPS = 12, 40, 2
FLAWED = {"error": 0.4, "half": 0.4, "timeout": 0.2}


class TopUpMachine(RuleBasedStateMachine):
    """Drives the function and its provider; the provider's book is the model."""

    payments = Bundle("payments")
    hooks = Bundle("hooks")
    refunds = Bundle("refunds")
    reserved = Bundle("reserved")
    database: Postgres
    provider: Provider
    deps: Deps
    url: str

    @initialize()
    def begin(self) -> None:
        empty(self.url)
        for book in (self.provider.book.payments, self.provider.book.refunds):
            book.clear()
        self.provider.hooks.clear()
        self.provider.faults, self.provider.book.slow_refunds = Faults(), False
        self.owner = Caller(user_id=str(uuid.uuid4()), username="ada", roles=())
        self.store_id = make_store(self.database, owner=self.owner.user_id).id
        self.spent = self.n_top_ups = 0

    # --- what the store does

    @precondition(lambda self: self.n_top_ups < TOP_UPS)  # few, so that much happens to each
    @rule(target=payments, name=st.sampled_from(["stripe", "yookassa"]), amount=st.integers(100, 500))
    def create(self, name: str, amount: int) -> str:
        self.n_top_ups += 1
        key = request_key("test", str(uuid.uuid4()), {})
        assert key is not None
        return service.create(self.owner, self.store_id, name, amount, key, self.deps)[0].id

    @rule(target=reserved, amount=st.integers(1, 400))
    def reserve(self, amount: int) -> str:
        new = NewPayment(store_id=self.store_id, amount=amount, purpose="clicks", reserved_by="test")
        try:
            return self.database.transaction(lambda c: ads_stores.reserve(c, new, now=SystemClock().now()))
        except Conflict:
            return ""

    @rule(payment_id=consumes(reserved), share=st.integers(0, 100))
    def resolve(self, payment_id: str, share: int) -> None:
        """Capture a part, or release."""
        if not payment_id:
            return
        with self.database.connection() as connection:
            amount = ads_stores.find_payment(connection, payment_id).amount * share // 100
            if amount:
                ads_stores.capture(connection, payment_id, amount)
                self.spent += amount
            else:
                ads_stores.release(connection, payment_id)

    @rule(top_up_id=payments, amount=st.integers(1, 60))
    def request_refund(self, top_up_id: str, amount: int) -> None:
        work = partial(ads_top_ups.request_refund, top_up_id=top_up_id, amount=amount, now=SystemClock().now())
        with suppress(Conflict):
            self.database.transaction(work)

    @rule(top_up_id=payments)
    def expire(self, top_up_id: str) -> None:
        """Let the time of a payment be over."""
        run(self.database, "UPDATE ads_top_ups SET expires_at = now() WHERE id = %s", top_up_id)

    @rule()
    def clock(self) -> None:
        self._make_due()
        service.ask_due(self.deps)

    # --- what happens at the provider

    @rule(target=hooks, top_up_id=payments, lie=st.sampled_from(["", "", "", "amount", "currency"]), now=st.booleans())
    def pay(self, top_up_id: str, lie: str, now: bool) -> Any:
        payment = self._payment(top_up_id)
        if payment is None:
            return None
        self.provider.book.pay(payment.id)
        return self._told("succeeded", payment, lie, now)

    @rule(target=hooks, top_up_id=payments)
    def cancel(self, top_up_id: str) -> Any:
        payment = self._payment(top_up_id)
        if payment is None:
            return None
        self.provider.book.cancel(payment.id)
        return self._told("canceled", payment, "", False)

    @rule(target=hooks, top_up_id=payments, amount=st.integers(1, 60), now=st.booleans())
    def refund_there(self, top_up_id: str, amount: int, now: bool) -> Any:
        """Somebody at the provider pays back."""
        payment = self._payment(top_up_id)
        try:
            refund = self.provider.book.refund(str(uuid.uuid4()), payment.id if payment else "", amount)
        except Refused:
            return None
        return self._told("refunded", refund, "", now)

    @rule(slow=st.booleans())
    def slow_refunds(self, slow: bool) -> None:
        self.provider.book.slow_refunds = slow

    @rule(paid=st.booleans())
    def settle_refunds(self, paid: bool) -> None:
        for refund in list(self.provider.book.refunds.values()):
            self.provider.book.settle(refund.id, paid=paid)

    @rule(top_up_id=payments)
    def forge(self, top_up_id: str) -> None:
        """Somebody says that a payment succeeded."""
        payment = self._payment(top_up_id)
        if payment is not None:
            (hook,) = wire_forms.hooks_of(payment.form, "succeeded", payment, lie="paid")
            self._deliver(hook)

    @rule(flawed=st.booleans(), seed=st.integers(0, 99))
    def answers(self, flawed: bool, seed: int) -> None:
        """The provider begins or ceases to answer badly."""
        self.provider.faults = Faults(FLAWED if flawed else {}, seed=seed)

    # --- what comes of it

    @rule(hook=hooks)
    def deliver(self, hook: Any) -> None:
        """Any webhook at any time, also again, also never."""
        for each in hook or ():
            self._deliver(each)

    def teardown(self) -> None:
        if not hasattr(self, "store_id"):
            return
        self.provider.faults, self.provider.book.slow_refunds = Faults(), False
        self.settle_refunds(paid=True)
        for _ in range(3):
            self.clock()
        assert StoreLedger(self.database, self.provider.book, self.store_id).differences(spent=self.spent) == []
        assert faults(self.database) == []

    def _payment(self, top_up_id: str) -> Any:
        found = [p for p in self.provider.book.payments.values() if p.metadata["top_up_id"] == top_up_id]
        assert len(found) <= 1, "a top-up is one payment"
        return found[0] if found else None

    def _told(self, kind: str, subject: Any, lie: str, now: bool) -> list[Hook]:
        """The webhooks of a change, which are the same whenever they come; a lie comes beside the truth."""
        hooks = wire_forms.hooks_of(_form(subject), kind, subject) if _is(kind, subject) else []
        hooks += wire_forms.hooks_of(_form(subject), kind, subject, lie=lie) if lie and hooks else []
        for hook in hooks if now else ():
            self._deliver(hook)
        return hooks

    def _deliver(self, hook: Hook) -> None:
        try:
            service.receive(hook.form, hook.headers(SECRET, time.time()), hook.body, "", self.deps)
        except InvalidInput:
            assert hook.forged

    def _make_due(self) -> None:
        for table, column in (
            ("ads_top_ups", "next_ask_at"),
            ("ads_webhooks", "next_try_at"),
            ("ads_refunds", "next_try_at"),
        ):
            run(self.database, f"UPDATE {table} SET {column} = now() WHERE {column} IS NOT NULL")


def _form(subject: Any) -> str:
    return str(getattr(subject, "form", None) or subject.payment.form)


def _is(kind: str, subject: Any) -> bool:
    """Whether a change happened, so that a provider tells of it."""
    return bool(subject.status == ("succeeded" if kind == "refunded" else kind))


@pytest.fixture
def database(emptied_database_url: str) -> Iterator[Postgres]:
    database = Postgres(emptied_database_url, acquire_timeout_s=30)
    yield database
    database.close()


def test_any_interleaving_ends_with_the_providers_truth(
    database: Postgres, emptied_database_url: str, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_blocks.BlockSealer, "notify", lambda _: None)
    environment = function_environment(emptied_database_url, provider)
    deps = wiring.build(load_settings(wiring.Settings, environment, need=wiring.NEED))

    class Machine(TopUpMachine):
        pass

    Machine.database, Machine.provider, Machine.deps, Machine.url = database, provider, deps, emptied_database_url
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
