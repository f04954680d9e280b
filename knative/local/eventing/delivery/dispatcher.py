"""One member of a consumer group: a thread that reads and acknowledges, and the window it fills on the event loop.

Nothing is acknowledged before its delivery has ended, so what was in flight when the process died comes again.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time

from knative.local.eventing.delivery.counters import Counters
from knative.local.eventing.delivery.runner import DeliveryRunner, Subscription
from knative.local.eventing.delivery.window import ConsumerConfig, Window
from knative.local.eventing.runtime.crash_points import reach
from knative.local.eventing.trace.event_trace import EventTrace
from shared.errors import Conflict, InvalidInput, NotFound, TouchlineError
from shared.ports.log import Entry, EventLog, LogConsumer

_log = logging.getLogger(__name__)

POLL_BUSY_S = 0.05
"""While something is in flight a poll ends soon, so that what ended meanwhile is acknowledged."""
ACK_AT_ONCE = 100
"""What has ended is acknowledged together: so many, or what there is after `POLL_BUSY_S`."""
POLL_IDLE_S = 0.5
FULL_POLL_EVERY_S = 60.0
"""With no room for more, one entry is taken this often: on Kafka a member that never polls counts as gone."""
JOIN_AGAIN_AFTER_S = 0.5


class Dispatcher:
    """Reads for one member until stopped; made on the event loop."""

    def __init__(
        self,
        *,
        log: EventLog,
        reading: ConsumerConfig,
        to: Subscription,
        courier: DeliveryRunner,
        journal: EventTrace,
        counters: Counters,
    ) -> None:
        self._eventlog = log
        self._reading = reading
        self._label = to.label
        self._hungry = threading.Event()
        self._window = Window(
            reading,
            to=to,
            courier=courier,
            journal=journal,
            counters=counters,
            call_soon=asyncio.get_running_loop().call_soon_threadsafe,
            on_capacity=self._hungry.set,
        )
        self._stopping = threading.Event()
        self._emptied = threading.Event()
        self._unacknowledged: list[Entry] = []
        self._full_poll_at = 0.0
        self._ack_at = 0.0
        self.joined = False
        self._thread = threading.Thread(target=self._read, name=f"read-{reading.group}", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    async def stop(self, *, grace_s: float) -> None:
        """Take nothing new, let what is being delivered end within `grace_s`, acknowledge that, leave the group."""
        self._stopping.set()
        self._hungry.set()
        await self._window.stop(grace_s=grace_s)
        self._emptied.set()
        await asyncio.to_thread(self._thread.join, 10)

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
                self._tell(exc, silent)
                silent = True
                self._stopping.wait(JOIN_AGAIN_AFTER_S)
            finally:
                self.joined = False
                if consumer is not None:
                    _leave(consumer)

    def _read_as(self, consumer: LogConsumer) -> None:
        silent = False
        self._full_poll_at = time.monotonic() + FULL_POLL_EVERY_S
        while not (self._stopping.is_set() and self._emptied.is_set()):
            try:
                self._turn(consumer)
                silent = False
            except (Conflict, NotFound, InvalidInput):
                raise
            except TouchlineError as exc:
                self._tell(exc, silent)
                silent = True
                self._stopping.wait(JOIN_AGAIN_AFTER_S)
                if self._stopping.is_set() and self._emptied.is_set():
                    return
        self._unacknowledged += self._window.take_completed()
        self._acknowledge(consumer)

    def _turn(self, consumer: LogConsumer) -> None:
        """Wait until deliveries ask for more, acknowledge what has ended, read."""
        self._hungry.clear()
        if self._stopping.is_set():
            self._emptied.wait(POLL_BUSY_S)
        elif not (self._window.wants_more and self._window.capacity):
            self._hungry.wait(POLL_BUSY_S)
        self._unacknowledged += self._window.take_completed()
        if len(self._unacknowledged) >= ACK_AT_ONCE or time.monotonic() >= self._ack_at:
            self._acknowledge(consumer)
        room = self._window.capacity
        if room == 0 and time.monotonic() >= self._full_poll_at:
            room = 1
        if room and not self._stopping.is_set():
            self._full_poll_at = time.monotonic() + FULL_POLL_EVERY_S
            self._poll(consumer, room)

    def _poll(self, consumer: LogConsumer, room: int) -> None:
        busy = self._window.is_busy or self._unacknowledged
        entries = consumer.poll(max_entries=room, wait_s=POLL_BUSY_S if busy else POLL_IDLE_S)
        if entries:
            reach("after-read")
            self._window.submit(entries)

    def _acknowledge(self, consumer: LogConsumer) -> None:
        """What the log did not take now is told it again."""
        self._ack_at = time.monotonic() + POLL_BUSY_S
        if not self._unacknowledged:
            return
        reach("before-commit")
        consumer.ack(self._unacknowledged)
        self._unacknowledged = []
        reach("after-commit")

    def _tell(self, exc: TouchlineError, silent: bool) -> None:
        if not silent:
            _log.warning("%s: %s", self._label, exc, extra={"action": "log_silent"})


def _leave(consumer: LogConsumer) -> None:
    try:
        consumer.close()
    except TouchlineError as exc:
        _log.warning("left without a goodbye: %s", exc, extra={"action": "log_leave"})
