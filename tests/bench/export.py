"""Whole tables as files: 1.42 million matches as Parquet, and seasons of leagues, from the laptop's own server.

- *whole*: `/stats/matches.parquet`, written by the first request and sent from the file by the second; the peak memory
  of the server's processes afterwards.
- *season*: `/stats/leagues/{league}/matches.parquet?season=…`, a season that nobody asked for before.

The matches are the 1,420,685 real ones of the reference folder where they are, generated ones elsewhere. Run as
``python -m tests.bench.export [--matches N] [--questions N]``; the last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import httpx
import psutil
import pyarrow as pa
from pyarrow import parquet

from shared.adapters.clickhouse.client import ClickHouse
from shared.domain.catalogue import leagues
from shared.testing.valkey_process import ValkeyProcess
from tests.bench.support import warehouse_rows as volume
from tests.support.engines.olap import migrated, new_olap
from tests.support.functions.server import served

WHOLE_S, MEMORY_MB, SEASON_MS = 3.0, 300.0, 30.0
"""Targets of the issue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A server over many matches."""

    client: httpx.Client
    server: psutil.Process
    seasons: list[tuple[str, str]]
    """Slugs of leagues and labels of seasons."""


@contextmanager
def running(n_matches: int, folder: Path) -> Iterator[Bench]:
    """The engines with the matches, and the server before them."""
    with ExitStack() as ends:
        cache = ValkeyProcess(folder / "cache", appendonly="no")
        cache.start()
        ends.callback(cache.kill)
        olap = new_olap()
        ends.callback(olap.remove)
        olap.start()
        url = migrated(olap)
        warehouse = ClickHouse(url)
        volume.store(volume.volume(n_matches, 1), warehouse)
        warehouse.command("OPTIMIZE TABLE matches")
        seasons = _seasons(warehouse)
        address = ends.enter_context(served({"CLICKHOUSE_URL": url, "CACHE_URL": cache.url}, folder))
        client = ends.enter_context(httpx.Client(base_url=address, timeout=120))
        children = psutil.Process().children(recursive=True)
        server = next(each for each in children if "knative.local.serve" in each.cmdline())
        yield Bench(client=client, server=server, seasons=seasons)


def _seasons(warehouse: ClickHouse) -> list[tuple[str, str]]:
    slugs = {league.id: league.slug for league in leagues.CATALOGUE}
    rows = warehouse.query("SELECT DISTINCT league_id, year FROM current_seasons ORDER BY league_id, year")
    return [(slugs[row["league_id"]], row["year"]) for row in rows if row["league_id"] in slugs]


def measure_whole(bench: Bench) -> dict[str, Any]:
    """Seconds of the first and of a later request of all matches, and the server's peak memory."""
    before_mb = peak_mb(bench.server)
    seconds, content = [], b""
    for _ in range(2):
        started = time.monotonic()
        content = bench.client.get("/stats/matches.parquet").raise_for_status().content
        seconds.append(round(time.monotonic() - started, 3))
    table = parquet.read_table(pa.BufferReader(content), columns=["match_id"])
    return {
        "rows": table.num_rows,
        "bytes": len(content),
        "first_s": seconds[0],
        "again_s": seconds[1],
        "peak_mb_before": before_mb,
        "peak_mb": peak_mb(bench.server),
    }


def measure_seasons(bench: Bench, n: int, seed: int) -> dict[str, float]:
    """Milliseconds of seasons that were not asked for before, and of the same again."""
    drawn = random.Random(seed).sample(bench.seasons, min(n, len(bench.seasons)))
    spent: dict[str, list[float]] = {"first": [], "again": []}
    for name in spent:
        for league, season in drawn:
            started = time.monotonic()
            bench.client.get(f"/stats/leagues/{league}/matches.parquet", params={"season": season}).raise_for_status()
            spent[name].append(1000 * (time.monotonic() - started))
    return {
        "n": len(drawn),
        **{f"{name}_p50_ms": round(median(times), 2) for name, times in spent.items()},
        **{f"{name}_p99_ms": round(quantiles(times, n=100)[98], 2) for name, times in spent.items()},
    }


def peak_mb(process: psutil.Process) -> float:
    """The most memory that any of the server's processes had."""
    peaks = []
    for each in (process, *process.children(recursive=True)):
        status = Path(f"/proc/{each.pid}/status").read_text()
        peaks += [int(line.split()[1]) / 1000 for line in status.splitlines() if line.startswith("VmHWM")]
    return round(max(peaks), 1)


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; 0 when every target is met."""
    parser = argparse.ArgumentParser(prog="export", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--matches", type=int, default=0, help="this many of the matches; 0 = all")
    parser.add_argument("--questions", type=int, default=50, help="seasons (%(default)s)")
    parser.add_argument("--seed", type=int, default=21)
    requested = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="touchline-export-"))
    try:
        with running(requested.matches, folder) as bench:
            load = round(os.getloadavg()[0], 1)
            season = measure_seasons(bench, requested.questions, requested.seed)
            whole = measure_whole(bench)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    missed = [
        name
        for name, is_met in (
            ("whole: seconds", whole["first_s"] <= WHOLE_S),
            ("whole: memory", whole["peak_mb"] <= MEMORY_MB),
            ("season", season["first_p50_ms"] <= SEASON_MS),
        )
        if not is_met
    ]
    print(json.dumps({"bench": "export", "load": load, "whole": whole, "season": season, "missed": missed}))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
