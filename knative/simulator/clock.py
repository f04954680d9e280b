"""Wall time in a simulation: the loop's time from a given moment on, and what a laptop that slept adds to it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


class VirtualClock:
    """A `Clock` over a virtual loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, start: datetime = START) -> None:
        self._loop = loop
        self._start = start

    def now(self) -> datetime:
        """The present, aware, UTC."""
        return self._start + timedelta(seconds=self._loop.time())

    async def sleep(self, seconds: float) -> None:
        """Return after so long."""
        await asyncio.sleep(seconds)

    def jump(self, seconds: float) -> None:
        """The lid was closed for so long: wall time moves, timers do not see it."""
        self._start += timedelta(seconds=seconds)
