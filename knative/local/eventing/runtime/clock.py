"""Time for those who wait: the machine's, or in tests one that moves by hand."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What the time is, and waiting."""

    def now(self) -> datetime:
        """The present, aware, UTC."""

    async def sleep(self, seconds: float) -> None:
        """Return after so long; cancelling it ends the wait."""


class SystemClock:
    """The machine's time."""

    def now(self) -> datetime:
        """The present, aware, UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Return after so long."""
        await asyncio.sleep(seconds)
