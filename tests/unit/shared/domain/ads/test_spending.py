"""What is reserved, allowed and given back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.ads.spending import Money, day_allowance, to_release, to_reserve

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def test_a_raise_by_50_reserves_50_more_first() -> None:
    """D3 row 17: raising a live budget was free."""
    money = Money(reserved=200, charged=30, allowance=200)
    assert to_reserve(money, wanted_allowance=250) == 50


def test_after_spend_a_deletion_gives_back_budget_less_spend() -> None:
    """D3 row 17: a deletion refunded everything, as what was spent had never been written down."""
    money = Money(reserved=200, charged=30, allowance=30)
    assert to_release(money, wanted_allowance=30, lowered_at=NOW, settled_until=NOW) == 170


def test_nothing_is_given_back_while_the_market_may_still_charge_it() -> None:
    money = Money(reserved=200, charged=30, allowance=30)
    assert to_release(money, wanted_allowance=30, lowered_at=NOW, settled_until=NOW - timedelta(seconds=1)) == 0
    not_told_yet = Money(reserved=200, charged=30, allowance=200)
    assert to_release(not_told_yet, wanted_allowance=30, lowered_at=NOW, settled_until=NOW) == 0


def test_a_day_has_its_budget_or_what_is_left_of_the_total() -> None:
    day = {"traffic_today": 1.0, "traffic_left": 4.0}
    assert day_allowance(daily=500, total=None, spent_before=9_000, **day) == 500
    assert day_allowance(daily=500, total=9_300, spent_before=9_000, **day) == 300
    assert day_allowance(daily=None, total=1_000, spent_before=200, **day) == 200
    assert day_allowance(daily=None, total=1_000, spent_before=1_100, **day) == 0
    assert day_allowance(daily=None, total=1_000, spent_before=0, traffic_today=1.0, traffic_left=0.0) == 1_000


@given(
    reserved=st.integers(0, 10_000), parts=st.tuples(st.floats(0, 1), st.floats(0, 1)), wanted=st.integers(0, 20_000)
)
def test_no_allowance_exceeds_what_is_reserved_and_no_release_touches_it(
    reserved: int, parts: tuple[float, float], wanted: int
) -> None:
    allowance = int(reserved * parts[0])
    money = Money(reserved=reserved, charged=int(allowance * parts[1]), allowance=allowance)
    assert money.committed + to_reserve(money, wanted_allowance=wanted) >= wanted
    released = to_release(money, wanted_allowance=wanted, lowered_at=NOW, settled_until=NOW)
    assert 0 <= released <= money.balance
    assert money.committed - released >= money.allowance
