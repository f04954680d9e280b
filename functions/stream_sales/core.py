"""Decides which purchases still fit into their window."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

WINDOW = timedelta(minutes=10)
LATENESS = timedelta(minutes=10)
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def window_end(moment: datetime) -> datetime:
    """Return the end of the ten minutes that a moment lies in."""
    return BEGINNING + ((moment - BEGINNING) // WINDOW + 1) * WINDOW


def watermark_of(latest: datetime | None, *, now: datetime) -> datetime:
    """Return the moment before which windows are closed: some minutes before the latest purchase that was seen.

    Parameters
    ----------
    latest : moment of the latest purchase; None before the first.
    now : bounds it, so that one clock ahead of ours closes no window.
    """
    return min(latest, now) - LATENESS if latest else BEGINNING


def split_late(
    purchases: Iterable[dict[str, Any]], watermark: datetime
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the purchases whose window is open, and those whose window is closed."""
    on_time: list[dict[str, Any]] = []
    late: list[dict[str, Any]] = []
    for each in purchases:
        (late if window_end(each["purchased_at"]) <= watermark else on_time).append(each)
    return on_time, late
