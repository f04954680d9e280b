"""Spark as `./scripts/spark` runs it, where Java is."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any

import pytest

from tests.support.reference import ROOT

_INSTALLED_WITHIN_S = 900
_RUN_WITHIN_S = 600


@cache
def _missing() -> str:
    """Why Spark cannot run here; empty where it can."""
    if shutil.which("java") is None:
        return "Java is not installed"
    command = ["./scripts/spark", "--install"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=_INSTALLED_WITHIN_S, check=False)
    return "" if done.returncode == 0 else f"Spark could not be installed: {done.stderr[-300:]}"


def run_spark(environment: dict[str, str], days: Sequence[date]) -> dict[str, Any]:
    """Build days on Spark; the run. Skips the test where Spark cannot be had."""
    if why := _missing():
        pytest.skip(why)
    done = subprocess.run(
        ["./scripts/spark", *(day.isoformat() for day in days)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=_RUN_WITHIN_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    run: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return run
