"""The whole platform as a user starts it, with ways to kill its parts and to compare what it has stored."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil

from k8s.local import credentials
from k8s.local.supervisor import state_file as state
from shared.adapters.clickhouse.client import ClickHouse
from shared.domain.football.records import KINDS, PlayerProfile
from shared.testing.valkey_process import free_port
from tests.support.temporary_folders import make_folder
from tests.support.waiting import NO_AUTHORITIES

ROOT = Path(__file__).resolve().parents[2]
T = TypeVar("T")


class PlatformProcess:
    """One ``run`` process on its own data directory; it can be killed and started again on the same state."""

    def __init__(self, *options: str) -> None:
        self.data = make_folder("e2e")
        self.data.chmod(0o755)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self.output = self.data / "output"

    def start(self, *more: str) -> None:
        """Start; return at once."""
        place = ["--data", str(self.data), "--port", str(self.port)]
        environment = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
        # What the clock starts at its hours is of these leagues too, or a test at five past would find all nine.
        environment |= {"LEAGUES": self._options[1]} if self._options[0] == "--leagues" else {}
        with self.output.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "k8s.local.cli.run", *place, *self._options, *more],
                cwd=ROOT,
                env={**environment, "COLUMNS": "70"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def world(self) -> Path:
        """Data directory of its world."""
        (folder,) = (path.parent for path in self.data.glob("*/secrets.json"))
        return folder

    @property
    def pid(self) -> int:
        """Pid of the supervisor."""
        assert self._process is not None
        return self._process.pid

    def pid_of(self, name: str) -> int:
        """Return the pid of one of its processes; the browser is the worker's grandchild."""
        if name == "supervisor":
            return self.pid
        if name == "browser":
            below = psutil.Process(self.pid_of("worker")).children(recursive=True)
            return next(child.pid for child in below if "--remote-debugging-pipe" in child.cmdline())
        return state.load(self.world / "state.json").processes[name]["pid"]

    def kill(self, name: str) -> None:
        """Kill one of its processes like ``kill -9``."""
        os.kill(self.pid_of(name), signal.SIGKILL)
        if name == "supervisor":
            assert self._process is not None
            self._process.wait(10)

    def wait(self, timeout_s: float) -> int:
        """Wait for its end; return the exit code."""
        assert self._process is not None
        try:
            return self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running after {timeout_s} s:\n{self.printed()}") from None

    def wait_for_output(self, text: str, timeout_s: float) -> None:
        """Wait until it has printed a text."""
        eventually(lambda: text in self.printed() or None, timeout_s, self.printed)

    def printed(self) -> str:
        """Return what it printed since its last start."""
        return self.output.read_text("utf-8", errors="replace")

    def clickhouse(self) -> ClickHouse:
        """Return a client of its ClickHouse."""
        secrets = credentials.load_or_create(self.world / "secrets.json")
        port = state.load(self.world / "state.json").ports["olap"]
        return ClickHouse(f"http://touchline:{secrets.clickhouse}@127.0.0.1:{port}/touchline")

    def operator(self) -> dict[str, str]:
        """Return the login of its first operator."""
        secrets = credentials.load_or_create(self.world / "secrets.json")
        return {"username": secrets.operator_username, "password": secrets.operator_password}

    def get(self, path: str, **params: str | int) -> Any:
        """GET a public path."""
        response = httpx.get(
            f"{self.url}{path}",
            params={name: value for name, value in params.items() if value != ""},
            timeout=20,
            verify=NO_AUTHORITIES,
        )
        return response.raise_for_status().json()

    def interrupt(self) -> None:
        """Send Ctrl-C and wait for the end."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        self.wait(60)

    def stop(self) -> None:
        """Send Ctrl-C, or kill it; delete its data."""
        if self._process is not None and self._process.poll() is None:
            try:
                self.interrupt()
            except AssertionError:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self.data, ignore_errors=True)

    def leftovers(self) -> list[str]:
        """Return command lines of processes that still use its data directory."""
        lines = []
        for process in psutil.process_iter(["cmdline"]):
            line = " ".join(process.info["cmdline"] or ())
            if str(self.data) in line and process.pid != self.pid:
                lines.append(line)
        return lines


def fingerprint(clickhouse: ClickHouse) -> dict[str, tuple[int, int]]:
    """Return the number of rows and a hash of their content by kind of record, without the time of reading.

    Profiles are left out: a schedule reads them every second hour, not the job.
    """
    digests = {}
    for kind in KINDS.keys() - {PlayerProfile.TABLE}:
        row = "tuple(* EXCEPT (version, fetched_at))"
        rows = clickhouse.query(f"SELECT count() AS n, sum(cityHash64(toString({row}))) AS digest FROM current_{kind}")
        digests[kind] = (int(rows[0]["n"]), int(rows[0]["digest"] or 0))
    return digests


def eventually(look: Callable[[], T | None], timeout_s: float, say: Callable[[], object] = lambda: "") -> T:
    """Return the first result that is not None; an exception counts as None."""
    deadline_s = time.monotonic() + timeout_s
    error: object = None
    while time.monotonic() < deadline_s:
        try:
            result = look()
        except Exception as exc:
            # Whatever is being killed may fail in any way meanwhile.
            result, error = None, exc
        if result is not None:
            return result
        time.sleep(0.05)
    raise AssertionError(f"did not happen within {timeout_s} s; last error: {error!r}\n{say()}")
