"""Days of a budget over both changes of clocks, and in zones from UTC-12 to UTC+14."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.ads.days import day_at, day_of
from shared.errors import InvalidInput

ZONES = ("Etc/GMT+12", "America/St_Johns", "America/Havana", "Europe/London", "Asia/Kathmandu", "Pacific/Kiritimati")


def test_a_day_in_london_has_25_hours_when_clocks_go_back() -> None:
    """D3 row 19."""
    day = day_of("Europe/London", date(2026, 10, 25))
    assert day.begins == datetime(2026, 10, 24, 23, tzinfo=UTC)
    assert day.ends == datetime(2026, 10, 26, 0, tzinfo=UTC)
    assert day.ends - day.begins == timedelta(hours=25)


def test_a_day_in_london_has_23_hours_when_clocks_go_forward() -> None:
    day = day_of("Europe/London", date(2026, 3, 29))
    assert (day.begins, day.ends) == (datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 3, 29, 23, tzinfo=UTC))


def test_a_day_whose_midnight_is_skipped_begins_when_clocks_change() -> None:
    day = day_of("America/Havana", date(2026, 3, 8))
    assert day.begins == datetime(2026, 3, 8, 5, tzinfo=UTC)  # 00:00 CST does not exist, it is 01:00 CDT
    assert day.begins.astimezone(ZoneInfo("America/Havana")).hour == 1
    assert day.ends - day.begins == timedelta(hours=23)


def test_the_first_and_the_last_zone_of_the_world_are_two_days_apart_at_most() -> None:
    moment = datetime(2026, 11, 30, 11, tzinfo=UTC)
    first, last = day_at("Pacific/Kiritimati", moment), day_at("Etc/GMT+12", moment)
    assert (first.date, last.date) == (date(2026, 12, 1), date(2026, 11, 29))
    assert first.begins == datetime(2026, 11, 30, 10, tzinfo=UTC)
    assert last.begins == datetime(2026, 11, 29, 12, tzinfo=UTC)


@given(
    zone=st.sampled_from(ZONES),
    moment=st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2035, 1, 1), timezones=st.just(UTC)),
)
def test_every_moment_is_in_exactly_one_day_and_days_leave_no_gap(zone: str, moment: datetime) -> None:
    day = day_at(zone, moment)
    assert day.begins <= moment < day.ends
    assert day_of(zone, day.date + timedelta(days=1)).begins == day.ends
    assert day_at(zone, day.ends).date == day.date + timedelta(days=1)
    assert day_at(zone, day.ends - timedelta(microseconds=1)) == day


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../etc/passwd", "Europe"])
def test_what_is_no_zone_is_refused_by_name(zone: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        day_at(zone, datetime(2026, 1, 1, tzinfo=UTC))
    assert "zone" in caught.value.errors
