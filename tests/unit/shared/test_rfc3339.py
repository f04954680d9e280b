"""Moments as text: one form for all, and read back they are the same moment."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import rfc3339

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_utc_is_told_by_a_z() -> None:
    assert rfc3339.format_moment(NOON) == "2026-03-01T12:00:00Z"


def test_digits_of_the_second_are_told_where_there_are_any_or_as_many_as_asked_for() -> None:
    assert rfc3339.format_moment(NOON.replace(microsecond=250_000)) == "2026-03-01T12:00:00.250000Z"
    assert rfc3339.format_moment(NOON, timespec="milliseconds") == "2026-03-01T12:00:00.000Z"


@given(st.datetimes(min_value=datetime(1900, 1, 1), timezones=st.just(timezone(timedelta(hours=5, minutes=45)))))
def test_another_zone_is_told_in_utc_and_stays_the_same_moment(moment: datetime) -> None:
    text = rfc3339.format_moment(moment)
    assert text.endswith("Z")
    assert datetime.fromisoformat(text) == moment


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="has no zone"):
        rfc3339.format_moment(datetime(2026, 3, 1))


def test_json_takes_dates_and_moments_and_nothing_else() -> None:
    assert (
        json.dumps([date(2026, 3, 1), NOON], default=rfc3339.encode_json_default)
        == '["2026-03-01", "2026-03-01T12:00:00Z"]'
    )
    with pytest.raises(TypeError, match="set has no JSON form"):
        json.dumps({1}, default=rfc3339.encode_json_default)
