"""Merge requests for the same work: one thread of the process works, the others only ask for another run."""

from __future__ import annotations

import threading


class Coalescer:
    """One thread runs at a time; a request that arrives during a run sets a flag for one more run and returns.

    Usage::

        if coalescer.start():
            while coalescer.rerun():
                work()
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_running = self._is_requested = False

    def start(self) -> bool:
        """Request a run. True when no other thread is running: the caller has to run now."""
        with self._lock:
            self._is_requested, was_running = True, self._is_running
            self._is_running = True
            return not was_running

    def rerun(self) -> bool:
        """Take the pending request. False when there is none; the run is then over."""
        with self._lock:
            self._is_running, self._is_requested = self._is_requested, False
            return self._is_running

    def abort(self) -> None:
        """End the run in the middle of the work, so that another thread can start one."""
        with self._lock:
            self._is_running = False
