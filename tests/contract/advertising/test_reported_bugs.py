"""Faults of money and webhooks that users of other systems reported, each as a test; the number is the report's."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import stripe

from functions.top_ups import wiring
from k8s.local.payments import wire_forms
from k8s.local.payments.wire_forms import Hook
from shared.adapters.postgres import ads_top_ups
from shared.events.ads import TopUpCredited
from tests.support.advertising.payments import SECRET, Desk, desk, provider
from tests.support.engines.postgres import run
from tests.support.functions.problems import assert_problem
from tests.support.money.accounts import faults

__all__ = ["desk", "provider"]
PROVIDERS = ("stripe", "yookassa")


@pytest.fixture(autouse=True)
def sound(desk: Desk) -> Iterator[None]:
    """Whatever a test does, the ledger keeps its rules and has what the provider has."""
    yield
    assert faults(desk.database) == []
    for name in PROVIDERS:
        assert desk.cleared(name) == desk.truth(name)


def pay(desk: Desk, top_up: dict[str, Any]) -> list[Hook]:
    """Let the payer pay; the webhooks of it."""
    desk.provider.book.pay(top_up["payment_id"])
    hooks, desk.provider.hooks[:] = list(desk.provider.hooks), []
    return hooks


def another_event(hook: Hook) -> Hook:
    """The same news under another id, as of another event."""
    return replace(hook, body=json.dumps({**json.loads(hook.body), "id": f"evt_{uuid.uuid4().hex}"}).encode())


def n_credits(desk: Desk) -> int:
    """How often money came in, and how often that was told."""
    ((n_postings,),) = run(desk.database, "SELECT count(*) FROM ledger_transactions WHERE kind = 'top-up'")
    ((n_events,),) = run(desk.database, "SELECT count(*) FROM outbox WHERE type = %s", TopUpCredited.TYPE)
    assert n_postings == n_events
    return int(n_postings)


def test_1_a_signed_body_is_credited_once_and_refused_after_300_seconds(desk: Desk) -> None:
    (hook,) = pay(desk, desk.top_up(900))
    headers = hook.headers(SECRET, time.time())
    assert {desk.deliver(hook, headers=headers) for _ in range(100)} == {200}
    assert (desk.balance(), n_credits(desk)) == (900, 1)
    assert desk.deliver(hook, at=time.time() - 301) == 400
    assert desk.deliver(hook, at=time.time() + 301) == 400
    assert desk.deliver(hook, at=time.time() - 290) == 200
    assert (desk.balance(), n_credits(desk)) == (900, 1)


def _replay(desk: Desk, hook: Hook) -> None:
    headers = hook.headers(SECRET, time.time())
    assert [desk.deliver(hook, headers=headers) for _ in range(3)] == [200] * 3


def _in_sequence(desk: Desk, hook: Hook) -> None:
    assert [desk.deliver(hook, at=time.time() + n) for n in range(3)] == [200] * 3


def _in_parallel(desk: Desk, hook: Hook) -> None:
    desk.app("top_ups")
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: desk.deliver(hook), range(24))) == {200}


def _after_a_restart(desk: Desk, hook: Hook) -> None:
    desk.restart()
    assert desk.deliver(hook) == 200


def _of_another_event(desk: Desk, hook: Hook) -> None:
    assert desk.deliver(another_event(hook)) == 200


@pytest.mark.parametrize(
    "repeat", [_replay, _in_sequence, _in_parallel, _after_a_restart, _of_another_event], ids=lambda each: each.__name__
)
@pytest.mark.parametrize("name", PROVIDERS)
def test_2_a_repeated_webhook_adds_nothing(desk: Desk, name: str, repeat: Callable[[Desk, Hook], None]) -> None:
    (hook,) = pay(desk, desk.top_up(900, name))
    assert desk.deliver(hook) == 200
    assert desk.balance() == 900
    repeat(desk, hook)
    assert (desk.balance(), n_credits(desk)) == (900, 1)


@pytest.mark.parametrize("name", PROVIDERS)
def test_2_the_first_delivery_in_parallel_is_credited_once(desk: Desk, name: str) -> None:
    (hook,) = pay(desk, desk.top_up(900, name))
    _in_parallel(desk, hook)
    desk.ask_all()
    assert (desk.balance(), n_credits(desk)) == (900, 1)


def test_3_a_crash_after_the_dedupe_row_credits_with_the_next_delivery(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    (hook,) = pay(desk, desk.top_up(900))
    n_rows_at_crash = []

    def crash(connection: Any, *_: Any, **__: Any) -> None:
        n_rows_at_crash.append(connection.execute("SELECT count(*) FROM ads_webhooks").fetchone()[0])
        raise RuntimeError("killed")

    with monkeypatch.context() as broken:
        broken.setattr(ads_top_ups, "apply", crash)
        assert desk.deliver(hook) == 500
    assert n_rows_at_crash == [1]
    assert desk.balance() == 0
    assert desk.deliver(hook) == 200
    assert (desk.balance(), n_credits(desk)) == (900, 1)


def test_4_an_older_event_after_a_newer_one_changes_nothing(desk: Desk) -> None:
    cancelled, refunded = desk.top_up(900), desk.top_up(700)
    desk.provider.book.cancel(cancelled["payment_id"])
    desk.deliver_all()
    payment = replace(desk.provider.book.payments[cancelled["payment_id"]], status="succeeded")
    (older,) = wire_forms.hooks_of("stripe", "succeeded", payment)
    assert desk.deliver(older) == 200
    desk.ask_all()
    assert (desk.shown(cancelled)["state"], desk.balance()) == ("cancelled", 0)
    hooks = pay(desk, refunded)
    desk.provider.book.refund("elsewhere", refunded["payment_id"], 700)
    desk.deliver_all()
    assert desk.shown(refunded)["state"] == "refunded"
    for hook in [*hooks, *hooks]:
        assert desk.deliver(another_event(hook)) == 200
    assert (desk.shown(refunded)["state"], desk.balance()) == ("refunded", 0)


def test_5_two_events_of_one_payment_are_one_credit(desk: Desk) -> None:
    (hook,) = pay(desk, desk.top_up(900))
    assert [desk.deliver(each) for each in (another_event(hook), another_event(hook))] == [200, 200]
    assert (desk.balance(), n_credits(desk)) == (900, 1)


def test_6_a_replay_after_a_restart_has_no_effect(desk: Desk) -> None:
    (hook,) = pay(desk, desk.top_up(900))
    headers = hook.headers(SECRET, time.time())
    assert desk.deliver(hook, headers=headers) == 200
    desk.restart()
    assert desk.deliver(hook, headers=headers) == 200
    assert (desk.balance(), n_credits(desk)) == (900, 1)


@pytest.mark.parametrize("name", PROVIDERS)
def test_7_webhook_clock_and_a_persons_check_at_once_are_one_credit(desk: Desk, name: str) -> None:
    top_up = desk.top_up(900, name)
    (hook,) = pay(desk, top_up)
    desk.app("top_ups")
    paths = [
        lambda: desk.deliver(hook),
        desk.ask_all,
        lambda: desk.ask("POST", f"/top-ups/{top_up['id']}/check", desk.owner),
    ]
    with ThreadPoolExecutor(12) as pool:
        for future in [pool.submit(path) for _ in range(6) for path in paths]:
            future.result()
    assert (desk.balance(), n_credits(desk)) == (900, 1)


def test_8_ten_parallel_refunds_of_30_on_100_are_three(desk: Desk) -> None:
    top_up = desk.paid(10_000)
    manager = desk.person("manager")
    desk.app("stores")

    def refund(n: int) -> int:
        body = {"top_up_id": top_up["id"], "amount": 3_000, "reason": "asked for it"}
        return int(desk.ask("POST", f"/stores/{desk.store_id}/refunds", manager, json=body, key=str(n)).status_code)

    with ThreadPoolExecutor(10) as pool:
        assert sorted(pool.map(refund, range(10))) == [201] * 3 + [409] * 7
    desk.ask_all()
    desk.deliver_all()
    assert (desk.shown(top_up)["refunded"], desk.balance(), desk.balance("refunds")) == (9_000, 1_000, 0)
    assert desk.truth("stripe") == 1_000


@pytest.mark.parametrize("name", PROVIDERS)
def test_9_money_that_comes_after_we_gave_up_is_credited_once_and_flagged(desk: Desk, name: str) -> None:
    top_up = desk.top_up(900, name)
    run(desk.database, "UPDATE ads_top_ups SET expires_at = now() - interval '1 second'")
    desk.ask_all()
    assert desk.shown(top_up)["state"] == "cancelled"
    hooks = pay(desk, top_up)
    for hook in [*hooks, *hooks]:
        assert desk.deliver(hook) == 200
    desk.ask_all()
    shown = desk.shown(top_up)
    assert (shown["state"], shown["flag"], shown["refunded"]) == ("credited", "late", 0)
    assert (desk.balance(), n_credits(desk)) == (900, 1)


def test_10_a_refund_whose_provider_times_out_stays_unknown_until_it_answers(desk: Desk) -> None:
    top_up = desk.paid(10_000)
    manager = desk.person("manager")
    body = {"top_up_id": top_up["id"], "amount": 4_000, "reason": "asked for it"}
    assert desk.ask("POST", f"/stores/{desk.store_id}/refunds", manager, json=body, key="k").status_code == 201
    desk.provider.faults = desk.provider.faults.__class__({"timeout": 1.0})
    desk.ask_all()
    assert desk.truth("stripe") == 6_000, "it was done there, and nobody told us"
    assert (desk.balance(), desk.balance("refunds")) == (6_000, 4_000)
    desk.provider.faults = desk.provider.faults.__class__()
    desk.ask_all()
    desk.deliver_all()
    (refund,) = desk.shown(top_up)["refunds"]
    assert (refund["state"], desk.balance(), desk.balance("refunds")) == ("succeeded", 6_000, 0)


@pytest.mark.parametrize("address", ["185.71.76.1", "203.0.113.9"])
def test_11_a_forged_webhook_of_a_provider_that_signs_nothing_credits_nobody(desk: Desk, address: str) -> None:
    desk.environment |= {"YOOKASSA_ADDRESSES": "185.71.76.0/27,185.71.77.0/27", "TRUSTED_PROXIES": "127.0.0.1/32"}
    top_up = desk.top_up(900, "yookassa")
    payment = desk.provider.book.payments[top_up["payment_id"]]
    (forged,) = wire_forms.hooks_of("yookassa", "succeeded", payment, lie="paid")
    headers = {"Content-Type": "application/json", "X-Forwarded-For": address}
    assert desk.deliver(forged, headers=headers) == 200
    desk.ask_all()
    assert (desk.shown(top_up)["state"], desk.balance()) == ("pending", 0)
    desk.provider.book.pay(top_up["payment_id"])
    assert desk.deliver(forged, headers=headers) == 200, "a forgery does not stand in the way of the true one"
    assert desk.balance() == (900 if address.startswith("185.") else 0)
    desk.ask_all()
    assert desk.balance() == 900, "whoever is kept out, the clock asks"


def test_11_a_webhook_that_is_signed_by_somebody_else_is_refused(desk: Desk) -> None:
    top_up = desk.top_up(900)
    payment = desk.provider.book.payments[top_up["payment_id"]]
    (forged,) = wire_forms.hooks_of("stripe", "succeeded", payment, lie="paid")
    (hook,) = wire_forms.hooks_of("stripe", "succeeded", replace(payment, status="succeeded"))
    assert desk.deliver(forged) == 400
    signed = hook.headers(SECRET, time.time())
    for broken in ("", "t=1", "v1=ab", signed["Stripe-Signature"][:-1], "t=x,v1=é", "t=1,t=2,v1=ab"):
        assert desk.deliver(hook, headers={"Stripe-Signature": broken.encode("latin-1").decode("latin-1")}) == 400
    assert desk.deliver(replace(hook, body=hook.body + b" "), headers=signed) == 400
    assert desk.balance() == 0


def test_12_news_that_overtakes_the_providers_answer_is_credited_once(desk: Desk) -> None:
    desk.provider.faults = desk.provider.faults.__class__({"timeout": 1.0})
    top_up = desk.top_up(900)
    assert (top_up["state"], top_up["payment_id"]) == ("created", "")
    assert desk.ask("GET", f"/top-ups?store_id={desk.store_id}", desk.owner).json["items"] == []
    desk.provider.faults = desk.provider.faults.__class__()
    (payment_id,) = desk.provider.book.payments
    (hook,) = pay(desk, {"payment_id": payment_id})
    assert desk.deliver(hook) == 200
    assert (desk.shown(top_up)["payment_id"], desk.balance()) == (payment_id, 900)
    desk.ask_all()
    assert (desk.balance(), n_credits(desk), len(desk.provider.book.payments)) == (900, 1, 1)


def test_12_a_webhook_waits_less_than_a_second_for_a_silent_provider(desk: Desk) -> None:
    """The patience of a question that a webhook waits for, and that the next webhooks do not wait at all."""
    assert wiring.WEBHOOK_PATIENCE_S < 1
    top_up = desk.top_up(900, "yookassa")
    (hook,) = pay(desk, top_up)
    desk.provider.down = True
    assert [desk.deliver(hook) for _ in range(3)] == [200] * 3
    assert desk.balance() == 0
    desk.provider.down = False
    assert desk.deliver(hook) == 200
    assert desk.balance() == 0, "it was silent a moment ago; webhooks leave it to the clock"
    desk.ask_all()
    assert (desk.balance(), n_credits(desk)) == (900, 1)


@pytest.mark.parametrize("lie", ["amount", "currency"])
def test_13_another_amount_or_currency_is_quarantined(desk: Desk, lie: str) -> None:
    top_up = desk.top_up(100_000)
    payment = replace(desk.provider.book.payments[top_up["payment_id"]], status="succeeded")
    (hook,) = wire_forms.hooks_of("stripe", "succeeded", payment, lie=lie)
    assert [desk.deliver(hook), desk.deliver(another_event(hook))] == [200, 200]
    assert (desk.shown(top_up)["state"], desk.balance()) == ("pending", 0)
    manager = desk.person("manager")
    (case,) = desk.ask("GET", "/top-ups/quarantine", manager).json["items"]
    assert (case["top_up_id"], case["reason"]) == (top_up["id"], f"the {lie} differs")
    path = f"/top-ups/quarantine/{case['id']}/resolution"
    assert_problem(desk.ask("PUT", path, desk.owner, json={"reason": "it is mine"}), 403, "Forbidden")
    assert desk.ask("PUT", path, manager, json={"reason": "told the provider"}).status_code == 204
    assert desk.ask("GET", "/top-ups/quarantine", manager).json["items"] == []
    assert [desk.deliver(each) for each in pay(desk, top_up)] == [200]
    assert desk.balance() == 100_000, "the truth is credited"


def test_13_another_amount_at_the_provider_itself_is_quarantined(desk: Desk) -> None:
    top_up = desk.top_up(100_000, "yookassa")
    payment = desk.provider.book.payments[top_up["payment_id"]]
    payment.amount = 100
    (hook,) = pay(desk, top_up)
    assert desk.deliver(hook) == 200
    desk.ask_all()
    assert desk.balance() == 0
    (case,) = desk.ask("GET", "/top-ups/quarantine", desk.person("manager")).json["items"]
    assert case["reason"] == "the amount differs"
    payment.status = "canceled"  # for the truth that every test is compared with


@pytest.mark.parametrize("field", ["store_id", "top_up_id"])
def test_13_a_payment_that_names_another_store_or_top_up_is_quarantined(desk: Desk, field: str) -> None:
    top_up = desk.top_up(900)
    payment = desk.provider.book.payments[top_up["payment_id"]]
    metadata = {**payment.metadata, field: str(uuid.uuid4())}
    (hook,) = wire_forms.hooks_of("stripe", "succeeded", replace(payment, status="succeeded", metadata=metadata))
    assert desk.deliver(hook) == 200
    assert desk.balance() == 0
    (case,) = desk.ask("GET", "/top-ups/quarantine", desk.person("manager")).json["items"]
    assert case["reason"] == f"the payment names another {field[:-3].replace('_', '-')}"


def test_a_signature_is_as_the_providers_own_package_makes_and_checks_it(desk: Desk) -> None:
    (hook,) = pay(desk, desk.top_up(900))
    stamp = int(time.time())
    theirs = stripe.WebhookSignature._compute_signature(f"{stamp}.{hook.body.decode()}", SECRET)
    header = f"t={stamp},v1={theirs}"
    assert stripe.WebhookSignature.verify_header(hook.body.decode(), header, SECRET, tolerance=300)
    assert hook.headers(SECRET, stamp)["Stripe-Signature"] == header
    assert desk.deliver(hook, headers={"Stripe-Signature": header}) == 200
    assert desk.balance() == 900


def test_while_a_secret_is_rotated_either_signs(desk: Desk) -> None:
    desk.environment["STRIPE_WEBHOOK_SECRETS"] = f"whsec_new,{SECRET}"
    (hook,) = pay(desk, desk.top_up(900))
    assert desk.deliver(hook, headers=hook.headers("whsec_new", time.time())) == 200
    old, unknown = hook.headers(SECRET, time.time()), hook.headers("whsec_x", time.time())["Stripe-Signature"]
    both = {"Stripe-Signature": f"{unknown},{old['Stripe-Signature'].partition(',')[2]}"}
    assert desk.deliver(hook, headers=both) == 200
    assert desk.deliver(hook, headers={"Stripe-Signature": unknown}) == 400
    assert desk.balance() == 900
