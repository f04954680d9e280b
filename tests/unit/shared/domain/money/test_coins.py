"""What managers may do, and what a basket may hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from shared.domain.money import coins, merch
from shared.domain.money.coins import MANAGER_DAILY_CAP, SECOND_MANAGER_ABOVE, Action, Order, OrderState
from shared.errors import Conflict, Forbidden, InvalidInput, NotFound

ORDER = Order(
    id="o1",
    action=Action.GRANT,
    user_id="ada",
    amount=20_000,
    reason="a prize",
    ordered_by="first",
    ordered_at=datetime(2026, 3, 1, tzinfo=UTC),
    state=OrderState.WAITING,
)


def test_another_manager_decides_once() -> None:
    coins.check_decision(ORDER, "second")
    for manager in ("first", "ada"):
        with pytest.raises(Forbidden):
            coins.check_decision(ORDER, manager)
    with pytest.raises(Conflict, match="is done"):
        coins.check_decision(replace(ORDER, state=OrderState.DONE), "second")


def test_a_second_manager_is_needed_above_the_limit() -> None:
    assert not coins.needs_second_manager(SECOND_MANAGER_ABOVE)
    assert coins.needs_second_manager(SECOND_MANAGER_ABOVE + 1)


def test_a_cap_says_what_is_left() -> None:
    coins.check_cap(10, MANAGER_DAILY_CAP - 10)
    with pytest.raises(Conflict, match="; 9 are left"):
        coins.check_cap(10, MANAGER_DAILY_CAP - 9)


def test_a_reason_is_a_sentence() -> None:
    assert coins.check_reason("  a   prize ") == "a prize"
    for bad in ("", "ab", "   ", "x" * 501):
        with pytest.raises(InvalidInput):
            coins.check_reason(bad)


def test_transfers_and_grants_are_reversed_and_purchases_returned() -> None:
    for kind in ("transfer", "grant", "welcome"):
        coins.check_reversible(kind)
    with pytest.raises(Conflict, match="return"):
        coins.check_reversible("purchase")
    with pytest.raises(Conflict, match="cannot be reversed"):
        coins.check_reversible("forfeit")


def test_an_owner_is_a_user_or_not() -> None:
    assert coins.user_of(coins.owner_of("1")) == "1"
    assert coins.user_of("systems/coins") == ""


def test_a_basket_has_items_and_quantities() -> None:
    assert merch.check_basket({"cup": 1, "pink-hoody": 1000}) == {"cup": 1, "pink-hoody": 1000}
    for bad in ({}, {"cup": 0}, {"cup": 1001}, {f"item-{n}": 1 for n in range(51)}):
        with pytest.raises(InvalidInput):
            merch.check_basket(bad)
    for name in ("", "Cup", "a/b", "it's", "x" * 41, "cup\n"):
        with pytest.raises(NotFound):
            merch.check_basket({name: 1})
