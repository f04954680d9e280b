"""Starts the platform's processes in order, brings back those that die, stops all of them in reverse."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from k8s.local.supervisor.process import Child, Spec, kill_group, start_time
from k8s.local.supervisor.state_file import State, save
from shared.errors import TouchlineError, Unavailable

_log = logging.getLogger(__name__)

_TICK_S = 0.05
_PROBE_PAUSE_S = 0.05
_TRIM_PAUSE_S = 10.0
_BACKOFF_S = (0.0, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Wait before the k-th restart in a row; a process that lived `_HEALTHY_AFTER_S` starts over."""
_HEALTHY_AFTER_S = 20.0
_CRASH_LOOP = 5


class Supervisor:
    """Runs the specs, each as one child. One thread starts, watches and restarts; one per process probes it."""

    def __init__(self, specs: Sequence[Spec], *, logs: Path, state: State, state_path: Path) -> None:
        self._specs = {spec.name: spec for spec in specs}
        self._logs, self._state, self._state_path = logs, state, state_path
        self._lock = threading.Lock()
        self._children: dict[str, Child] = {}
        self._deaths: dict[str, int] = {}
        self._again_at_s: dict[str, float] = {}
        self._ready: dict[str, int] = {}
        self._starts: dict[str, int] = {}
        self._complaints: dict[str, str] = {}
        self.ready_after_s: dict[str, float] = {}
        """Seconds from start to first ready, by process."""
        self._stopping = threading.Event()
        self._started_s = time.monotonic()
        self._thread = threading.Thread(target=self._work, name="supervisor", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._started_s = time.monotonic()
        self._thread.start()

    def wait_ready(self, names: Sequence[str] = (), *, timeout_s: float) -> None:
        """Return once these processes (default: all) answer; `Unavailable` names those that do not, and their logs."""
        wanted = names or tuple(self._specs)
        deadline_s = time.monotonic() + timeout_s
        while missing := [name for name in wanted if not self.is_ready(name)]:
            looping = [name for name in missing if self._deaths.get(name, 0) >= _CRASH_LOOP]
            if looping or time.monotonic() > deadline_s or self._stopping.is_set():
                told = "\n".join(self._account(name) for name in looping or missing)
                raise Unavailable(f"not ready: {', '.join(missing)}\n{told}")
            time.sleep(_TICK_S)

    def is_ready(self, name: str) -> bool:
        """Whether the process that runs now has answered its probe."""
        with self._lock:
            child = self._children.get(name)
            return child is not None and child.ended() is None and self._ready.get(name) == child.pid

    def pid(self, name: str) -> int:
        """Of the process that runs now; 0 while there is none."""
        with self._lock:
            child = self._children.get(name)
            return child.pid if child is not None and child.ended() is None else 0

    def restarts(self, name: str) -> int:
        """How often it was started again."""
        return max(0, self._starts.get(name, 0) - 1)

    def stop(self) -> None:
        """End all processes, the foundations last; returns when none is left."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _work(self) -> None:
        """Start, watch and end the children: all in one thread, since they die with the thread that started them."""
        next_trim_s = 0.0
        while not self._stopping.is_set():
            for spec in self._specs.values():
                try:
                    self._look_after(spec)
                except Exception:
                    # A full disk, say. Giving up here would take every child along.
                    _log.exception("%s could not be looked after", spec.name, extra={"action": "supervision_failed"})
                    self._stopping.wait(1)
            if (now_s := time.monotonic()) > next_trim_s:
                for child in self._children.values():
                    child.trim_log()
                next_trim_s = now_s + _TRIM_PAUSE_S
            self._stopping.wait(_TICK_S)
        self._end_all()

    def _end_all(self) -> None:
        for foundation in (False, True):
            wave = [child for child in reversed(self._children.values()) if child.spec.foundation is foundation]
            for child in wave:
                child.signal(child.spec.stop_signal)
            deadline_s = time.monotonic() + max((child.spec.stop_timeout_s for child in wave), default=0.0)
            for child in wave:
                child.finish(max(0.0, deadline_s - time.monotonic()))
        self._state.processes, self._state.ready = {}, False
        save(self._state_path, self._state)

    def _look_after(self, spec: Spec) -> None:
        """Start the process when it may run and does not."""
        child = self._children.get(spec.name)
        if child is not None and child.ended() is None:
            if self._deaths.get(spec.name) and time.monotonic() - child.started_s > _HEALTHY_AFTER_S:
                self._deaths[spec.name] = 0
            return
        now_s = time.monotonic()
        if child is not None and spec.name not in self._again_at_s:
            self._bury(spec, child, now_s)
        if now_s >= self._again_at_s.get(spec.name, 0.0) and all(self.is_ready(name) for name in spec.after):
            self._again_at_s.pop(spec.name, None)
            self._launch(spec)

    def _bury(self, spec: Spec, child: Child, now_s: float) -> None:
        """Note a death, end what it left behind, and choose when to try again."""
        _log.warning("%s ended with %s", spec.name, child.ended(), extra={"action": "process_died"})
        child.finish(0)
        self._try_later(spec, now_s)

    def _try_later(self, spec: Spec, now_s: float) -> None:
        n_deaths = self._deaths[spec.name] = self._deaths.get(spec.name, 0) + 1
        self._again_at_s[spec.name] = now_s + _BACKOFF_S[min(n_deaths - 1, len(_BACKOFF_S) - 1)]

    def _launch(self, spec: Spec) -> None:
        try:
            child = Child(spec, self._logs / f"{spec.name}.log")
        except OSError as exc:
            # Its program is missing or closed to us, or the machine is out of something.
            self._complaints[spec.name] = f"cannot be started: {exc}"
            self._try_later(spec, time.monotonic())
            return
        with self._lock:
            self._children[spec.name] = child
        self._starts[spec.name] = self._starts.get(spec.name, 0) + 1
        self._state.processes[spec.name] = {
            "pid": child.pid,
            "started": start_time(child.pid),
            "restarts": self.restarts(spec.name),
        }
        save(self._state_path, self._state)
        threading.Thread(target=self._probe, args=(child,), name=f"probe-{spec.name}", daemon=True).start()

    def _probe(self, child: Child) -> None:
        """Ask until it answers or is gone."""
        name = child.spec.name
        while child.ended() is None and not self._stopping.is_set():
            try:
                child.spec.probe()
            except (TouchlineError, OSError) as exc:
                self._complaints[name] = str(exc)
                self._stopping.wait(_PROBE_PAUSE_S)
                continue
            with self._lock:
                self._ready[name] = child.pid
            self.ready_after_s.setdefault(name, round(time.monotonic() - self._started_s, 2))
            return

    def _account(self, name: str) -> str:
        """Why a process is not ready, as far as can be told: its own last words too."""
        log = self._logs / f"{name}.log"
        with suppress(OSError):
            tail = log.read_text("utf-8", errors="replace")[-1500:]
            return f"--- {name}: {self._complaints.get(name, 'has not answered')}; the end of {log}:\n{tail}"
        return f"--- {name}: was not started"


def end_leftovers(state: State) -> None:
    """End what a killed supervisor left running; a pid counts only with the start time it was noted with.

    To be called before ports are chosen, since what is left may hold them.
    """
    for noted in state.processes.values():
        if noted.get("started") and start_time(noted["pid"]) == noted["started"]:
            kill_group(noted["pid"])
            _await_gone(noted["pid"], noted["started"])
    state.processes = {}


def _await_gone(pid: int, started: int) -> None:
    deadline_s = time.monotonic() + 10
    while start_time(pid) == started and time.monotonic() < deadline_s:
        time.sleep(0.02)
