"""Work that is done in the background soon after it was asked for, once for all who asked meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class CoalescedTask:
    """Does its work in a thread of its own, a moment after `request`; what fails is the work's own matter."""

    def __init__(
        self, work: Callable[[], None], *, name: str, pause_s: float, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """Store the parameters; the thread starts with the first request.

        Parameters
        ----------
        work : never raises.
        name : of the thread.
        pause_s : between a request and the work, so that one run serves many requests when there are many.
        sleep : waits.
        """
        self._work = work
        self._name = name
        self._pause_s = pause_s
        self._sleep = sleep
        self._requested = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopping = False

    def request(self) -> None:
        """Ask for the work; returns at once."""
        self._requested.set()
        if self._thread is None or not self._thread.is_alive():
            with self._lock:
                if self._thread is None or not self._thread.is_alive():
                    self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                    self._thread.start()

    def stop(self) -> None:
        """End the thread; what was asked for until then is done."""
        self._stopping = True
        self._requested.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping:
            self._requested.wait()
            self._sleep(self._pause_s)
            self._requested.clear()
            self._work()
