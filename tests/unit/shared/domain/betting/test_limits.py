"""Limits that bettors set themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.betting.limits import LOOSENING_DELAY, SelfLimits, exclude_self, set_daily_stake
from shared.errors import InvalidInput

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_lower_limit_holds_at_once() -> None:
    limits = set_daily_stake(SelfLimits(daily_stake=100), 50, now=NOW)
    assert limits.at(NOW).daily_stake == 50


@pytest.mark.parametrize("higher", [500, None])
def test_a_higher_limit_begins_only_after_a_week(higher: int | None) -> None:
    limits = set_daily_stake(SelfLimits(daily_stake=100), higher, now=NOW)
    assert limits.at(NOW + LOOSENING_DELAY - timedelta(seconds=1)).daily_stake == 100
    assert limits.at(NOW + LOOSENING_DELAY).daily_stake == higher


def test_naming_the_limit_again_takes_back_a_pending_higher_one() -> None:
    limits = set_daily_stake(SelfLimits(daily_stake=100), 500, now=NOW)
    limits = set_daily_stake(limits, 100, now=NOW + timedelta(days=1))
    assert limits.at(NOW + timedelta(days=30)).daily_stake == 100


@given(st.lists(st.tuples(st.integers(1, 2_000), st.integers(0, 100)), min_size=1, max_size=8))
def test_a_self_exclusion_is_never_shortened(requests: list[tuple[int, int]]) -> None:
    limits, now = SelfLimits(), NOW
    for hours, later in requests:
        now += timedelta(hours=later)
        before = limits.excluded_until
        limits = exclude_self(limits, now + timedelta(hours=hours), now=now)
        assert limits.excluded_until is not None
        assert before is None or limits.excluded_until >= before


@pytest.mark.parametrize("until", [NOW, NOW - timedelta(days=1), NOW + timedelta(days=4_000)])
def test_an_exclusion_ends_in_the_future_and_within_years(until: datetime) -> None:
    with pytest.raises(InvalidInput):
        exclude_self(SelfLimits(), until, now=NOW)


def test_an_exclusion_ends() -> None:
    limits = exclude_self(SelfLimits(), NOW + timedelta(days=1), now=NOW)
    assert limits.is_excluded(NOW)
    assert not limits.is_excluded(NOW + timedelta(days=1))
