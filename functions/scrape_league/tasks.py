"""Entry point of workers: ``celery -A functions.scrape_league.tasks worker -P threads``.

Threads, because they share one browser; nothing is opened before the first message. A heartbeat renews the leases of
the process and dispatches stalled jobs, so one loop repairs a lost broker, a lost worker and an ended pause.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from typing import Any

from celery.signals import worker_ready, worker_shutdown, worker_shutting_down

from functions.scrape_league import wiring
from functions.scrape_league.collect import worker_loop
from functions.scrape_league.collect.runtime import WorkerRuntime
from functions.scrape_league.jobs import dispatch
from functions.scrape_league.jobs.celery_dispatcher import TASK, CeleryDispatcher, make_app
from functions.scrape_league.jobs.units import LEASE_S
from shared.errors import TouchlineError
from shared.settings.loading import load_settings

_log = logging.getLogger(__name__)
_HEARTBEAT_S = LEASE_S / 3
_EXPIRE_EVERY_S = 3_600.0

settings = load_settings(wiring.WorkerSettings, os.environ, need=wiring.WORKER_NEED)
app = make_app(settings.collection.tasks_url)


class WorkerProcess:
    """The worker process: its runtime, its adapters, and its background threads."""

    def __init__(self) -> None:
        self.runtime = WorkerRuntime(CeleryDispatcher(settings.collection.tasks_url))
        self._lock = threading.Lock()
        self._worker: wiring.Worker | None = None
        self._threads: list[threading.Thread] = []

    def worker(self) -> wiring.Worker:
        """Return the adapters, built on first use."""
        with self._lock:
            if self._worker is None:
                self._worker = wiring.build_worker(settings, self.runtime)
            return self._worker

    def start(self) -> None:
        """Start the heartbeat, and the expiry of raw responses where it is configured."""
        self._start_thread("heartbeat", self._heartbeat)
        if settings.source.raw_keep_days:
            self._start_thread("expire", self._expire)

    def stop(self) -> None:
        """Stop the threads and close all connections; the leases are already released."""
        self.runtime.stop()
        for thread in self._threads:
            thread.join(_HEARTBEAT_S)
        with self._lock:
            worker, self._worker = self._worker, None
        if worker is not None:
            worker.close()

    def _start_thread(self, name: str, work: Callable[[], None]) -> None:
        self._threads.append(threading.Thread(target=work, name=name, daemon=True))
        self._threads[-1].start()

    def _heartbeat(self) -> None:
        quiet_s = 0.0
        while not self.runtime.is_stopping:
            try:
                self._renew_and_dispatch(quiet_s)
                quiet_s = dispatch.DISPATCH_QUIET_S
            except TouchlineError as exc:
                # Postgres or the broker is restarting; leases outlast two missed beats.
                _log.warning("heartbeat missed: %s", exc, extra={"action": "heartbeat"})
            except Exception:
                # The edge of this thread: without a heartbeat the process would lose every lease.
                _log.exception("heartbeat failed", extra={"action": "bug"})
            self.runtime.pause(_HEARTBEAT_S)

    def _renew_and_dispatch(self, quiet_s: float) -> None:
        deps = self.worker().deps
        if owners := self.runtime.lease_owners():
            deps.queue.renew(owners)
        dispatch.dispatch_stalled(deps.queue, self.runtime.dispatcher, deps.rate_per_s, quiet_s=quiet_s)

    def _expire(self) -> None:
        """Expire raw responses hourly; every worker does, and what one has deleted the others do not find."""
        while not self.runtime.is_stopping:
            try:
                if n_objects := self.worker().expire(lambda: not self.runtime.is_stopping):
                    _log.info("%d objects of raw responses deleted", n_objects, extra={"action": "expired"})
            except TouchlineError as exc:
                _log.warning("raw responses were not expired: %s", exc, extra={"action": "expire"})
            except Exception:
                # The edge of this thread; the next hour may succeed.
                _log.exception("raw responses were not expired", extra={"action": "bug"})
            self.runtime.pause(_EXPIRE_EVERY_S)


process = WorkerProcess()


@app.task(name=TASK)  # type: ignore[untyped-decorator]
def work(job_id: str, kind: str) -> None:
    """Work on a job that was dispatched."""
    worker = process.worker()
    try:
        has_units = worker_loop.work(job_id, kind, worker.deps)
    except TouchlineError as exc:
        # The job waits in Postgres; the heartbeat dispatches it again.
        _log.warning("work on job %s stopped: %s", job_id, exc, extra={"action": "stopped", "job": job_id})
        return
    if has_units and not process.runtime.is_stopping:
        process.runtime.dispatcher(job_id, kind, 1)


@worker_ready.connect  # type: ignore[untyped-decorator]
def _on_ready(**_: Any) -> None:
    process.start()


@worker_shutting_down.connect  # type: ignore[untyped-decorator]
def _on_shutting_down(**_: Any) -> None:
    process.runtime.stop()


@worker_shutdown.connect  # type: ignore[untyped-decorator]
def _on_shutdown(**_: Any) -> None:
    process.stop()
