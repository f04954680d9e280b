"""Supervisor: starts processes in order, restarts those that exit, stops all of them in reverse order."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from k8s.local.supervisor.orphan_guard import OrphanGuard
from k8s.local.supervisor.process import KERNEL_ENDS_ORPHANS, Child, ProcessSpec, kill_group
from k8s.local.supervisor.process_table import start_time
from k8s.local.supervisor.state_file import State, save
from shared.errors import TouchlineError, Unavailable

_log = logging.getLogger(__name__)

_PAUSE_S = 0.05
_PROBE_PAUSE_S = 0.05
_TRIM_PAUSE_S = 10.0
_BACKOFF_S = (0.0, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Wait before the k-th restart in a row; after `_HEALTHY_AFTER_S` of running the count begins again."""
_HEALTHY_AFTER_S = 20.0
_CRASH_LOOP = 5


class Supervisor:
    """Runs each spec as one child. One thread starts, watches and restarts them; one thread per process probes it."""

    def __init__(
        self,
        specs: Sequence[ProcessSpec],
        *,
        logs: Path,
        state: State,
        state_path: Path,
        kernel_ends_orphans: bool = KERNEL_ENDS_ORPHANS,
    ) -> None:
        self._specs = {spec.name: spec for spec in specs}
        self._logs, self._state, self._state_path = logs, state, state_path
        self._lock = threading.Lock()
        self._guard = None if kernel_ends_orphans else OrphanGuard()
        self._children: dict[str, Child] = {}
        self._failures: dict[str, int] = {}
        self._restart_at_s: dict[str, float] = {}
        self._ready: dict[str, int] = {}
        self._starts: dict[str, int] = {}
        self._problems: dict[str, str] = {}
        self.ready_after_s: dict[str, float] = {}
        """Time from start to first readiness, by process."""
        self._stopping = threading.Event()
        self._started_s = time.monotonic()
        self._thread = threading.Thread(target=self._work, name="supervisor", daemon=True)

    def start(self) -> None:
        """Start the thread that supervises; returns at once."""
        self._started_s = time.monotonic()
        self._thread.start()

    def wait_ready(self, names: Sequence[str] = (), *, timeout_s: float) -> None:
        """Return once these processes (default: all) are ready; `Unavailable` has the log ends of the others."""
        expected = names or tuple(self._specs)
        deadline_s = time.monotonic() + timeout_s
        while missing := [name for name in expected if not self.is_ready(name)]:
            looping = [name for name in missing if self._failures.get(name, 0) >= _CRASH_LOOP]
            if looping or time.monotonic() > deadline_s or self._stopping.is_set():
                reports = "\n".join(self._failure_report(name) for name in looping or missing)
                raise Unavailable(f"not ready: {', '.join(missing)}\n{reports}")
            time.sleep(_PAUSE_S)

    def is_ready(self, name: str) -> bool:
        """Return whether the current process has answered its probe."""
        with self._lock:
            child = self._children.get(name)
            return child is not None and child.exit_status() is None and self._ready.get(name) == child.pid

    def pid(self, name: str) -> int:
        """Return the pid of the current process; 0 while there is none."""
        with self._lock:
            child = self._children.get(name)
            return child.pid if child is not None and child.exit_status() is None else 0

    def restarts(self, name: str) -> int:
        """Return how often the process was restarted."""
        return max(0, self._starts.get(name, 0) - 1)

    def stop(self) -> None:
        """Stop all processes, those with `stop_last` in a second wave; return when all have exited."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _work(self) -> None:
        """Start, watch and stop the children in one thread: they are killed when the thread that started them ends."""
        next_trim_s = 0.0
        while not self._stopping.is_set():
            for spec in self._specs.values():
                try:
                    self._reconcile(spec)
                except Exception:
                    # For example a full disk. Raising here would end every child.
                    _log.exception("%s could not be supervised", spec.name, extra={"action": "supervision_failed"})
                    self._stopping.wait(1)
            if (now_s := time.monotonic()) > next_trim_s:
                for child in self._children.values():
                    child.trim_log()
                next_trim_s = now_s + _TRIM_PAUSE_S
            self._stopping.wait(_PAUSE_S)
        self._stop_all()

    def _stop_all(self) -> None:
        for last in (False, True):
            wave = [child for child in reversed(self._children.values()) if child.spec.stop_last is last]
            for child in wave:
                child.signal(child.spec.stop_signal)
            deadline_s = time.monotonic() + max((child.spec.stop_timeout_s for child in wave), default=0.0)
            for child in wave:
                child.wait_or_kill(max(0.0, deadline_s - time.monotonic()))
        self._state.processes, self._state.ready = {}, False
        save(self._state_path, self._state)
        if self._guard is not None:
            self._guard.close()

    def _reconcile(self, spec: ProcessSpec) -> None:
        """Start the process if it should run and does not."""
        child = self._children.get(spec.name)
        if child is not None and child.exit_status() is None:
            if self._failures.get(spec.name) and time.monotonic() - child.started_s > _HEALTHY_AFTER_S:
                self._failures[spec.name] = 0
            return
        now_s = time.monotonic()
        if child is not None and spec.name not in self._restart_at_s:
            self._record_exit(spec, child, now_s)
        if now_s >= self._restart_at_s.get(spec.name, 0.0) and all(self.is_ready(name) for name in spec.after):
            self._restart_at_s.pop(spec.name, None)
            self._launch(spec)

    def _record_exit(self, spec: ProcessSpec, child: Child, now_s: float) -> None:
        """Log an exit, kill what is left of its process group, and schedule the restart."""
        _log.warning("%s exited with status %s", spec.name, child.exit_status(), extra={"action": "process_died"})
        child.wait_or_kill(0)
        self._schedule_restart(spec, now_s)

    def _schedule_restart(self, spec: ProcessSpec, now_s: float) -> None:
        n_failures = self._failures[spec.name] = self._failures.get(spec.name, 0) + 1
        self._restart_at_s[spec.name] = now_s + _BACKOFF_S[min(n_failures - 1, len(_BACKOFF_S) - 1)]

    def _launch(self, spec: ProcessSpec) -> None:
        try:
            child = Child(spec, self._logs / f"{spec.name}.log", self._guard)
        except OSError as exc:
            # The program is missing or not executable, or the machine is out of a resource.
            self._problems[spec.name] = f"cannot be started: {exc}"
            self._schedule_restart(spec, time.monotonic())
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
        """Probe until the process is ready or has exited."""
        name = child.spec.name
        while child.exit_status() is None and not self._stopping.is_set():
            try:
                child.spec.probe()
            except (TouchlineError, OSError) as exc:
                self._problems[name] = str(exc)
                self._stopping.wait(_PROBE_PAUSE_S)
                continue
            with self._lock:
                self._ready[name] = child.pid
            self.ready_after_s.setdefault(name, round(time.monotonic() - self._started_s, 2))
            return

    def _failure_report(self, name: str) -> str:
        """Return why a process is not ready, with the end of its log."""
        log = self._logs / f"{name}.log"
        with suppress(OSError):
            tail = log.read_text("utf-8", errors="replace")[-1500:]
            return f"--- {name}: {self._problems.get(name, 'has not answered')}; the end of {log}:\n{tail}"
        return f"--- {name}: not started"


def kill_leftovers(state: State) -> None:
    """Kill processes that a killed supervisor left running; a pid counts only with its recorded start time.

    Call it before ports are chosen, as leftovers may hold them.
    """
    for record in state.processes.values():
        if record.get("started") and start_time(record["pid"]) == record["started"]:
            kill_group(record["pid"])
            _wait_until_gone(record["pid"], record["started"])
    state.processes = {}


def _wait_until_gone(pid: int, started: int) -> None:
    deadline_s = time.monotonic() + 10
    while start_time(pid) == started and time.monotonic() < deadline_s:
        time.sleep(0.02)
