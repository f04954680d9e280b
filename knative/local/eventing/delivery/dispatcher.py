"""One member of a consumer group: a thread that reads and acknowledges, and the window it fills on the event loop.

Nothing is acknowledged before its delivery has completed, so what was in flight when the process died comes again.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time

from knative.local.eventing.delivery.counters import Counters
from knative.local.eventing.delivery.runner import DeliveryRunner, DeliveryTarget
from knative.local.eventing.delivery.window import ConsumerConfig, Window
from knative.local.eventing.runtime.crash_points import reach
from knative.local.eventing.trace.event_trace import EventTrace
from shared.errors import Conflict, InvalidInput, NotFound, TouchlineError
from shared.ports.log import Entry, EventLog, LogConsumer

_log = logging.getLogger(__name__)

BUSY_POLL_S = 0.05
"""While something is in flight a poll ends soon, so that what completed meanwhile is acknowledged."""
ACK_BATCH = 100
"""Completed entries are acknowledged together: so many, or those of `BUSY_POLL_S`."""
IDLE_POLL_S = 0.5
FULL_POLL_EVERY_S = 60.0
"""Without capacity, one entry is read this often: on Kafka a member that never polls counts as gone."""
REJOIN_AFTER_S = 0.5


class Dispatcher:
    """Reads for one member until stopped; made on the event loop."""

    def __init__(
        self,
        *,
        log: EventLog,
        config: ConsumerConfig,
        target: DeliveryTarget,
        runner: DeliveryRunner,
        trace: EventTrace,
        counters: Counters,
    ) -> None:
        self._event_log = log
        self._config = config
        self._label = target.label
        self._has_capacity = threading.Event()
        self._window = Window(
            config,
            target=target,
            runner=runner,
            trace=trace,
            counters=counters,
            call_soon=asyncio.get_running_loop().call_soon_threadsafe,
            on_capacity=self._has_capacity.set,
        )
        self._stop_requested = threading.Event()
        self._is_drained = threading.Event()
        self._unacknowledged: list[Entry] = []
        self._full_poll_at = 0.0
        self._ack_at = 0.0
        self.is_joined = False
        self._thread = threading.Thread(target=self._read, name=f"read-{config.group}", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    async def stop(self, *, grace_s: float) -> None:
        """Read nothing new, let deliveries complete within `grace_s`, acknowledge them, leave the group."""
        self._stop_requested.set()
        self._has_capacity.set()
        await self._window.stop(grace_s=grace_s)
        self._is_drained.set()
        await asyncio.to_thread(self._thread.join, 10)

    # In the thread.

    def _read(self) -> None:
        """Join the group and read until the end; after an error join again."""
        is_logged = False
        while not self._stop_requested.is_set():
            consumer: LogConsumer | None = None
            try:
                self._event_log.ensure_topic(self._config.topic, partitions=self._config.partitions)
                consumer = self._event_log.consumer(
                    self._config.topic, self._config.group, member=self._config.member, start=self._config.start
                )
                self.is_joined, is_logged = True, False
                self._read_as(consumer)
            except TouchlineError as exc:
                self._log_failure(exc, is_logged)
                is_logged = True
                self._stop_requested.wait(REJOIN_AFTER_S)
            finally:
                self.is_joined = False
                if consumer is not None:
                    _close(consumer)

    def _read_as(self, consumer: LogConsumer) -> None:
        is_logged = False
        self._full_poll_at = time.monotonic() + FULL_POLL_EVERY_S
        while not self._is_finished():
            try:
                self._run_once(consumer)
                is_logged = False
            except (Conflict, NotFound, InvalidInput):
                raise
            except TouchlineError as exc:
                self._log_failure(exc, is_logged)
                is_logged = True
                self._stop_requested.wait(REJOIN_AFTER_S)
                if self._is_finished():
                    return
        self._unacknowledged += self._window.take_completed()
        self._acknowledge(consumer)

    def _is_finished(self) -> bool:
        return self._stop_requested.is_set() and self._is_drained.is_set()

    def _run_once(self, consumer: LogConsumer) -> None:
        """Wait for capacity, acknowledge what has completed, read."""
        self._has_capacity.clear()
        if self._stop_requested.is_set():
            self._is_drained.wait(BUSY_POLL_S)
        elif not (self._window.wants_more and self._window.capacity):
            self._has_capacity.wait(BUSY_POLL_S)
        self._unacknowledged += self._window.take_completed()
        if len(self._unacknowledged) >= ACK_BATCH or time.monotonic() >= self._ack_at:
            self._acknowledge(consumer)
        n_entries = self._window.capacity
        if n_entries == 0 and time.monotonic() >= self._full_poll_at:
            n_entries = 1
        if n_entries and not self._stop_requested.is_set():
            self._full_poll_at = time.monotonic() + FULL_POLL_EVERY_S
            self._poll(consumer, n_entries)

    def _poll(self, consumer: LogConsumer, n_entries: int) -> None:
        is_busy = self._window.is_busy or self._unacknowledged
        entries = consumer.poll(max_entries=n_entries, wait_s=BUSY_POLL_S if is_busy else IDLE_POLL_S)
        if entries:
            reach("after-read")
            self._window.submit(entries)

    def _acknowledge(self, consumer: LogConsumer) -> None:
        """Acknowledge what has completed; what the log does not take now is acknowledged the next time."""
        self._ack_at = time.monotonic() + BUSY_POLL_S
        if not self._unacknowledged:
            return
        reach("before-commit")
        consumer.ack(self._unacknowledged)
        self._unacknowledged = []
        reach("after-commit")

    def _log_failure(self, exc: TouchlineError, is_logged: bool) -> None:
        """Log the first of several failures in a row."""
        if not is_logged:
            _log.warning("%s: %s", self._label, exc, extra={"action": "log_silent"})


def _close(consumer: LogConsumer) -> None:
    try:
        consumer.close()
    except TouchlineError as exc:
        _log.warning("the group was left without telling the log: %s", exc, extra={"action": "log_leave"})
