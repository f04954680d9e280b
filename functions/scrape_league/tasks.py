"""The worker's edge: ``celery -A functions.scrape_league.tasks worker -P threads``.

Threads, because they share one browser; nothing is opened before the first invitation. A pulse renews the leases of
what is being worked on and calls workers to jobs that nobody does, so a lost broker, a lost worker and a waited-out
pause are all repaired by the same loop.
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
from functions.scrape_league.jobs import dispatch
from functions.scrape_league.jobs.celery_dispatcher import TASK, CeleryDispatcher, make_app
from functions.scrape_league.jobs.units import LEASE_S
from shared.errors import TouchlineError
from shared.settings.loading import load_settings

_log = logging.getLogger(__name__)
_PULSE_S = LEASE_S / 3
_EXPIRE_EVERY_S = 3_600.0

settings = load_settings(wiring.WorkerSettings, os.environ, need=wiring.WORKER_NEED)
app = make_app(settings.collection.tasks_url)


class Process:
    """What all threads of this worker share."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self._owners: set[str] = set()
        self._lock = threading.Lock()
        self._worker: wiring.Worker | None = None
        self._beside: list[threading.Thread] = []

    def worker(self) -> wiring.Worker:
        """The wiring, made by whoever needs it first."""
        with self._lock:
            if self._worker is None:
                self._worker = wiring.build_worker(
                    settings,
                    pause=self._pause,
                    leased=self._leased,
                    dispatcher=CeleryDispatcher(settings.collection.tasks_url),
                )
            return self._worker

    def start(self) -> None:
        """Begin to renew and to call, and to delete what was kept long enough."""
        self._run_beside("pulse", self._beat)
        if settings.source.raw_keep_days:
            self._run_beside("expire", self._expire)

    def stop(self) -> None:
        """Let go of everything; leases that were held went back before."""
        self.stopping.set()
        for thread in self._beside:
            thread.join(_PULSE_S)
        with self._lock:
            worker, self._worker = self._worker, None
        if worker is not None:
            worker.close()

    def _run_beside(self, name: str, work: Callable[[], None]) -> None:
        self._beside.append(threading.Thread(target=work, name=name, daemon=True))
        self._beside[-1].start()

    def _pause(self, wait_s: float) -> bool:
        return not self.stopping.wait(wait_s) if wait_s > 0 else not self.stopping.is_set()

    def _leased(self, owner: str, held: bool) -> None:
        with self._lock:
            (self._owners.add if held else self._owners.discard)(owner)

    def _beat(self) -> None:
        quiet_s = 0.0
        while not self.stopping.is_set():
            try:
                with self._lock:
                    owners = sorted(self._owners)
                if owners:
                    self.worker().queue.renew(owners)
                worker = self.worker()
                dispatch.dispatch_stalled(worker.queue, worker.dispatcher, worker.deps.rate_per_s, quiet_s=quiet_s)
                quiet_s = dispatch.DISPATCH_QUIET_S
            except TouchlineError as exc:
                # Postgres or the broker is being restarted; leases outlast two missed beats.
                _log.warning("pulse missed: %s", exc, extra={"action": "pulse"})
            except Exception:
                # The edge of this thread: a worker without a pulse would lose every lease.
                _log.exception("pulse failed", extra={"action": "bug"})
            self.stopping.wait(_PULSE_S)

    def _expire(self) -> None:
        """Every worker does; what one deletes the others do not find."""
        while not self.stopping.is_set():
            try:
                if n_objects := self.worker().expire(lambda: not self.stopping.is_set()):
                    _log.info("%d objects of raw answers expired", n_objects, extra={"action": "expired"})
            except TouchlineError as exc:
                _log.warning("raw answers do not expire: %s", exc, extra={"action": "expire"})
            except Exception:
                # The edge of this thread; the next hour may fare better.
                _log.exception("raw answers do not expire", extra={"action": "bug"})
            self.stopping.wait(_EXPIRE_EVERY_S)


process = Process()


@app.task(name=TASK)  # type: ignore[untyped-decorator]
def work(job_id: str, kind: str) -> None:
    """Answer an invitation."""
    worker = process.worker()
    try:
        goes_on = worker_loop.work(job_id, kind, worker.deps)
    except TouchlineError as exc:
        # The job waits in Postgres; the pulse calls again.
        _log.warning("invitation to job %s given up: %s", job_id, exc, extra={"action": "given_up", "job": job_id})
        return
    if goes_on and not process.stopping.is_set():
        worker.dispatcher(job_id, kind, 1)


@worker_ready.connect  # type: ignore[untyped-decorator]
def _ready(**_: Any) -> None:
    process.start()


@worker_shutting_down.connect  # type: ignore[untyped-decorator]
def _stopping(**_: Any) -> None:
    process.stopping.set()


@worker_shutdown.connect  # type: ignore[untyped-decorator]
def _stopped(**_: Any) -> None:
    process.stop()
