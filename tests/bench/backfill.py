"""How long a league's past takes and what it holds in memory: seasons with all details, politeness off, nothing warm.

Measured is the real path: a Celery worker with its browser, the stand-in site, every raw body kept first, records
parsed and checked, Arrow batches appended to Valkey (appendfsync always), outcomes in Postgres; one season after the
other, oldest first. Each season's time is from the request to the end of its job. Against it stands the sum of bare
fetch time in the same run: the first season's addresses fetched once more by one loop inside a page of the same
browser, six at a time, bodies read and thrown away, from a site that was started anew and has nothing ready either.
The collector's page has a worker ask instead, which costs the browser less; what it then does with the bodies is what
the rest of the ratio measures.

Memory is the proportional set size of the worker and of all of the browser's processes, the peak of samples of a
season; flat means that the last seasons peak no higher than the first, but for a tenth.

Run as ``python -m tests.bench.backfill [--leagues SLUG,...] [--seasons N]``; the last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Sequence
from itertools import product
from typing import Any

from functions.scrape_league import ports
from functions.scrape_league.source import endpoints
from tests.bench import scrape

FIRST_YEAR = 2024
"""The stand-in's oldest season begins then."""

FLAT = 1.1
"""Peak of the last three seasons over that of the first three, at most."""


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; 0 when memory is flat."""
    parser = argparse.ArgumentParser(prog="backfill", description=__doc__)
    parser.add_argument("--leagues", default="russia,turkey", help="slugs; the first one's first season is compared")
    parser.add_argument("--seasons", type=int, default=5, help="of each")
    parser.add_argument("--threads", type=int, default=3)
    asked = parser.parse_args(arguments)
    result = measure(asked.leagues.split(","), asked.seasons, threads=asked.threads)
    print(json.dumps(result))
    return 0 if result["memory_ratio"] <= FLAT else 1


def measure(leagues: Sequence[str], n_seasons: int, *, threads: int) -> dict[str, Any]:
    """Figures of all seasons, and of bare fetching for the first."""
    now = f"{FIRST_YEAR + n_seasons}-07-15T12:00:00Z"
    cpu_s: dict[str, list[float]] = {"collected": [], "bare": []}
    with scrape.rig(threads=threads, pages=threads, site=("--now", now)) as (deps, worker, surroundings):
        took_s, peaks, paths = list[float](), list[dict[str, int]](), list[str]()
        for league, year in product(leagues, range(FIRST_YEAR, FIRST_YEAR + n_seasons)):
            season = f"{year}/{(year + 1) % 100:02}"
            with scrape.watched(worker) as peak, scrape.spent(cpu_s["collected"]):
                took_s.append(scrape.collect(league, deps, surroundings, season))
            peaks.append(peak)
            _check(deps, n_seasons=len(took_s))
            # Oldest first, so it is the newest that was read.
            paths = paths or scrape.addresses(deps)
            print(f"{league} {season}  {took_s[-1]:6.1f} s  {peak}", flush=True)
        assert surroundings.site is not None
        surroundings.site.stop()
        surroundings.start_site("--now", now)
        with scrape.bare_page(surroundings.site_url) as page, scrape.spent(cpu_s["bare"]):
            bare_s = scrape.run_bare(page, paths)
    n_matches = sum("/event/" in path for path in paths) // len(endpoints.Slice)
    return {
        "bench": "backfill",
        "leagues": list(leagues),
        "n_matches": n_matches,
        "n_requests": len(paths),
        "season_s": round(took_s[0], 1),
        "bare_s": round(bare_s, 1),
        "ratio": round(took_s[0] / bare_s, 2),
        "overhead_ms_per_request": round(1000 * (took_s[0] - bare_s) / len(paths), 2),
        "seasons_s": [round(seconds, 1) for seconds in took_s],
        # The first season's with the start of the worker's browser, as the bare loop's with its own.
        "cpu_s": {"first": cpu_s["collected"][0], "median": _median(cpu_s["collected"]), "bare": cpu_s["bare"][0]},
        "peak_mb": [peak["sum"] for peak in peaks],
        "peak_mb_worker": [peak["worker"] for peak in peaks],
        "memory_ratio": round(_mean(peaks[-3:]) / _mean(peaks[:3]), 3),
    }


def _check(deps: ports.Deps, *, n_seasons: int) -> None:
    """Nothing is fast by being left out."""
    report = deps.completeness.read_seasons(None, now=deps.clock.now())
    gaps = [why for season in report for why in season.why]
    if len(report) != n_seasons or gaps:
        raise SystemExit(f"{len(report)} of {n_seasons} seasons are known; missing: {gaps}")


def _median(seconds: list[float]) -> float:
    return round(statistics.median(seconds), 1)


def _mean(peaks: list[dict[str, int]]) -> float:
    return statistics.mean(peak["sum"] for peak in peaks)


if __name__ == "__main__":
    sys.exit(main())
