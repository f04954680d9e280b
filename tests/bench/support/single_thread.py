"""Benchmarks of numbers run on one thread: a yardstick and ours are compared on the same, and no core is fought for."""

from __future__ import annotations

import os
import sys

_NAMES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
ONE_THREAD = {**os.environ, **dict.fromkeys(_NAMES, "1")}
"""An environment in which numerical libraries may use one thread."""


def keep_to_one(module: str) -> None:
    """Start the module again in `ONE_THREAD` unless it is there: the libraries read it when they are loaded."""
    if any(os.environ.get(name) != "1" for name in _NAMES):
        os.execve(sys.executable, [sys.executable, "-m", module, *sys.argv[1:]], ONE_THREAD)
