"""Waits for what other processes do."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


def eventually(holds: Callable[[], Any], *, within_s: float = 20, every_s: float = 0.02) -> Any:
    """Wait until something holds; what it gave."""
    deadline_s = time.monotonic() + within_s
    while not (found := holds()):
        assert time.monotonic() < deadline_s, f"did not hold within {within_s} s"
        time.sleep(every_s)
    return found
