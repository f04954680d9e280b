"""Top-ups through their real edge: payments at providers, their webhooks, and what they bring a store."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.advertising.payments import Desk, desk, provider
from tests.support.functions.problems import assert_problem
from tests.support.money.accounts import faults

__all__ = ["desk", "provider"]
PROVIDERS = ("stripe", "yookassa")


@pytest.fixture(autouse=True)
def sound(desk: Desk) -> Iterator[None]:
    """Whatever a test does, the ledger keeps its rules and has what the provider has."""
    yield
    assert faults(desk.database) == []


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_payment_is_credited_when_its_provider_says_so(desk: Desk, name: str) -> None:
    top_up = desk.top_up(12_345, name)
    assert (top_up["state"], top_up["amount"], top_up["currency"]) == ("pending", 12_345, "XTS")
    assert top_up["payment_id"] in desk.provider.book.payments
    assert top_up["confirmation"]
    assert desk.balance() == 0
    desk.provider.book.pay(top_up["payment_id"])
    desk.deliver_all()
    assert (desk.shown(top_up)["state"], desk.balance(), desk.cleared(name)) == ("credited", 12_345, 12_345)


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_cancelled_payment_brings_nothing(desk: Desk, name: str) -> None:
    top_up = desk.top_up(12_345, name)
    desk.provider.book.cancel(top_up["payment_id"])
    desk.deliver_all()
    assert (desk.shown(top_up)["state"], desk.balance()) == ("cancelled", 0)


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_provider_whose_webhook_is_lost_is_asked_by_the_clock(desk: Desk, name: str) -> None:
    top_up = desk.top_up(500, name)
    desk.provider.book.pay(top_up["payment_id"])
    desk.provider.hooks.clear()
    desk.ask_all()
    assert (desk.shown(top_up)["state"], desk.balance()) == ("credited", 500)


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_provider_that_does_not_answer_is_asked_for_the_same_payment(desk: Desk, name: str) -> None:
    desk.provider.down = True
    top_up = desk.top_up(500, name, key="k")
    assert (top_up["state"], top_up["payment_id"]) == ("created", "")
    assert desk.ask("GET", f"/top-ups?store_id={desk.store_id}", desk.owner).json["items"] == []
    desk.provider.down = False
    again = desk.top_up(500, name, key="k")
    assert (again["id"], again["state"]) == (top_up["id"], "pending")
    desk.ask_all()
    assert len(desk.provider.book.payments) == 1


def test_what_a_provider_does_not_offer_is_not_found(desk: Desk) -> None:
    body = {"store_id": desk.store_id, "provider": "paypal", "amount": 500}
    assert_problem(desk.ask("POST", "/top-ups", desk.owner, json=body, key="k"), 404, "Not found")


@pytest.mark.parametrize("amount", [0, -1, 99, 100_000_001, 1.5, "500", True, None])
def test_an_amount_out_of_range_is_refused(desk: Desk, amount: object) -> None:
    body = {"store_id": desk.store_id, "provider": "stripe", "amount": amount}
    assert_problem(desk.ask("POST", "/top-ups", desk.owner, json=body, key="k"), 400, "Invalid input")


def test_strangers_see_nothing_and_viewers_pay_nothing(desk: Desk) -> None:
    top_up = desk.top_up(500)
    stranger = desk.person()
    body = {"store_id": desk.store_id, "provider": "stripe", "amount": 500}
    assert_problem(desk.ask("GET", f"/top-ups/{top_up['id']}", stranger), 404, "Not found")
    assert_problem(desk.ask("GET", f"/top-ups?store_id={desk.store_id}", stranger), 404, "Not found")
    assert_problem(desk.ask("POST", f"/top-ups/{top_up['id']}/check", stranger), 404, "Not found")
    assert_problem(desk.ask("POST", "/top-ups", stranger, json=body, key="k"), 404, "Not found")
