"""How long a source wants to be left alone, however it writes that down."""

from __future__ import annotations

import pytest

from shared.adapters.browser.pages import retry_after_s

NOON = "Sat, 21 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("Sat, 21 Nov 2026 12:01:30 GMT", 90.0),
        ("Saturday, 21-Nov-26 12:01:30 GMT", 90.0),
        ("Sat, 21 Nov 2026 11:00:00 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("٣", None),
    ],
)
def test_seconds_and_dates_are_both_read_by_the_sources_own_clock(header: str, seconds: float | None) -> None:
    assert retry_after_s(header, NOON) == seconds


def test_without_a_clock_of_the_source_ours_counts() -> None:
    assert retry_after_s("Sat, 21 Nov 2020 12:00:00 GMT") == 0.0
