"""The state that all threads of a worker process share: whether it stops, and which leases it holds."""

from __future__ import annotations

import threading

from functions.scrape_league.jobs import dispatch
from functions.scrape_league.jobs.model import Dispatcher


class WorkerRuntime:
    """Implementation of `Runtime`."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self.dispatcher = dispatcher
        self._stop = threading.Event()
        self._owners: set[str] = set()
        self._lock = threading.Lock()

    @property
    def is_stopping(self) -> bool:
        """Whether the worker is to stop."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Ask all threads to stop; pauses end at once."""
        self._stop.set()

    def pause(self, wait_s: float) -> bool:
        """Wait; return False if the worker is to stop."""
        return not (self._stop.wait(wait_s) if wait_s > 0 else self._stop.is_set())

    def on_lease_change(self, owner: str, is_leased: bool) -> None:
        """Record that a lease begins or ends."""
        with self._lock:
            (self._owners.add if is_leased else self._owners.discard)(owner)

    def lease_owners(self) -> list[str]:
        """Return the owners whose leases must be renewed."""
        with self._lock:
            return sorted(self._owners)

    def dispatch(self, job_id: str, kind: str, n: int) -> None:
        """Call `n` more workers to a job, if any; a failure is logged."""
        if n > 0:
            dispatch.dispatch(job_id, kind, n, self.dispatcher)
