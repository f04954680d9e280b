"""The worker processes of the laptop's server: each is one pod of every function, and takes connections of its own.

The parent holds the listening sockets, so nothing is refused while a worker that ended is started again. Where the
kernel can (Linux), each worker has sockets of its own on the same ports and the kernel spreads connections over them;
elsewhere all share one pair.
"""

from __future__ import annotations

import errno
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import FrameType

_log = logging.getLogger(__name__)

BACKLOG = 2048
STOP_WITHIN_S = 10.0
FREE_WITHIN_S = 2.0
RESTART_PAUSE_S = 0.5
_CHECK_INTERVAL_S = 0.1
FIRST_START_S = 3.0
"""A worker that gives up sooner than this could not be started at all; one that was killed is started again."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen."""

    host: str
    port: int


@dataclass(slots=True)
class _Worker:
    sockets: list[socket.socket]
    process: subprocess.Popen[bytes]
    started_s: float


def default_workers() -> int:
    """One for each core this process may use, four at most: each holds every function in memory."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(4, cores))


def listen(addresses: Sequence[Address], n_workers: int) -> list[list[socket.socket]]:
    """The listening sockets of each worker, one per address in the order given; `OSError` when a port stays taken.

    Workers of a server that was killed end a moment after it, so a taken port is tried again for `FREE_WITHIN_S`.
    """
    give_up_s = time.monotonic() + FREE_WITHIN_S
    while True:
        try:
            return _listen(addresses, n_workers)
        except OSError as exc:
            if exc.errno != errno.EADDRINUSE or time.monotonic() > give_up_s:
                raise
            time.sleep(_CHECK_INTERVAL_S)


def _listen(addresses: Sequence[Address], n_workers: int) -> list[list[socket.socket]]:
    if n_workers == 1 or sys.platform != "linux":
        return [[_socket(address, shared=False) for address in addresses]] * n_workers
    for address in addresses:
        _socket(address, shared=False).close()  # with SO_REUSEPORT a port that is taken would not be noticed
    return [[_socket(address, shared=True) for address in addresses] for _ in range(n_workers)]


def adopt(descriptors: str) -> list[socket.socket]:
    """The sockets that `Workers` gave to this process."""
    return [socket.socket(fileno=int(text)) for text in descriptors.split(",")]


def end_with(pipe: int) -> None:
    """End this process at once when its parent has ended, however that was, so that a restart finds the ports free."""

    def wait() -> None:
        os.read(pipe, 1)
        os._exit(1)

    threading.Thread(target=wait, name="parent-watch", daemon=True).start()


class Workers:
    """Keeps the workers running until SIGTERM or SIGINT."""

    def __init__(self, command: Sequence[str], sockets: Sequence[list[socket.socket]]) -> None:
        """`command` starts a worker; ``--worker`` with descriptors is added."""
        self._command = list(command)
        self._sockets = sockets
        self._stop = threading.Event()
        # Workers read from it and nobody ever writes: it ends with this process.
        self._pipe, self._kept_open = os.pipe()

    def run(self) -> int:
        """0 after a stop, 1 when a worker cannot be started."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        workers = [self._start(sockets) for sockets in self._sockets]
        has_failed = False
        while not self._stop.wait(_CHECK_INTERVAL_S) and not has_failed:
            for index, worker in enumerate(workers):
                if (code := worker.process.poll()) is None:
                    continue
                has_failed = code > 0 and time.monotonic() - worker.started_s < FIRST_START_S
                _log.error("worker %d ended with %d", worker.process.pid, code, extra={"action": "worker_ended"})
                if not has_failed and not self._stop.wait(RESTART_PAUSE_S):
                    workers[index] = self._start(worker.sockets)
        _stop_all([worker.process for worker in workers])
        return 1 if has_failed else 0

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._stop.set()

    def _start(self, sockets: list[socket.socket]) -> _Worker:
        descriptors = [each.fileno() for each in sockets]
        command = [*self._command, "--worker", ",".join(map(str, descriptors)), "--parent-pipe", str(self._pipe)]
        process = subprocess.Popen(command, pass_fds=[*descriptors, self._pipe], start_new_session=False)
        return _Worker(sockets, process, time.monotonic())


def _stop_all(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        if process.poll() is None:
            process.terminate()
    give_up_s = time.monotonic() + STOP_WITHIN_S
    for process in processes:
        try:
            process.wait(max(0.0, give_up_s - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _socket(address: Address, *, shared: bool) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    return socket.create_server((address.host, address.port), family=family, backlog=BACKLOG, reuse_port=shared)
