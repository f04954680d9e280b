"""Time and memory of collecting the past seasons of leagues, without a rate limit and without cached responses.

Measured is the real path: a Celery worker with its browser, the stand-in site, every raw body archived first, records
parsed and checked, Arrow batches appended to Valkey (appendfsync always), results in Postgres; one season after the
other, the oldest first. Each season's time is from the request to the end of its job. It is compared with bare
fetching in the same run: one loop inside a page of the same browser fetches the paths of the first season again, six at
a time, and discards the bodies, from a restarted site without cached responses. The collector's page fetches in a
web worker, which costs the browser less; the rest of the ratio is the work on the bodies.

Memory is the proportional set size of the worker and of all of the browser's processes, the peak of samples of a
season; flat means that the last seasons peak at most a tenth higher than the first.

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
"""First year of the stand-in's oldest season."""

FLAT = 1.1
"""Upper limit of the peak of the last three seasons over that of the first three."""


def main(arguments: list[str] | None = None) -> int:
    """Measure and print the result; 0 when memory is flat."""
    parser = argparse.ArgumentParser(prog="backfill", description=__doc__)
    parser.add_argument("--leagues", default="russia,turkey", help="slugs; bare fetching is compared with the first")
    parser.add_argument("--seasons", type=int, default=5, help="seasons of each league")
    parser.add_argument("--threads", type=int, default=3)
    options = parser.parse_args(arguments)
    result = measure(options.leagues.split(","), options.seasons, threads=options.threads)
    print(json.dumps(result))
    return 0 if result["memory_ratio"] <= FLAT else 1


def measure(leagues: Sequence[str], n_seasons: int, *, threads: int) -> dict[str, Any]:
    """Measure all seasons, and bare fetching for the first."""
    now = f"{FIRST_YEAR + n_seasons}-07-15T12:00:00Z"
    cpu_s: dict[str, list[float]] = {"collected": [], "bare": []}
    with scrape.running_worker(threads=threads, pages=threads, site=("--now", now)) as (deps, worker, environment):
        took_s, peaks, paths = list[float](), list[dict[str, int]](), list[str]()
        for league, year in product(leagues, range(FIRST_YEAR, FIRST_YEAR + n_seasons)):
            season = f"{year}/{(year + 1) % 100:02}"
            with scrape.memory_peak(worker) as peak, scrape.cpu_time(cpu_s["collected"]):
                took_s.append(scrape.collect(league, deps, environment, season))
            peaks.append(peak)
            _check(deps, n_seasons=len(took_s))
            # The oldest season comes first, so this is the newest one that was read.
            paths = paths or scrape.requested_paths(deps)
            print(f"{league} {season}  {took_s[-1]:6.1f} s  {peak}", flush=True)
        assert environment.site is not None
        environment.site.stop()
        environment.start_site("--now", now)
        with scrape.bare_page(environment.site_url) as page, scrape.cpu_time(cpu_s["bare"]):
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
        # The first season includes the start of the worker's browser, as the bare loop includes that of its own.
        "cpu_s": {"first": cpu_s["collected"][0], "median": _median(cpu_s["collected"]), "bare": cpu_s["bare"][0]},
        "peak_mb": [peak["sum"] for peak in peaks],
        "peak_mb_worker": [peak["worker"] for peak in peaks],
        "memory_ratio": round(_mean(peaks[-3:]) / _mean(peaks[:3]), 3),
    }


def _check(deps: ports.Deps, *, n_seasons: int) -> None:
    """Check that every season is complete, so that nothing is fast by being left out."""
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
