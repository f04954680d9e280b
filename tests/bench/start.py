"""Seconds from ./scripts/run to ready, on the state of an earlier run."""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import time
from typing import Any

import httpx

from tests.e2e.running import ROOT, Running, eventually


def main() -> None:
    """Make a state once, then start on it again and again; print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--leagues", default="russia", help="whose state is there, comma-separated")
    options = parser.parse_args()
    running = Running("--leagues", options.leagues)
    try:
        running.start("--once")
        running.wait(600)
        rounds = [one_start(running) for _ in range(options.rounds)]
    finally:
        running.stop()
    ready_s = [found["ready_s"] for found in rounds]
    print(
        json.dumps(
            {
                "bench": "start",
                "ready_s": {"median": statistics.median(ready_s), "each": ready_s},
                "stop_s": statistics.median(found["stop_s"] for found in rounds),
                "target_s": 5.0,
                "met": statistics.median(ready_s) < 5.0,
            }
        )
    )


def one_start(running: Running) -> dict[str, Any]:
    """Start by the script a user calls, until the public address says that everything is ready."""
    began_s = time.monotonic()
    place = ["--data", str(running.data), "--port", str(running.port), "--leagues", "russia"]
    process = subprocess.Popen(
        [str(ROOT / "scripts" / "run"), *place], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if line.startswith("Touchline is ready"):
                break
        ready_s = time.monotonic() - began_s
        eventually(lambda: httpx.get(f"{running.url}/health/ready").status_code == 200 or None, 5)
    finally:
        began_s = time.monotonic()
        process.terminate()
        process.stdout.read()
        process.wait(30)
    return {"ready_s": round(ready_s, 2), "stop_s": round(time.monotonic() - began_s, 2)}


if __name__ == "__main__":
    main()
