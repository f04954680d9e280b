"""Appends to the log for many at once: what comes while one append is on its way travels together in the next."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from knative.local.eventing.runtime.crash_points import reach
from shared.errors import NotFound, TooLarge, TouchlineError, Unavailable
from shared.ports.log import EventLog, NewEntry

_log = logging.getLogger(__name__)

MAX_BATCH = 500


@dataclass(frozen=True, slots=True)
class _Waiting:
    topic: str
    entry: NewEntry
    done: asyncio.Future[None]


class LogWriter:
    """One thread that appends; made and used on the event loop."""

    def __init__(self, log: EventLog, topics: Mapping[str, int]) -> None:
        """`topics` gives the partitions of every topic that will be written to."""
        self._eventlog = log
        self._topics = dict(topics)
        self._loop = asyncio.get_running_loop()
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
        self._thread.start()

    async def append(self, topic: str, entry: NewEntry) -> None:
        """Return once the log holds the entry durably; `Unavailable`, `Overloaded` or `TooLarge` otherwise."""
        done: asyncio.Future[None] = self._loop.create_future()
        self._queue.put(_Waiting(topic, entry, done))
        await done

    async def close(self) -> None:
        """Return when what waits is written."""
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join, 10)

    def _run(self) -> None:
        self._make_topics()
        while (first := self._queue.get()) is not None:
            batch, ends = self._more([first])
            by_topic: dict[str, list[_Waiting]] = defaultdict(list)
            for waiting in batch:
                by_topic[waiting.topic].append(waiting)
            for topic, together in by_topic.items():
                self._write(topic, together)
            if ends:
                return

    def _make_topics(self) -> None:
        """So that somebody who looks at an empty topic finds it; one that could not be made now is made when used."""
        try:
            for topic, partitions in self._topics.items():
                self._eventlog.ensure_topic(topic, partitions=partitions)
        except TouchlineError as exc:
            _log.warning("topics are made later: %s", exc, extra={"action": "ensure_topics"})

    def _more(self, batch: list[_Waiting]) -> tuple[list[_Waiting], bool]:
        """What else waits already, and whether the end was among it."""
        while len(batch) < MAX_BATCH:
            try:
                waiting = self._queue.get_nowait()
            except queue.Empty:
                break
            if waiting is None:
                return batch, True
            batch.append(waiting)
        return batch, False

    def _write(self, topic: str, together: list[_Waiting]) -> None:
        try:
            reach("before-append")
            self._append(topic, [waiting.entry for waiting in together])
            reach("after-append")
        except TooLarge as exc:
            if len(together) == 1:
                self._tell(together, exc)
                return
            # One that does not fit must not take the others down with it.
            for waiting in together:
                self._write(topic, [waiting])
        except Exception as exc:  # whoever waits has to hear of it, whatever it is
            if not isinstance(exc, Unavailable):
                _log.exception("append to %s failed", topic, extra={"action": "append"})
            self._tell(together, exc)
        else:
            self._tell(together, None)

    def _append(self, topic: str, entries: list[NewEntry]) -> None:
        try:
            self._eventlog.append(topic, entries)
        except NotFound:
            self._eventlog.ensure_topic(topic, partitions=self._topics.get(topic, 1))
            self._eventlog.append(topic, entries)

    def _tell(self, together: list[_Waiting], fault: Exception | None) -> None:
        def tell() -> None:
            for waiting in together:
                if waiting.done.done():
                    continue
                if fault is None:
                    waiting.done.set_result(None)
                else:
                    waiting.done.set_exception(fault)

        self._loop.call_soon_threadsafe(tell)
