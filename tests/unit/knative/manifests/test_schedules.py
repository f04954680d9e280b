"""When schedules tick: what robfig/cron, which a cluster runs, does with fields, days, zones and changing clocks."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knative.manifests import schedules

NOON = "2026-03-28T12:00:30+00:00"
"""A Saturday; in Europe the clocks go forward in the night that follows."""


def ticks(schedule: str, zone: str = "", after: str = NOON, n: int = 1) -> list[str]:
    """The next ticks, in the schedule's zone."""
    result, moment = [], datetime.fromisoformat(after)
    for _ in range(n):
        tick = schedules.next_after(schedule, zone, moment)
        assert tick is not None
        result.append(tick.isoformat())
        moment = tick
    return result


@pytest.mark.parametrize(
    ("schedule", "zone", "expected"),
    [
        ("* * * * *", "", "2026-03-28T12:01:00+00:00"),
        ("5 * * * *", "UTC", "2026-03-28T12:05:00+00:00"),
        ("@hourly", "", "2026-03-28T13:00:00+00:00"),
        ("@daily", "Asia/Tokyo", "2026-03-29T00:00:00+09:00"),
        ("@weekly", "", "2026-03-29T00:00:00+00:00"),
        ("@monthly", "", "2026-04-01T00:00:00+00:00"),
        ("@yearly", "", "2027-01-01T00:00:00+00:00"),
        ("*/10 * * * * *", "", "2026-03-28T12:00:40+00:00"),
        ("30 * * * * *", "", "2026-03-28T12:01:30+00:00"),
        ("0 9 * * *", "Europe/Madrid", "2026-03-29T09:00:00+02:00"),
        ("CRON_TZ=Asia/Tokyo 0 9 * * *", "", "2026-03-29T09:00:00+09:00"),
        ("TZ=Asia/Tokyo 0 9 * * *", "", "2026-03-29T09:00:00+09:00"),
        ("0 0 29 2 *", "", "2028-02-29T00:00:00+00:00"),
        ("50/5 * * * *", "", "2026-03-28T12:50:00+00:00"),
        ("7-20/6 13 * * *", "", "2026-03-28T13:07:00+00:00"),
        ("0,,15 * * * *", "", "2026-03-28T12:15:00+00:00"),
        ("0 0 ? * TUE-thu", "", "2026-03-31T00:00:00+00:00"),
        ("0 0 1 FEB,aug *", "", "2026-08-01T00:00:00+00:00"),
        ("0 0 * * 0", "", "2026-03-29T00:00:00+00:00"),
    ],
)
def test_the_next_tick_in_the_schedules_zone(schedule: str, zone: str, expected: str) -> None:
    assert ticks(schedule, zone) == [expected]


def test_both_day_fields_restricted_means_either() -> None:
    assert ticks("0 0 31 * MON", n=3) == [
        "2026-03-30T00:00:00+00:00",
        "2026-03-31T00:00:00+00:00",
        "2026-04-06T00:00:00+00:00",
    ]


def test_a_star_in_one_day_field_means_both() -> None:
    assert ticks("0 0 */1 * MON", n=2) == ["2026-03-30T00:00:00+00:00", "2026-04-06T00:00:00+00:00"]


def test_a_star_with_a_larger_step_restricts_its_day_field() -> None:
    """Unlike crond, where any field that begins with a star is open: there this would be odd Mondays only."""
    assert ticks("0 0 */2 * MON", n=3) == [
        "2026-03-29T00:00:00+00:00",
        "2026-03-30T00:00:00+00:00",
        "2026-03-31T00:00:00+00:00",
    ]


def test_a_time_that_the_day_leaves_out_does_not_come() -> None:
    assert ticks("30 2 * * *", "Europe/Madrid") == ["2026-03-30T02:30:00+02:00"]


def test_a_time_that_the_day_has_twice_comes_twice() -> None:
    assert ticks("30 2 * * *", "Europe/Madrid", "2026-10-24T12:00:00+00:00", n=3) == [
        "2026-10-25T02:30:00+02:00",
        "2026-10-25T02:30:00+01:00",
        "2026-10-26T02:30:00+01:00",
    ]


def test_an_hour_step_follows_the_clock_of_the_world_when_the_wall_jumps() -> None:
    assert ticks("0 * * * *", "Europe/Madrid", "2026-03-29T00:30:00+00:00", n=2) == [
        "2026-03-29T03:00:00+02:00",
        "2026-03-29T04:00:00+02:00",
    ]


@pytest.mark.parametrize(
    ("zone", "after", "schedule", "expected"),
    [
        ("America/Havana", "2026-03-07T12:00:00+00:00", "0 0 * * *", "2026-03-09T00:00:00-04:00"),
        ("America/Havana", "2026-03-07T12:00:00+00:00", "0 1 8 * *", "2026-03-08T01:00:00-04:00"),
        ("Australia/Lord_Howe", "2026-10-03T12:00:00+00:00", "15 2,3 * * *", "2026-10-04T03:15:00+11:00"),
        ("Pacific/Chatham", "2026-09-26T12:00:00+00:00", "50 3 * * *", "2026-09-27T03:50:00+13:45"),
    ],
    ids=["midnight is left out", "the day starts at one", "half an hour", "in the middle of an hour"],
)
def test_zones_whose_clocks_change_at_odd_times(zone: str, after: str, schedule: str, expected: str) -> None:
    assert ticks(schedule, zone, after) == [expected]


@pytest.mark.parametrize("schedule", ["0 0 31 2 *", "0 0 30 2 *", ", * * * *"])
def test_a_schedule_may_never_come(schedule: str) -> None:
    schedules.check(schedule, "")
    assert schedules.next_after(schedule, "", datetime.fromisoformat(NOON)) is None


@pytest.mark.parametrize(
    ("schedule", "told"),
    [
        ("@every 5m", "@every is not allowed"),
        ("@reboot", "unrecognized descriptor: @reboot"),
        ("@Daily", "unrecognized descriptor: @Daily"),
        ("* * * *", "expected 5 to 6 fields, found 4: [* * * *]"),
        ("* * * * * * *", "expected 5 to 6 fields, found 7"),
        ("60 * * * *", "end of range (60) above maximum (59): 60"),
        ("* 24 * * *", "end of range (24) above maximum (23): 24"),
        ("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
        ("* * * 13 *", "end of range (13) above maximum (12): 13"),
        ("* * * * 7", "end of range (7) above maximum (6): 7"),
        ("* * * * fri-mon", "beginning of range (5) beyond end of range (1): fri-mon"),
        ("* * * * friday", "failed to parse int from friday"),
        ("*/0 * * * *", "step of range should be a positive number: */0"),
        ("1-2-3 * * * *", "too many hyphens: 1-2-3"),
        ("1/2/3 * * * *", "too many slashes: 1/2/3"),
        ("-1 * * * *", "failed to parse int from"),
        ("1.5 * * * *", "failed to parse int from 1.5"),
        ("* * L * *", "failed to parse int from L"),
        ("* * 15W * *", "failed to parse int from 15W"),
        ("* * * * 1#2", "failed to parse int from 1#2"),
        ("CRON_TZ=Mars/Base * * * * *", "unknown time zone Mars/Base"),
        ("CRON_TZ=UTC @every 5m", "@every is not allowed"),
    ],
)
def test_what_a_cluster_refuses_is_refused(schedule: str, told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        schedules.check(schedule, "")


@given(
    st.sampled_from(["30 1 * * *", "0 */3 * * *", "*/7 2 * * 0", "15,45 0-3 28-31 3,10 *"]),
    st.sampled_from(["Europe/London", "America/Havana", "Australia/Lord_Howe", "UTC"]),
    st.datetimes(datetime(2026, 3, 1), datetime(2026, 11, 8)),
)
@settings(max_examples=15)
def test_no_minute_before_the_next_tick_fits(schedule: str, zone: str, start: datetime) -> None:
    """Told apart from the search by asking every minute in between for itself."""
    expected = schedules._parsed(schedule, zone)
    moment = start.replace(tzinfo=UTC)
    tick = schedules.next_after(schedule, zone, moment)
    assert tick is not None

    def fits(at: datetime) -> bool:
        wall = at.astimezone(expected.zone)
        return expected.has_day(wall) and wall.hour in expected.hours and wall.minute in expected.minutes

    minute = moment.replace(second=0, microsecond=0) + timedelta(minutes=1)
    checked_until = min(tick, minute + timedelta(days=1))
    while minute < checked_until:
        assert not fits(minute)
        minute += timedelta(minutes=1)
    assert fits(tick.astimezone(UTC))
