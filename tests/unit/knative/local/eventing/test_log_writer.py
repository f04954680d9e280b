"""Appends that travel together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from knative.local.eventing.runtime.log_writer import LogWriter
from shared.adapters.memory.event_log import MemoryLog
from shared.errors import TooLarge, Unavailable
from shared.ports.log import NewEntry


class CountingLog(MemoryLog):
    """Notes how many entries each append brings."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []

    def append(self, topic: str, entries: Sequence[NewEntry]) -> None:
        self.sizes.append(len(entries))
        super().append(topic, entries)


def test_many_at_once_share_appends() -> None:
    log = CountingLog()

    async def run() -> None:
        writer = LogWriter(log, {"t": 1})
        await asyncio.gather(*(writer.append("t", NewEntry(value=b"x")) for _ in range(200)))
        await writer.close()

    asyncio.run(run())
    assert sum(log.sizes) == 200
    assert len(log.sizes) < 50


def test_one_that_does_not_fit_takes_no_other_down() -> None:
    log = MemoryLog()

    async def run() -> list[BaseException | None]:
        writer = LogWriter(log, {"t": 1})
        entries = [NewEntry(value=b"x" * size) for size in (1, 2_000_000, 2)]
        entries_stored = await asyncio.gather(*(writer.append("t", entry) for entry in entries), return_exceptions=True)
        await writer.close()
        return list(entries_stored)

    first, second, third = asyncio.run(run())
    assert first is None
    assert third is None
    assert isinstance(second, TooLarge)
    assert sorted(len(entry.value) for entry in log.replay("t")) == [1, 2]


def test_topics_are_made_before_they_are_used() -> None:
    log = MemoryLog()

    async def run() -> None:
        writer = LogWriter(log, {"empty": 2})
        await writer.append("other", NewEntry(value=b"x"))
        await writer.close()

    asyncio.run(run())
    assert list(log.replay("empty")) == []
    assert len(list(log.replay("other"))) == 1


def test_whoever_waits_hears_of_a_log_that_is_down() -> None:
    log = MemoryLog()
    log.down = True

    async def run() -> None:
        writer = LogWriter(log, {"t": 1})
        with pytest.raises(Unavailable):
            await writer.append("t", NewEntry(value=b"x"))
        log.down = False
        await writer.append("t", NewEntry(value=b"y"))
        await writer.close()

    asyncio.run(run())
    assert [entry.value for entry in log.replay("t")] == [b"y"]
