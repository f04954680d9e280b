"""Keeps a consumer's events in flight: reads the log in a thread, delivers on the event loop, acknowledges when done.

Nothing is acknowledged before its delivery has ended, so what was in flight when the process died comes again.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from knative.local.eventing.courier import Counters, Courier, Stopping, Subscription
from knative.local.eventing.filters import Filter
from knative.local.eventing.journal import Journal, Step
from knative.local.eventing.message import Message
from shared.errors import Conflict, InvalidInput, NotFound, TouchlineError
from shared.ports import Entry, EventLog, LogConsumer

_log = logging.getLogger(__name__)

MAX_IN_FLIGHT = 50
"""Knative's Kafka data plane keeps one poll (max.poll.records) in flight."""
POLL_BUSY_S = 0.05
"""While something is in flight a poll ends soon, so that what ended meanwhile is acknowledged."""
POLL_IDLE_S = 0.5
FULL_POLL_EVERY_S = 60.0
"""With no room for more, one entry is taken this often: on Kafka a member that never polls counts as gone."""
JOIN_AGAIN_AFTER_S = 0.5

Decode = Callable[[Entry], Message]
LaneOf = Callable[[Entry], Hashable]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is read, as whom, and how it becomes events."""

    topic: str
    partitions: int
    """Of the topic, when it is not there yet."""
    group: str
    member: str
    decode: Decode
    start: str = "earliest"
    filter: Filter | None = None
    lane_of: LaneOf | None = None
    """Entries of one lane are delivered one after the other, in order; without lanes all go at once."""
    max_in_flight: int = MAX_IN_FLIGHT


def by_partition(entry: Entry) -> Hashable:
    """The lanes of an ordered consumer."""
    return entry.partition


class Dispatcher:
    """One member of a consumer group and its deliveries."""

    def __init__(
        self,
        *,
        log: EventLog,
        reading: Reading,
        to: Subscription,
        courier: Courier,
        journal: Journal,
        counters: Counters,
    ) -> None:
        self._eventlog = log
        self._reading = reading
        self._to = to
        self._courier = courier
        self._journal = journal
        self._counters = counters
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._lanes: dict[Hashable, deque[tuple[Entry, Message]]] = {}
        self._stopping = threading.Event()
        self._emptied = threading.Event()
        # Between the thread and the loop: what has ended and can be acknowledged, and how many are still held.
        self._changed = threading.Condition()
        self._ended: list[Entry] = []
        self._n_held = 0
        self.joined = False
        self._thread = threading.Thread(target=self._read, name=f"read-{reading.group}", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    async def stop(self, *, grace_s: float) -> None:
        """Take nothing new, let what is being delivered end within `grace_s`, acknowledge that, leave the group."""
        self._stopping.set()
        with self._changed:
            self._changed.notify()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=grace_s)
            for task in late:
                task.cancel()
        self._emptied.set()
        await asyncio.to_thread(self._thread.join, 10)

    # On the event loop.

    def _take(self, entries: list[Entry]) -> None:
        for entry in entries:
            message = self._wanted(entry)
            if message is None:
                self._end(entry)
                continue
            self._counters.in_flight += 1
            if self._reading.lane_of is None:
                self._spawn(self._deliver(entry, message))
                continue
            lane = self._reading.lane_of(entry)
            if lane in self._lanes:
                self._lanes[lane].append((entry, message))
            else:
                self._lanes[lane] = deque([(entry, message)])
                self._spawn(self._run_lane(lane))

    def _wanted(self, entry: Entry) -> Message | None:
        """The entry's event when the filter lets it through."""
        try:
            message = self._reading.decode(entry)
        except InvalidInput as exc:
            place = f"{entry.topic} partition {entry.partition} offset {entry.offset}"
            self._journal.note(
                Step(what="unreadable", source="", id="", consumer=self._to.label, detail=f"{place}: {exc}")
            )
            return None
        if self._reading.filter and (missing := self._reading.filter.mismatch(message.attributes)) is not None:
            self._counters.unmatched += 1
            self._journal.note(
                Step(what="unmatched", source=message.source, id=message.id, consumer=self._to.label, detail=missing)
            )
            return None
        return message

    def _spawn(self, work: asyncio._CoroutineLike[None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run_lane(self, lane: Hashable) -> None:
        waiting = self._lanes[lane]
        while waiting and not self._stopping.is_set():
            await self._deliver(*waiting.popleft())
        del self._lanes[lane]

    async def _deliver(self, entry: Entry, message: Message) -> None:
        try:
            await self._courier.deliver(message, self._to, self._counters, dedup_id=self._dedup_id(entry))
        except (Stopping, asyncio.CancelledError):
            return
        except Exception:
            # Never acknowledged, so it comes again after a restart; a bug here must not lose an event.
            _log.exception("%s: delivery of event %s broke", self._to.label, message.id, extra={"action": "bug"})
            return
        finally:
            self._counters.in_flight -= 1
        self._end(entry)

    def _dedup_id(self, entry: Entry) -> str:
        place = f"{self._reading.group} {entry.topic} {entry.partition} {entry.offset}"
        return hashlib.sha256(place.encode()).hexdigest()[:32]

    def _end(self, entry: Entry) -> None:
        with self._changed:
            self._ended.append(entry)
            self._n_held -= 1
            if self._n_held + 1 >= self._reading.max_in_flight:
                self._changed.notify()

    # In the thread.

    def _read(self) -> None:
        """Join, read until the end; whatever breaks is joined again."""
        silent = False
        while not self._stopping.is_set():
            consumer: LogConsumer | None = None
            try:
                self._eventlog.ensure_topic(self._reading.topic, partitions=self._reading.partitions)
                consumer = self._eventlog.consumer(
                    self._reading.topic, self._reading.group, member=self._reading.member, start=self._reading.start
                )
                self.joined, silent = True, False
                self._read_as(consumer)
            except TouchlineError as exc:
                if not silent:
                    _log.warning("%s: %s", self._to.label, exc, extra={"action": "log_silent"})
                silent = True
                self._stopping.wait(JOIN_AGAIN_AFTER_S)
            finally:
                self.joined = False
                if consumer is not None:
                    _leave(consumer)

    def _read_as(self, consumer: LogConsumer) -> None:
        silent = False
        full_poll_at = time.monotonic() + FULL_POLL_EVERY_S
        while not (self._stopping.is_set() and self._emptied.is_set()):
            try:
                self._acknowledge(consumer)
                if self._stopping.is_set():
                    self._emptied.wait(POLL_BUSY_S)
                    continue
                room = self._room()
                if room == 0 and time.monotonic() >= full_poll_at:
                    room = 1
                if room > 0:
                    full_poll_at = time.monotonic() + FULL_POLL_EVERY_S
                    self._poll(consumer, room)
                silent = False
            except (Conflict, NotFound, InvalidInput):
                raise
            except TouchlineError as exc:
                if not silent:
                    _log.warning("%s: %s", self._to.label, exc, extra={"action": "log_silent"})
                silent = True
                self._stopping.wait(JOIN_AGAIN_AFTER_S)
                if self._stopping.is_set() and self._emptied.is_set():
                    return
        self._acknowledge(consumer)

    def _room(self) -> int:
        """How many more may be taken; waits a moment when there is no room."""
        with self._changed:
            if self._n_held >= self._reading.max_in_flight:
                self._changed.wait(POLL_IDLE_S)
            return max(0, self._reading.max_in_flight - self._n_held)

    def _poll(self, consumer: LogConsumer, room: int) -> None:
        busy = self._n_held > 0 or bool(self._ended)
        entries = consumer.poll(max_entries=room, wait_s=POLL_BUSY_S if busy else POLL_IDLE_S)
        if entries:
            with self._changed:
                self._n_held += len(entries)
            self._loop.call_soon_threadsafe(self._take, entries)

    def _acknowledge(self, consumer: LogConsumer) -> None:
        with self._changed:
            ended = self._ended
            self._ended = []
        if not ended:
            return
        try:
            consumer.ack(ended)
        except TouchlineError:
            with self._changed:
                self._ended = ended + self._ended
            raise


def _leave(consumer: LogConsumer) -> None:
    try:
        consumer.close()
    except TouchlineError as exc:
        _log.warning("left without a goodbye: %s", exc, extra={"action": "log_leave"})
