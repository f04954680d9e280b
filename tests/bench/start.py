"""How long ``./scripts/run`` takes until every process answers: on an empty directory, then on the state it left.

Ready is the line the run prints once the stores are migrated and all probes have passed; set-up counts too, as it does
for a user. Run as ``python -m tests.bench.start [--rounds N]``; the last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from k8s.local.running_platform import find_platforms

ROOT = Path(__file__).resolve().parents[2]
TARGET_S = 5.0
_READY = "Touchline is ready at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """One start and its end."""

    ready_s: float
    stop_s: float
    memory_mb: dict[str, float]
    """Proportional set size by process, its descendants included, when ready."""


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; 0 when the median warm start is within the target."""
    parser = argparse.ArgumentParser(prog="start", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="warm starts (%(default)s)")
    asked = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="touchline-start-"))
    try:
        starts = [start(folder) for _ in range(asked.rounds + 1)]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    result = figures(starts)
    print(f"cold {result['cold_s']} s, warm {result['warm_s']} s (median), stop {result['stop_s']} s")
    print(json.dumps(result))
    return 0 if result["met"] else 1


def start(data: Path) -> Start:
    """Start, wait until it is ready, measure, stop."""
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    begun_s = time.monotonic()
    run = subprocess.Popen(
        [ROOT / "scripts" / "run", "--data", data, "--port", "0", "--leagues", "russia"],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert run.stdout is not None
        for line in run.stdout:
            if line.startswith(_READY):
                break
        else:
            raise SystemExit("the run ended before it was ready")
        ready_s = time.monotonic() - begun_s
        memory_mb = _memory_mb(data)
    finally:
        run.send_signal(signal.SIGTERM)
        begun_s = time.monotonic()
        run.communicate()
    return Start(ready_s=ready_s, stop_s=time.monotonic() - begun_s, memory_mb=memory_mb)


def figures(starts: list[Start]) -> dict[str, Any]:
    """The first start is cold, the others are warm; medians over these."""
    cold, *warm = starts
    warm_s = statistics.median(one.ready_s for one in warm)
    memory_mb = {name: round(statistics.median(one.memory_mb[name] for one in warm)) for name in warm[0].memory_mb}
    return {
        "bench": "start",
        "cold_s": round(cold.ready_s, 2),
        "warm_s": round(warm_s, 2),
        "warm_all_s": [round(one.ready_s, 2) for one in warm],
        "stop_s": round(statistics.median(one.stop_s for one in warm), 2),
        "memory_mb": memory_mb | {"all": sum(memory_mb.values())},
        "target_s": TARGET_S,
        "met": warm_s < TARGET_S,
    }


def _memory_mb(data: Path) -> dict[str, float]:
    (platform,) = find_platforms(data)
    return {name: _family_mb(noted["pid"]) for name, noted in platform.state.processes.items()}


def _family_mb(pid: int) -> float:
    parent = psutil.Process(pid)
    total = 0.0
    for process in (parent, *parent.children(recursive=True)):
        try:
            total += process.memory_full_info().pss / 1e6
        except psutil.Error:
            continue  # it has just ended
    return total


if __name__ == "__main__":
    raise SystemExit(main())
