"""Requests a second of the laptop's server: a cached league table, and ``GET /me``, under an open-loop load.

The generator (`tests.bench.support.open_loop`) is a process of its own on the same cores; its processor time is told,
as is that of each server process, and their memory. For each path: the highest rate of the list that is answered whole
(at least 99 % of the rate, no error), and the 99th percentile at half of the target. Run as
``python -m tests.bench.serve [--seconds S] [--rates 1000,2000,…] [--workers N]``; the last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil

from shared.adapters.clickhouse.client import ClickHouse
from tests.bench.coldstart import engines
from tests.bench.identity import logged_in
from tests.bench.support import warehouse_rows
from tests.bench.support.open_loop import Load
from tests.support.functions.server import served
from tests.support.reference import ROOT

TARGETS = {"table": 2500, "me": 1800}
"""Answers a second on two cores with the generator beside the server."""
P99_MS = 25.0
"""At half of the target."""
N_MATCHES = 30_000
Json = dict[str, Any]


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; 0 when every target is met."""
    parser = argparse.ArgumentParser(prog="serve", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5.0, help="of each load (%(default)s)")
    parser.add_argument("--rates", default="1000,1500,1800,2000,2500,3000,3500", help="tried in turn (%(default)s)")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--workers", type=int, default=0, help="of the server; 0 = its own choice")
    parser.add_argument("--only", choices=TARGETS)
    options = parser.parse_args(arguments)
    rates = [float(text) for text in options.rates.split(",")]
    results: Json = {}
    with engines() as env, tempfile.TemporaryDirectory(prefix="touchline-serve-") as folder:
        warehouse_rows.store(warehouse_rows.volume(N_MATCHES, 0, 11), ClickHouse(env["CLICKHOUSE_URL"]))
        env |= {"CODES_KEY": "x" * 40, "HOOKS_KEY": "x" * 40, "SERVICE_TOKEN_KEYS": f"s1:{'y' * 40}"}
        env["ERRORS_KEYS"] = "public-key"
        workers = ["--workers", str(options.workers)] if options.workers else []
        with served(env, Path(folder), options=workers) as url:
            token = logged_in(url)
            requests: dict[str, Json] = {
                "table": {"path": _table_path(env["CLICKHOUSE_URL"])},
                "me": {"path": "/me", "headers": [["Authorization", f"Bearer {token}"]]},
            }
            for name, request in requests.items():
                if options.only in (None, name):
                    results[name] = measure(url, request, name, rates, options.seconds, options.connections)
            results["memory_mb"] = _per_process(lambda each: round(each.memory_full_info().pss / 2**20))
    met = {
        name: results[name]["highest_per_s"] >= target and results[name]["half"]["p99_ms"] <= P99_MS
        for name, target in TARGETS.items()
        if name in results
    }
    print(json.dumps({"bench": "serve", "load": os.getloadavg()[0], **results, "met": met}))
    return 0 if all(met.values()) else 1


def measure(url: str, request: Json, name: str, rates: list[float], seconds: float, connections: int) -> Json:
    """The highest rate that is answered whole, and the times at half of the target."""
    place = urlsplit(url)

    def offer(rate_per_s: float) -> Json:
        load = Load(
            host=str(place.hostname),
            port=int(place.port or 80),
            requests=[request],
            rate_per_s=rate_per_s,
            seconds=seconds,
            connections=connections,
        )
        before = _per_process(_cpu_s)
        command = [sys.executable, "-m", "tests.bench.support.open_loop"]
        done = subprocess.run(
            command, cwd=ROOT, input=json.dumps(asdict(load)), stdout=subprocess.PIPE, text=True, check=True
        )
        figures: Json = json.loads(done.stdout)
        after = _per_process(_cpu_s)
        figures["server_cpu"] = {
            pid: round((after[pid] - spent) / seconds, 2) for pid, spent in before.items() if pid in after
        }
        print(name, json.dumps(figures), flush=True)
        return figures

    offer(200)  # imports, connections, the cache
    half = offer(TARGETS[name] / 2)
    held = [figures for rate in rates if _is_whole(figures := offer(rate))]
    return {"highest_per_s": max((figures["answered_per_s"] for figures in held), default=0.0), "half": half}


def _is_whole(figures: Json) -> bool:
    return set(figures["statuses"]) == {"200"} and figures["answered_per_s"] >= 0.985 * figures["offered_per_s"]


def _table_path(clickhouse_url: str) -> str:
    """The table of a league's newest season with results."""
    rows = ClickHouse(clickhouse_url).query(
        "SELECT league_id FROM current_matches WHERE home_goals IS NOT NULL GROUP BY league_id ORDER BY count() DESC"
    )
    return f"/stats/leagues/{rows[0]['league_id']}/table"


def _per_process(figure: Callable[[psutil.Process], float]) -> dict[str, float]:
    """A figure of each of the server's processes."""
    ours = psutil.Process().children(recursive=True)
    return {str(each.pid): figure(each) for each in ours if "knative.local.serve" in " ".join(each.cmdline())}


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


if __name__ == "__main__":
    sys.exit(main())
