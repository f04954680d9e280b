"""What a consumer holds between reading and acknowledging: lanes, the bounds, and what has ended.

This is the seam between who reads the log and who delivers. It starts no thread and never looks at a clock: whoever
reads (the thread of `dispatch`; in a simulation anything) puts at most `room` entries in, and takes out by `ended` what
may be acknowledged. All else happens on the event loop that `call_soon` belongs to, so a loop with virtual time drives
the very same code:

    window = Window(reading, to=..., courier=..., journal=..., counters=..., call_soon=loop.call_soon)
    window.submit(log.poll(max_entries=window.capacity))
    ...                                                  # the loop runs, deliveries end
    log.ack(window.take_completed())

`ended` names each entry once, in the order deliveries ended, and never one whose delivery has not: acknowledging just
these up to the first gap (Kafka) or one by one (Valkey) loses nothing. What a crash takes comes again from the log, and
so does what a bug of ours breaks: it is not acknowledged, but its place is given back, so that it stops nobody.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from knative.local.eventing.delivery.counters import Counters
from knative.local.eventing.delivery.runner import DeliveryRunner, ShutdownRequested, Subscription
from knative.local.eventing.filters.trigger_filter import Filter
from knative.local.eventing.message.message import Message
from knative.local.eventing.trace.event_trace import EventTrace, StepKind, TraceStep, event_step
from knative.manifests.model import Order
from shared.errors import InvalidInput
from shared.ports.log import Entry

_log = logging.getLogger(__name__)

MAX_IN_FLIGHT = 50
"""Knative's Kafka data plane keeps one poll (max.poll.records) in flight."""
MAX_KEYS_IN_FLIGHT = 128
"""For lanes by key, where one event of each key is in flight at most: few keys are ever this many at once."""
MAX_IN_CHANNEL = 500
"""The channel data plane knows no bound: who waits for a retry holds up nobody. Here there is one, for the memory."""
HELD_PER_IN_FLIGHT = 4
"""So many entries are held for each that may be in flight: the log is asked seldom, and then for many."""
MAX_HELD_BYTES = 32 * 1024 * 1024
"""Holding so much, nothing more is read. A log hands out at most about as much at once, so twice this is in memory."""

Decode = Callable[[Entry], Message]
CallSoon = Callable[[Callable[[], None]], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerConfig:
    """What is read, as whom, and how it becomes events."""

    topic: str
    partitions: int
    """Of the topic, when it is not there yet."""
    group: str
    member: str
    decode: Decode
    start: str = "earliest"
    filter: Filter | None = None
    wanted: str = ""
    """The filter in words; empty for a source of events, which has none."""
    order: Order = Order.UNORDERED
    most: int = 0
    """In flight at once; 0 = as the order has it."""

    @property
    def max_in_flight(self) -> int:
        """Deliveries under way at most, those that wait for a retry included."""
        return self.most or (MAX_KEYS_IN_FLIGHT if self.order is Order.PER_KEY else MAX_IN_FLIGHT)

    @property
    def max_held(self) -> int:
        """Entries in memory at most, those in flight included."""
        return self.max_in_flight * HELD_PER_IN_FLIGHT

    def ordering_key_of(self, entry: Entry) -> Hashable | None:
        """Entries of one lane are delivered one after the other, in the order they were read; None is a lane alone."""
        if self.order is Order.ORDERED:
            return entry.partition
        return entry.key if self.order is Order.PER_KEY else None


class Window:
    """The entries of one member of a consumer group."""

    def __init__(
        self,
        reading: ConsumerConfig,
        *,
        to: Subscription,
        courier: DeliveryRunner,
        journal: EventTrace,
        counters: Counters,
        call_soon: CallSoon,
        on_capacity: Callable[[], None] = lambda: None,
    ) -> None:
        """`call_soon` schedules on the loop, from any thread if the reader has one.

        `on_capacity` is called on the loop when more could be started than is waiting to be.
        """
        self._reading = reading
        self._to = to
        self._courier = courier
        self._journal = journal
        self._counters = counters
        self._call_soon = call_soon
        self._on_hungry = on_capacity
        self._n_held = 0
        self._n_bytes = 0
        self._ended: deque[Entry] = deque()
        self._broken: deque[Entry] = deque()
        self._ready: deque[_Item] = deque()
        self._lanes: dict[Hashable, deque[_Item]] = {}
        self._workers: set[asyncio.Task[None]] = set()
        self._stopping = False

    # For who reads; from one thread.

    @property
    def capacity(self) -> int:
        """How many more entries may be put in now."""
        return max(0, self._reading.max_held - self._n_held) if self._n_bytes < MAX_HELD_BYTES else 0

    @property
    def wants_more(self) -> bool:
        """Whether fewer wait to be started than could be in flight."""
        return len(self._ready) < self._reading.max_in_flight

    @property
    def is_busy(self) -> bool:
        """Whether something is held."""
        return self._n_held > 0

    def submit(self, entries: Sequence[Entry]) -> None:
        """These have been read; deliver them."""
        self._n_held += len(entries)
        self._n_bytes += sum(len(entry.value) for entry in entries)
        self._call_soon(lambda: self._take(entries))

    def take_completed(self) -> list[Entry]:
        """What needs no further delivery and was not told yet; it makes room."""
        found, broken = _emptied(self._ended), _emptied(self._broken)
        self._n_held -= len(found) + len(broken)
        self._n_bytes -= sum(len(entry.value) for entry in (*found, *broken))
        return found

    # On the event loop.

    async def stop(self, *, grace_s: float) -> None:
        """Start nothing more, let what is in flight end within `grace_s`; the rest never ends."""
        self._stopping = True
        if self._workers:
            _, late = await asyncio.wait(self._workers, timeout=grace_s)
            for worker in late:
                worker.cancel()

    def _take(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            try:
                message = self._wanted(entry)
            except Exception:
                # A bug must not lose an event, nor harm those that were read with it.
                _log.exception("%s: an entry of %s broke", self._to.label, entry.topic, extra={"action": "bug"})
                self._broken.append(entry)
                continue
            if message is None:
                self._ended.append(entry)
            else:
                self._line_up(_Item(entry, message, self._reading.ordering_key_of(entry)))
        for _ in range(min(len(self._ready), self._reading.max_in_flight - len(self._workers))):
            worker = asyncio.get_running_loop().create_task(self._work())
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)

    def _line_up(self, item: _Item) -> None:
        """Ready at once, or after those of its lane that came before."""
        if item.lane is None:
            self._ready.append(item)
        elif item.lane in self._lanes:
            self._lanes[item.lane].append(item)
        else:
            self._lanes[item.lane] = deque()
            self._ready.append(item)

    def _wanted(self, entry: Entry) -> Message | None:
        """The entry's event when the filter lets it through."""
        reading, consumer = self._reading, self._to.label
        place = f"{entry.topic}/{entry.partition}@{entry.offset}"
        try:
            message = reading.decode(entry)
        except InvalidInput as exc:
            self._journal.note(TraceStep("unreadable", consumer=consumer, place=place, detail=str(exc)))
            return None
        missing = reading.filter.mismatch(message.attributes) if reading.filter else None
        if missing is not None:
            self._counters.unmatched += 1
            self._journal.note(event_step("unmatched", message, consumer, place=place, detail=missing))
            return None
        what: StepKind = "matched" if reading.wanted else "read"
        self._journal.note(event_step(what, message, consumer, place=place, detail=reading.wanted))
        return message

    async def _work(self) -> None:
        """Deliver one after the other while there is something ready."""
        while self._ready and not self._stopping:
            item = self._ready.popleft()
            if len(self._ready) + 1 == self._reading.max_in_flight:
                self._on_hungry()
            await self._deliver(item)
            self._advance(item.lane)
        if not self._ready:
            self._on_hungry()

    def _advance(self, lane: Hashable | None) -> None:
        """The next of the lane is ready, if there is one."""
        if lane is None:
            return
        if waiting := self._lanes[lane]:
            self._ready.append(waiting.popleft())
        else:
            del self._lanes[lane]

    async def _deliver(self, item: _Item) -> None:
        """Until the event needs no further delivery, or the process stops."""
        self._counters.in_flight += 1
        try:
            await self._courier.deliver(item.message, self._to, self._counters, dedup_id=self._dedup_id(item.entry))
        except ShutdownRequested:
            self._stopping = True
        except Exception:
            # Not even a dead letter could be made of it.
            _log.exception("%s: event %s cannot be ended", self._to.label, item.message.id, extra={"action": "bug"})
            self._broken.append(item.entry)
        else:
            self._ended.append(item.entry)
        finally:
            self._counters.in_flight -= 1

    def _dedup_id(self, entry: Entry) -> str:
        place = f"{self._reading.group} {entry.topic} {entry.partition} {entry.offset}"
        return hashlib.sha256(place.encode()).hexdigest()[:32]


def _emptied(entries: deque[Entry]) -> list[Entry]:
    """What a queue holds now; the loop may put more in meanwhile."""
    return [entries.popleft() for _ in range(len(entries))]


@dataclass(frozen=True, slots=True)
class _Item:
    """An entry that waits for its turn."""

    entry: Entry
    message: Message
    lane: Hashable | None
