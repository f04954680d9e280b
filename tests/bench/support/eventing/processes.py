"""Processes of a measurement: started on free ports, ended with it, and what processor time and memory they take."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from shared.testing.valkey_process import free_port
from tests.support.waiting import eventually

ROOT = Path(__file__).resolve().parents[4]


@dataclass(frozen=True, slots=True)
class Process:
    """A process that answers on a port."""

    pid: int
    url: str

    def wait_for(self, n: int, *, within_s: float = 90.0) -> None:
        """Return when a sink has taken `n` events."""
        eventually(lambda: httpx.get(f"{self.url}/count").json() >= n, within_s=within_s, every_s=0.1)

    def noted(self) -> list[tuple[str, int]]:
        """Id and moment (ns) of every event a sink has taken."""
        return [(name, at) for name, at in httpx.get(f"{self.url}/noted").json()]


@contextmanager
def sink(*options: str) -> Iterator[Process]:
    """A handler of `tests.bench.support.eventing.loopback`."""
    port = free_port()
    with _process(
        ["tests.bench.support.eventing.loopback", "--port", str(port), *options], port, "/count", {}
    ) as process:
        yield process


@contextmanager
def eventing(
    folder: Path, manifest: str, log_url: str, command: Sequence[str] = ("knative.local.eventing",)
) -> Iterator[Process]:
    """The eventing process over a manifest; another `command` takes the same options."""
    manifests = folder / "manifests"
    manifests.mkdir(exist_ok=True)
    (manifests / "all.yaml").write_text(manifest)
    port = free_port()
    options = ["--manifests", str(manifests), "--port", str(port), "--functions-url", "http://127.0.0.1:9"]
    options += ["--journal", str(folder / "journal" / str(port))]
    with _process([*command, *options], port, "/health/ready", {"EVENT_LOG_URL": log_url}) as process:
        yield process


@contextmanager
def _process(command: Sequence[str], port: int, ready: str, env: dict[str, str]) -> Iterator[Process]:
    running = subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT, env={**os.environ, **env})
    process = Process(running.pid, f"http://127.0.0.1:{port}")

    def is_ready() -> bool:
        assert running.poll() is None, f"{command[0]} ended"
        with suppress(httpx.TransportError):
            return httpx.get(process.url + ready).status_code == 200
        return False

    try:
        eventually(is_ready)
        yield process
    finally:
        running.kill()
        running.wait()


class Spent:
    """Processor time that processes take from now on."""

    def __init__(self, pids: dict[str, int]) -> None:
        self._pids = pids
        self._before = self._now()

    def per_event(self, n: int) -> dict[str, Any]:
        """Milliseconds of a core an event, by process."""
        after = self._now()
        return {"cpu_ms": {name: round((after[name] - self._before[name]) * 1000 / n, 3) for name in after}}

    def _now(self) -> dict[str, float]:
        process = {name: psutil.Process(pid).cpu_times() for name, pid in self._pids.items()}
        return {name: times.user + times.system for name, times in process.items()}


class Memory:
    """Resident memory of a process, sampled by a thread."""

    def __init__(self, pid: int, every_s: float) -> None:
        self.samples_mb: list[float] = []
        self._process = psutil.Process(pid)
        self._every_s = every_s
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._ended.wait(self._every_s):
            with suppress(psutil.NoSuchProcess):
                self.samples_mb.append(round(self._process.memory_info().rss / 1e6, 1))
