"""Holds the entries between reading and acknowledging: order, bounds, and which deliveries have completed.

This is the seam between the part that reads the log and the part that delivers. It starts no thread and never looks at
a clock: the reader (the thread of `dispatcher`; in a simulation anything) submits at most `capacity` entries, and takes
with `take_completed` what may be acknowledged. All else happens on the event loop that `call_soon` belongs to, so a
loop with virtual time drives the very same code:

    window = Window(config, target=..., runner=..., trace=..., counters=..., call_soon=loop.call_soon)
    window.submit(log.poll(max_entries=window.capacity))
    ...                                                  # the loop runs, deliveries complete
    log.ack(window.take_completed())

`take_completed` names each entry once, in the order deliveries completed, and never one whose delivery has not:
acknowledging just these up to the first gap (Kafka) or one by one (Valkey) loses nothing. What a crash interrupts comes
again from the log, and so does what a bug of ours breaks: it is not acknowledged, but its place is given back, so that
it blocks nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from knative.local.eventing.delivery.counters import Counters
from knative.local.eventing.delivery.runner import DeliveryRunner, DeliveryTarget, ShutdownRequested
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
"""With order by key, one event of each key is in flight at most: few keys are ever this many at once."""
MAX_IN_CHANNEL = 500
"""The channel data plane has no bound: an event that waits for a retry holds up nothing. Here the memory needs one."""
HELD_PER_IN_FLIGHT = 4
"""So many entries are held for each that may be in flight: the log is polled seldom, and then for many."""
MAX_HELD_BYTES = 32 * 1024 * 1024
"""Nothing more is read while so much is held. A log hands out about as much at once, so twice this is in memory."""

Decode = Callable[[Entry], Message]
CallSoon = Callable[[Callable[[], None]], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerConfig:
    """The part of one member of a consumer group: what it reads, and how records become events."""

    topic: str
    partitions: int
    """Number of partitions the topic is created with, when it is not there yet."""
    group: str
    member: str
    decode: Decode
    start: str = "earliest"
    filter: Filter | None = None
    filter_text: str = ""
    """The filter in words; empty for a source of events, which has none."""
    doubt: Callable[[Message], str] = lambda message: ""
    """Returns why a cluster would lose an event that is delivered here; empty when it would not."""
    order: Order = Order.UNORDERED
    in_flight_limit: int = 0
    """Overrides how many deliveries the order allows at once; 0 = it does not."""

    @property
    def max_in_flight(self) -> int:
        """Deliveries under way at most, those that wait for a retry included."""
        return self.in_flight_limit or (MAX_KEYS_IN_FLIGHT if self.order is Order.PER_KEY else MAX_IN_FLIGHT)

    @property
    def max_held(self) -> int:
        """Entries in memory at most, those in flight included."""
        return self.max_in_flight * HELD_PER_IN_FLIGHT

    def ordering_key_of(self, entry: Entry) -> Hashable | None:
        """Entries with the same key are delivered one after the other, as they were read; None has no order."""
        if self.order is Order.ORDERED:
            return entry.partition
        return entry.key if self.order is Order.PER_KEY else None


class Window:
    """The entries of one member of a consumer group."""

    def __init__(
        self,
        config: ConsumerConfig,
        *,
        target: DeliveryTarget,
        runner: DeliveryRunner,
        trace: EventTrace,
        counters: Counters,
        call_soon: CallSoon,
        on_capacity: Callable[[], None] = lambda: None,
    ) -> None:
        """`call_soon` schedules on the loop, from any thread if the reader has one.

        `on_capacity` is called on the loop when more could be started than is waiting to be.
        """
        self._config = config
        self._target = target
        self._runner = runner
        self._trace = trace
        self._counters = counters
        self._call_soon = call_soon
        self._on_capacity = on_capacity
        self._max_in_flight = config.max_in_flight
        self._n_held = 0
        self._n_bytes = 0
        self._completed: deque[Entry] = deque()
        self._broken: deque[Entry] = deque()
        self._ready: deque[_PendingDelivery] = deque()
        self._queues: dict[Hashable, deque[_PendingDelivery]] = {}
        """By ordering key, while one event of that key is in flight or ready."""
        self._workers: set[asyncio.Task[None]] = set()
        self._is_stopping = False

    # For the reader; from one thread.

    @property
    def capacity(self) -> int:
        """The number of entries that may be submitted now."""
        return max(0, self._config.max_held - self._n_held) if self._n_bytes < MAX_HELD_BYTES else 0

    @property
    def wants_more(self) -> bool:
        """Whether fewer wait to be started than could be in flight."""
        return len(self._ready) < self._max_in_flight

    @property
    def is_busy(self) -> bool:
        """Whether something is held."""
        return self._n_held > 0

    def submit(self, entries: Sequence[Entry]) -> None:
        """Deliver these."""
        self._n_held += len(entries)
        self._n_bytes += sum(len(entry.value) for entry in entries)
        self._call_soon(lambda: self._accept(entries))

    def take_completed(self) -> list[Entry]:
        """Return what needs no further delivery and was not returned yet; it frees capacity."""
        completed, broken = _take_all(self._completed), _take_all(self._broken)
        self._n_held -= len(completed) + len(broken)
        self._n_bytes -= sum(len(entry.value) for entry in (*completed, *broken))
        return completed

    # On the event loop.

    async def stop(self, *, grace_s: float) -> None:
        """Start nothing more, let what is in flight complete within `grace_s`; the rest never does."""
        self._is_stopping = True
        if self._workers:
            _, late = await asyncio.wait(self._workers, timeout=grace_s)
            for worker in late:
                worker.cancel()

    def _accept(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            try:
                message = self._decode_and_filter(entry)
            except Exception:
                # A bug must not lose an event, nor harm those that were read with it.
                _log.exception("%s: an entry of %s broke", self._target.label, entry.topic, extra={"action": "bug"})
                self._broken.append(entry)
                continue
            if message is None:
                self._completed.append(entry)
            else:
                self._enqueue(_PendingDelivery(entry, message, self._config.ordering_key_of(entry)))
        for _ in range(min(len(self._ready), self._max_in_flight - len(self._workers))):
            worker = asyncio.get_running_loop().create_task(self._work())
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)

    def _enqueue(self, pending: _PendingDelivery) -> None:
        """Make it ready at once, or behind those with its ordering key that came before."""
        key = pending.ordering_key
        if key is None:
            self._ready.append(pending)
        elif key in self._queues:
            self._queues[key].append(pending)
        else:
            self._queues[key] = deque()
            self._ready.append(pending)

    def _decode_and_filter(self, entry: Entry) -> Message | None:
        """Return the entry's event when the filter lets it through."""
        config, consumer = self._config, self._target.label
        place = f"{entry.topic}/{entry.partition}@{entry.offset}"
        try:
            message = config.decode(entry)
        except InvalidInput as exc:
            self._trace.record(TraceStep("unreadable", consumer=consumer, place=place, detail=str(exc)))
            return None
        mismatch = config.filter.mismatch(message.attributes) if config.filter else None
        if mismatch is not None:
            self._counters.unmatched += 1
            self._trace.record(event_step("unmatched", message, consumer, place=place, detail=mismatch))
            return None
        what: StepKind = "matched" if config.filter_text else "read"
        detail = config.filter_text or config.doubt(message)
        self._trace.record(event_step(what, message, consumer, place=place, detail=detail))
        return message

    async def _work(self) -> None:
        """Deliver one after the other while there is something ready."""
        while self._ready and not self._is_stopping:
            pending = self._ready.popleft()
            if len(self._ready) + 1 == self._max_in_flight:
                self._on_capacity()
            await self._deliver(pending)
            self._advance(pending.ordering_key)
        if not self._ready:
            self._on_capacity()

    def _advance(self, key: Hashable | None) -> None:
        """Make the next of an ordering key ready, if there is one."""
        if key is None:
            return
        if queue := self._queues[key]:
            self._ready.append(queue.popleft())
        else:
            del self._queues[key]

    async def _deliver(self, pending: _PendingDelivery) -> None:
        """Return when the event needs no further delivery, or the process stops."""
        self._counters.in_flight += 1
        try:
            await self._runner.deliver(
                pending.message, self._target, self._counters, dedup_id=self._dedup_id(pending.entry)
            )
        except ShutdownRequested:
            self._is_stopping = True
        except Exception:
            # Not even a dead letter could be written.
            label, event_id = self._target.label, pending.message.id
            _log.exception("%s: delivery of event %s cannot be completed", label, event_id, extra={"action": "bug"})
            self._broken.append(pending.entry)
        else:
            self._completed.append(pending.entry)
        finally:
            self._counters.in_flight -= 1

    def _dedup_id(self, entry: Entry) -> str:
        position = f"{self._config.group} {entry.topic} {entry.partition} {entry.offset}"
        return hashlib.sha256(position.encode()).hexdigest()[:32]


def _take_all(entries: deque[Entry]) -> list[Entry]:
    """Empty a queue as it is now; the loop may append meanwhile."""
    return [entries.popleft() for _ in range(len(entries))]


@dataclass(frozen=True, slots=True)
class _PendingDelivery:
    """An entry whose delivery is still to start."""

    entry: Entry
    message: Message
    ordering_key: Hashable | None
