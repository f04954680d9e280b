"""Appends to the log for many callers: what arrives during one append is written together in the next."""

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
class _PendingAppend:
    topic: str
    entry: NewEntry
    done: asyncio.Future[None]


class LogWriter:
    """Owns the thread that appends; made and used on the event loop."""

    def __init__(self, log: EventLog, topics: Mapping[str, int]) -> None:
        """`topics` maps every topic that will be written to to its number of partitions."""
        self._event_log = log
        self._topics = dict(topics)
        self._loop = asyncio.get_running_loop()
        self._queue: queue.SimpleQueue[_PendingAppend | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
        self._thread.start()

    async def append(self, topic: str, entry: NewEntry) -> None:
        """Return once the log holds the entry durably; `Unavailable`, `Overloaded` or `TooLarge` otherwise."""
        done: asyncio.Future[None] = self._loop.create_future()
        self._queue.put(_PendingAppend(topic, entry, done))
        await done

    async def close(self) -> None:
        """Return when everything pending is written."""
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join, 10)

    def _run(self) -> None:
        self._create_topics()
        while (first := self._queue.get()) is not None:
            batch, ends = self._take_pending([first])
            by_topic: dict[str, list[_PendingAppend]] = defaultdict(list)
            for waiting in batch:
                by_topic[waiting.topic].append(waiting)
            for topic, together in by_topic.items():
                self._write(topic, together)
            if ends:
                return

    def _create_topics(self) -> None:
        """Create empty topics so that readers find them; one that cannot be created now is created when it is used."""
        try:
            for topic, partitions in self._topics.items():
                self._event_log.ensure_topic(topic, partitions=partitions)
        except TouchlineError as exc:
            _log.warning("topics will be created later: %s", exc, extra={"action": "ensure_topics"})

    def _take_pending(self, batch: list[_PendingAppend]) -> tuple[list[_PendingAppend], bool]:
        """Add what is pending already; also whether the end of the queue was among it."""
        while len(batch) < MAX_BATCH:
            try:
                waiting = self._queue.get_nowait()
            except queue.Empty:
                break
            if waiting is None:
                return batch, True
            batch.append(waiting)
        return batch, False

    def _write(self, topic: str, together: list[_PendingAppend]) -> None:
        try:
            reach("before-append")
            self._append(topic, [waiting.entry for waiting in together])
            reach("after-append")
        except TooLarge as exc:
            if len(together) == 1:
                self._complete(together, exc)
                return
            # One that is too large must not fail the others.
            for waiting in together:
                self._write(topic, [waiting])
        except Exception as exc:  # every caller has to learn of it, whatever it is
            if not isinstance(exc, Unavailable):
                _log.exception("append to %s failed", topic, extra={"action": "append"})
            self._complete(together, exc)
        else:
            self._complete(together, None)

    def _append(self, topic: str, entries: list[NewEntry]) -> None:
        try:
            self._event_log.append(topic, entries)
        except NotFound:
            self._event_log.ensure_topic(topic, partitions=self._topics.get(topic, 1))
            self._event_log.append(topic, entries)

    def _complete(self, together: list[_PendingAppend], error: Exception | None) -> None:
        def complete() -> None:
            for waiting in together:
                if waiting.done.done():
                    continue
                if error is None:
                    waiting.done.set_result(None)
                else:
                    waiting.done.set_exception(error)

        self._loop.call_soon_threadsafe(complete)
