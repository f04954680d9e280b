"""The processes of the laptop's server: one pod each, restarted when one is killed, gone when their parent is."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from shared.testing.valkey_process import free_port
from tests.support.eventing.processes import Process
from tests.support.reference import ROOT
from tests.support.waiting import eventually

SERVICE = """
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: pid, namespace: touchline}
spec:
  template:
    spec:
      containers:
        - image: example.org/pid
          env: [{name: FUNCTION_SOURCE, value: pid.py}, {name: FUNCTION_TARGET, value: handle}]
"""
FUNCTION = """
import os
import functions_framework

@functions_framework.http
def handle(request):
    return str(os.getpid())
"""


class Platform:
    def __init__(self, folder: Path, workers: int = 2) -> None:
        (folder / "knative").mkdir()
        (folder / "knative" / "pid.yaml").write_text(SERVICE)
        (folder / "pid.py").write_text(FUNCTION)
        self.public, self.internal = free_port(), free_port()
        self.arguments = [
            *("knative.local.serve", "--manifests", str(folder / "knative"), "--workers", str(workers)),
            *("--public-port", str(self.public), "--internal-port", str(self.internal)),
            *("--eventing-url", "http://127.0.0.1:9"),
        ]
        live = f"http://127.0.0.1:{self.public}/health/live"
        self.process = Process(self.arguments, {}, live, folder / "functions.log")

    def workers(self) -> list[psutil.Process]:
        assert self.process.running is not None
        return psutil.Process(self.process.running.pid).children()

    def pid(self) -> int:
        """Of the process that answers a new connection."""
        answer = httpx.get(f"http://127.0.0.1:{self.internal}/touchline/pid/", timeout=20)
        assert answer.status_code == 200
        return int(answer.text)

    def pids(self, n: int) -> set[int]:
        """Of the processes that answer, once there are `n` of them."""
        seen: set[int] = set()

        def all_seen() -> bool:
            seen.add(self.pid())
            return len(seen) >= n

        eventually(all_seen)
        return seen


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    running = Platform(tmp_path)
    running.process.start()
    yield running
    running.process.end(signal.SIGKILL)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the kernel may give all connections to one process")
def test_connections_are_spread_over_the_workers(platform: Platform) -> None:
    assert len(platform.pids(2)) == 2


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the kernel may give all connections to one process")
def test_a_worker_that_is_killed_is_started_again_and_nothing_is_refused(platform: Platform) -> None:
    victim, other = platform.pids(2)
    os.kill(victim, signal.SIGKILL)
    eventually(lambda: not psutil.pid_exists(victim))
    answered = {platform.pid() for _ in range(20)}
    assert victim not in answered
    assert platform.pids(2) - {other}


def test_workers_end_with_a_parent_that_was_killed_and_the_ports_are_free(platform: Platform) -> None:
    workers = platform.workers()
    assert len(workers) == 2
    platform.process.end(signal.SIGKILL)
    psutil.wait_procs(workers, timeout=20)
    assert not [each for each in workers if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]
    for port in (platform.public, platform.internal):
        socket.create_server(("127.0.0.1", port)).close()


def test_a_stop_ends_all(platform: Platform) -> None:
    workers = platform.workers()
    platform.process.end(signal.SIGTERM)
    assert not [each for each in workers if each.is_running()]


def test_a_port_that_is_taken_is_told_and_nothing_is_started(tmp_path: Path) -> None:
    platform = Platform(tmp_path)
    with socket.create_server(("127.0.0.1", platform.public)):
        done = subprocess.run(
            [sys.executable, "-m", *platform.arguments], cwd=ROOT, capture_output=True, text=True, timeout=60
        )
    assert done.returncode == 1
    assert "a port cannot be opened" in done.stderr
