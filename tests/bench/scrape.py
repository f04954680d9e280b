"""Speed of collecting a league, compared with a bare fetch loop inside a page over the same paths in the same run.

Collected means the real path: a Celery worker with its browser, the stand-in site, records parsed and checked, Arrow
batches appended to Valkey (appendfsync always), results in Postgres; no rate limit. The bare loop is one ``evaluate``
in the same kind of browser: six fetches at a time, bodies read as text inside the page and thrown away; nothing is
transferred, parsed or stored. A second loop transfers each body to the calling program, which every collector must do
(`ratio_handed_over`). The three alternate. The responses of the site are cached for all (by a run before the first
round).

Other load on the machine slows them down unequally, so processor seconds (site, browsers, worker, bus,
Postgres, this process) are counted as well; `cpu_ratio` is the limit of the ratio when two cores are fully used.

Memory is the proportional set size of the worker and all of the browser's processes, the peak of samples taken during
the runs.

Run as ``python -m tests.bench.scrape [--rounds N] [--league SLUG] [--threads N]``; the last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import psutil

from functions.scrape_league import ports, service, wiring
from functions.scrape_league.jobs.model import JobRequest
from functions.scrape_league.source import endpoints
from shared.migrate import runner
from shared.security.tokens import Caller
from shared.settings.loading import load_settings
from tests.support.collection.processes import ChildProcess, CollectorEnvironment, browser_path
from tests.support.engines.postgres import new_server
from tests.support.waiting import eventually

TARGET_RATIO = 0.7
_CALLER = Caller(user_id="bench", username="bench", roles=("operator",))

_BARE = """async (paths) => {
  let next = 0, length = 0;
  const work = async () => {
    while (next < paths.length) {
      const r = await fetch(paths[next++], {cache: 'no-store'});
      length += (await r.text()).length;
    }
  };
  await Promise.all(Array.from({length: 6}, work));
  return length;
}"""

_TRANSFER = """async (paths) => {
  const texts = new Array(paths.length);
  let next = 0;
  const work = async () => {
    while (next < paths.length) {
      const i = next++, r = await fetch(paths[i], {cache: 'no-store'});
      texts[i] = await r.text();
    }
  };
  await Promise.all(Array.from({length: 6}, work));
  return texts;
}"""
_PER_CALL = 60
"""Paths per `evaluate` of the transferring loop."""


def main(arguments: list[str] | None = None) -> int:
    """Measure and print the result; 0 when the ratio reaches the target."""
    parser = argparse.ArgumentParser(prog="scrape", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--league", default="russia")
    parser.add_argument("--threads", type=int, default=3)
    parser.add_argument("--pages", type=int, default=3)
    options = parser.parse_args(arguments)
    result = measure(options.league, rounds=options.rounds, threads=options.threads, pages=options.pages)
    for name in ("collected", "bare", "handed_over"):
        print(f"{name:12} {result[name]['median']:6.1f} matches/s   {result[name]['runs']}")
    print(f"{'peak':12} {result['peak_mb']['sum']:6.0f} MB   {result['peak_mb']}")
    print(json.dumps(result))
    return 0 if result["ratio"] >= TARGET_RATIO else 1


def measure(league: str, *, rounds: int, threads: int, pages: int) -> dict[str, Any]:
    """Measure all three, alternating."""
    with running_worker(threads=threads, pages=pages) as (deps, worker, environment):
        collected, bare, transferred, peaks = list[float](), list[float](), list[float](), list[dict[str, int]]()
        cpu_s: dict[str, list[float]] = {"collected": [], "bare": []}
        collect(league, deps, environment)
        paths = requested_paths(deps)
        n_matches = sum("/event/" in path for path in paths) // len(endpoints.Slice)
        with bare_page(environment.site_url) as page:
            run_bare(page, paths)
            for _ in range(rounds):
                with cpu_time(cpu_s["bare"]):
                    bare.append(round(n_matches / run_bare(page, paths), 1))
                transferred.append(round(n_matches / run_transfer(page, paths), 1))
                with cpu_time(cpu_s["collected"]), memory_peak(worker) as peak:
                    collected.append(round(n_matches / collect(league, deps, environment), 1))
                peaks.append(peak)
    return {
        "bench": "scrape",
        "league": league,
        "n_matches": n_matches,
        "n_requests": len(paths),
        "collected": {"median": statistics.median(collected), "runs": collected, "unit": "matches/s"},
        "bare": {"median": statistics.median(bare), "runs": bare, "unit": "matches/s"},
        "handed_over": {"median": statistics.median(transferred), "runs": transferred, "unit": "matches/s"},
        "ratio_handed_over": round(statistics.median(collected) / statistics.median(transferred), 3),
        "ratio": round(statistics.median(collected) / statistics.median(bare), 3),
        "target_ratio": TARGET_RATIO,
        "cpu_s": {name: statistics.median(seconds) for name, seconds in cpu_s.items()},
        "cpu_ratio": round(statistics.median(cpu_s["bare"]) / statistics.median(cpu_s["collected"]), 3),
        "peak_mb": max(peaks, key=lambda peak: peak["sum"]),
    }


@contextmanager
def running_worker(
    *, threads: int, pages: int, site: Sequence[str] = ()
) -> Iterator[tuple[ports.Deps, ChildProcess, CollectorEnvironment]]:
    """Start Postgres, bus, site (with its arguments) and a worker; yield the function's dependencies and the worker."""
    import psycopg

    postgres, environment = new_server(), CollectorEnvironment()
    try:
        postgres.start()
        with psycopg.connect(postgres.url(), autocommit=True) as connection:
            connection.execute("CREATE DATABASE bench")
        runner.run({"DATABASE_URL": postgres.url("bench")})
        environment.start_bus()
        environment.start_site(*site)
        settings = load_settings(wiring.Settings, environment.variables(postgres.url("bench")), need=wiring.NEED)
        worker = environment.start_worker(
            postgres.url("bench"), threads=threads, BROWSER_PATH=browser_path(), BROWSER_PAGES=str(pages)
        )
        yield wiring.build(settings), worker, environment
        worker.stop()
    finally:
        environment.close()
        postgres.remove()


def collect(league: str, deps: ports.Deps, environment: CollectorEnvironment, season: str = "previous") -> float:
    """Run a job that reads everything again; return its seconds, from the request to the end."""
    forget_batches(environment.bus_url)
    began_s = time.perf_counter()
    job = service.start(JobRequest(leagues=(league,), seasons=(season,), refresh=True), _CALLER, "", deps)
    state = eventually(lambda: _final_state(job["id"], deps), within_s=600, every_s=0.1)
    took_s = time.perf_counter() - began_s
    if state != "done":
        raise SystemExit(f"the job ended {state}: {service.get_job(job['id'], deps)['fault']}")
    return took_s


def _final_state(job_id: str, deps: ports.Deps) -> str:
    job = deps.jobs.get_job(job_id)
    return job.state if job.ended_at else ""


def forget_batches(bus_url: str) -> None:
    """Delete the ids that the log remembers: it would skip the same batches."""
    import redis

    client = redis.Redis.from_url(bus_url)
    for key in client.scan_iter("log:*:id:*"):
        client.delete(key)
    client.close()


def requested_paths(deps: ports.Deps) -> list[str]:
    """Every address the collector options: lists, then each match's slices."""
    units = deps.jobs.get_progress(deps.jobs.list_jobs(None, 1)[0].id).units
    league_id = units[0].league_id
    season_id = next(iter(deps.jobs.get_newest_seasons([league_id]).values()))
    base = f"/api/v1/unique-tournament/{league_id}"
    lists = [f"{base}/seasons", f"{base}/season/{season_id}/rounds"]
    lists += [known.path for known in deps.jobs.get_lists(league_id, season_id)]
    finished = [match for match in deps.jobs.get_season_matches(league_id, season_id) if match.finished]
    return lists + [path.format(id=match.match_id) for match in finished for path in endpoints.SLICE_PATHS.values()]


@contextmanager
def bare_page(site_url: str) -> Iterator[Any]:
    """Open the site in a new browser and yield its page."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        flags = ["--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        browser = playwright.chromium.launch(executable_path=browser_path(), args=flags)
        page = browser.new_page()
        page.goto(site_url, wait_until="load")

        yield page
        browser.close()


def run_bare(page: Any, paths: list[str]) -> float:
    """Read all paths inside the page and discard the bodies; return the seconds."""
    began_s = time.perf_counter()
    page.evaluate(_BARE, paths)
    return time.perf_counter() - began_s


def run_transfer(page: Any, paths: list[str]) -> float:
    """Read all paths inside the page and transfer the bodies; return the seconds."""
    began_s = time.perf_counter()
    for start in range(0, len(paths), _PER_CALL):
        page.evaluate(_TRANSFER, paths[start : start + _PER_CALL])
    return time.perf_counter() - began_s


@contextmanager
def cpu_time(seconds: list[float]) -> Iterator[None]:
    """Add the processor seconds that this process and its descendants use meanwhile."""
    before = _cpu_s()
    yield
    after = _cpu_s()
    seconds.append(round(sum(after[pid] - before.get(pid, 0.0) for pid in after), 2))


def _cpu_s() -> dict[int, float]:
    used = {}
    for process in (own := psutil.Process(), *own.children(recursive=True)):
        with suppress(psutil.Error):  # it has ended
            times = process.cpu_times()
            used[process.pid] = times.user + times.system
    return used


@contextmanager
def memory_peak(worker: ChildProcess) -> Iterator[dict[str, int]]:
    """Yield the peak memory of the worker and its browser in MB, updated meanwhile."""
    peak: dict[str, int] = {"sum": 0}
    done = threading.Event()

    def watch() -> None:
        # Each reading takes the kernel tens of milliseconds, in which the browser cannot map memory.
        while not done.wait(1.0):
            own, browser = _pss_mb([psutil.Process(worker.process.pid)]), _pss_mb(worker.descendants())
            if own + browser > peak["sum"]:
                peak.update(sum=own + browser, worker=own, browser=browser)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()


def _pss_mb(processes: list[psutil.Process]) -> int:
    n_bytes = 0
    for process in processes:
        with suppress(psutil.Error):  # it has ended
            n_bytes += process.memory_full_info().pss
    return n_bytes // 1_000_000


if __name__ == "__main__":
    sys.exit(main())
