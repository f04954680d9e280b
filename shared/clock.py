"""The real clock; tests use the hand-moved one of `shared.testing`."""

from __future__ import annotations

from datetime import UTC, datetime


class SystemClock:
    """The machine's time."""

    def now(self) -> datetime:
        """The present, aware, UTC."""
        return datetime.now(UTC)
