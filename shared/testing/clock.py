"""A clock that moves only by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class HandClock:
    """Stands still until moved."""

    def __init__(self, start: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        """Return the time it was set to."""
        return self._now

    def move(self, seconds: float = 0, **parts: float) -> None:
        """Move on by `seconds` and any `timedelta` parts."""
        self._now += timedelta(seconds=seconds, **parts)
