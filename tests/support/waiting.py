"""Waits for what other processes do."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterable
from typing import Any

import psutil

NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For httpx, which otherwise reads the certificates of all authorities for each call: 20 ms of a processor."""


def eventually(holds: Callable[[], Any], *, within_s: float = 20, every_s: float = 0.02) -> Any:
    """Wait until something holds; what it gave. The last look comes after that time, however late."""
    deadline_s = time.monotonic() + within_s
    while True:
        is_last = time.monotonic() >= deadline_s
        if result := holds():
            return result
        assert not is_last, f"did not hold within {within_s} s"
        time.sleep(every_s)


def alive(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    """Those that have not ended."""
    return [process for process in processes if _is_alive(process)]


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:  # it ended between the two
        return False
