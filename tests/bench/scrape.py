"""How fast a league is collected, against a bare fetch loop inside a page over the same addresses in the same run.

Collected means the real path: a Celery worker with its browser, the stand-in site, records parsed and checked, Arrow
batches appended to Valkey (appendfsync always), outcomes in Postgres; politeness off. The bare loop is one ``evaluate``
in the same kind of browser: six fetches at a time, bodies read as text inside the page and thrown away; nothing is
handed over, parsed or stored. A second loop hands each body over to the program that asked, which is the least a
collector of any kind must do (`ratio_handed_over`). All take turns. The site's answers are warm for all (a run before
the first round).

A machine that does other things too makes both slower, but not alike: processor seconds (site, browsers, worker, bus,
Postgres, this process) are counted as well, and `cpu_ratio` is what the ratio tends to when two cores are all busy.

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
from tests.support.collection.processes import Child, Surroundings, browser_path
from tests.support.engines.postgres import new_server
from tests.support.waiting import eventually

TARGET_RATIO = 0.7
_WHO = Caller(user_id="bench", username="bench", roles=("operator",))

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

_HANDING_OVER = """async (paths) => {
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
"""Addresses per `evaluate` of the loop that hands over."""


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; 0 when the ratio reaches the target."""
    parser = argparse.ArgumentParser(prog="scrape", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--league", default="russia")
    parser.add_argument("--threads", type=int, default=3)
    parser.add_argument("--pages", type=int, default=3)
    asked = parser.parse_args(arguments)
    result = measure(asked.league, rounds=asked.rounds, threads=asked.threads, pages=asked.pages)
    for name in ("collected", "bare", "handed_over"):
        print(f"{name:12} {result[name]['median']:6.1f} matches/s   {result[name]['runs']}")
    print(f"{'peak':12} {result['peak_mb']['sum']:6.0f} MB   {result['peak_mb']}")
    print(json.dumps(result))
    return 0 if result["ratio"] >= TARGET_RATIO else 1


def measure(league: str, *, rounds: int, threads: int, pages: int) -> dict[str, Any]:
    """Figures of both, alternating."""
    with rig(threads=threads, pages=pages) as (deps, worker, surroundings):
        collected, bare, handed, peaks = list[float](), list[float](), list[float](), list[dict[str, int]]()
        cpu_s: dict[str, list[float]] = {"collected": [], "bare": []}
        collect(league, deps, surroundings)
        paths = addresses(deps)
        n_matches = sum("/event/" in path for path in paths) // len(endpoints.Slice)
        with bare_page(surroundings.site_url) as page:
            run_bare(page, paths)
            for _ in range(rounds):
                with spent(cpu_s["bare"]):
                    bare.append(round(n_matches / run_bare(page, paths), 1))
                handed.append(round(n_matches / run_handing_over(page, paths), 1))
                with spent(cpu_s["collected"]), watched(worker) as peak:
                    collected.append(round(n_matches / collect(league, deps, surroundings), 1))
                peaks.append(peak)
    return {
        "bench": "scrape",
        "league": league,
        "n_matches": n_matches,
        "n_requests": len(paths),
        "collected": {"median": statistics.median(collected), "runs": collected, "unit": "matches/s"},
        "bare": {"median": statistics.median(bare), "runs": bare, "unit": "matches/s"},
        "handed_over": {"median": statistics.median(handed), "runs": handed, "unit": "matches/s"},
        "ratio_handed_over": round(statistics.median(collected) / statistics.median(handed), 3),
        "ratio": round(statistics.median(collected) / statistics.median(bare), 3),
        "target_ratio": TARGET_RATIO,
        "cpu_s": {name: statistics.median(seconds) for name, seconds in cpu_s.items()},
        "cpu_ratio": round(statistics.median(cpu_s["bare"]) / statistics.median(cpu_s["collected"]), 3),
        "peak_mb": max(peaks, key=lambda peak: peak["sum"]),
    }


@contextmanager
def rig(*, threads: int, pages: int, site: Sequence[str] = ()) -> Iterator[tuple[ports.Deps, Child, Surroundings]]:
    """Postgres, bus, site (with its arguments) and one worker that is ready."""
    import psycopg

    postgres, surroundings = new_server(), Surroundings()
    try:
        postgres.start()
        with psycopg.connect(postgres.url(), autocommit=True) as connection:
            connection.execute("CREATE DATABASE bench")
        runner.run({"DATABASE_URL": postgres.url("bench")})
        surroundings.start_bus()
        surroundings.start_site(*site)
        settings = load_settings(wiring.Settings, surroundings.environment(postgres.url("bench")), need=wiring.NEED)
        worker = surroundings.start_worker(
            postgres.url("bench"), threads=threads, BROWSER_PATH=browser_path(), BROWSER_PAGES=str(pages)
        )
        yield wiring.build(settings), worker, surroundings
        worker.stop()
    finally:
        surroundings.close()
        postgres.remove()


def collect(league: str, deps: ports.Deps, surroundings: Surroundings, season: str = "previous") -> float:
    """Seconds from the request to the end of a job that reads everything anew."""
    forget_batches(surroundings.bus_url)
    began_s = time.perf_counter()
    job = service.start(JobRequest(leagues=(league,), seasons=(season,), refresh=True), _WHO, "", deps)
    ended = eventually(lambda: _ended(job["id"], deps), within_s=600, every_s=0.1)
    took_s = time.perf_counter() - began_s
    if ended != "done":
        raise SystemExit(f"the job ended {ended}: {service.get_job(job['id'], deps)['fault']}")
    return took_s


def _ended(job_id: str, deps: ports.Deps) -> str:
    job = deps.jobs.get_job(job_id)
    return job.state if job.ended_at else ""


def forget_batches(bus_url: str) -> None:
    """Let the log take the same batches again as if they were new: it remembers ids and would skip the work."""
    import redis

    client = redis.Redis.from_url(bus_url)
    for key in client.scan_iter("log:*:id:*"):
        client.delete(key)
    client.close()


def addresses(deps: ports.Deps) -> list[str]:
    """Every address the collector asked: lists, then each match's slices."""
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
    """A page of a browser of its own that ran the site's script."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        flags = ["--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        browser = playwright.chromium.launch(executable_path=browser_path(), args=flags)
        page = browser.new_page()
        page.goto(site_url, wait_until="load")

        yield page
        browser.close()


def run_bare(page: Any, paths: list[str]) -> float:
    """Seconds to read all addresses inside the page and throw them away."""
    began_s = time.perf_counter()
    page.evaluate(_BARE, paths)
    return time.perf_counter() - began_s


def run_handing_over(page: Any, paths: list[str]) -> float:
    """Seconds to read all addresses inside the page and have their texts here."""
    began_s = time.perf_counter()
    for start in range(0, len(paths), _PER_CALL):
        page.evaluate(_HANDING_OVER, paths[start : start + _PER_CALL])
    return time.perf_counter() - began_s


@contextmanager
def spent(seconds: list[float]) -> Iterator[None]:
    """Add the processor seconds that this process and all below it use meanwhile."""
    before = _cpu_s()
    yield
    after = _cpu_s()
    seconds.append(round(sum(after[pid] - before.get(pid, 0.0) for pid in after), 2))


def _cpu_s() -> dict[int, float]:
    used = {}
    for process in (own := psutil.Process(), *own.children(recursive=True)):
        with suppress(psutil.Error):  # it ended meanwhile
            times = process.cpu_times()
            used[process.pid] = times.user + times.system
    return used


@contextmanager
def watched(worker: Child) -> Iterator[dict[str, int]]:
    """Peak memory of the worker and its browser while this lasts, in MB."""
    peak: dict[str, int] = {"sum": 0}
    done = threading.Event()

    def watch() -> None:
        # Reading it takes the kernel tens of milliseconds a time, in which the browser cannot map memory.
        while not done.wait(1.0):
            own, browser = _pss_mb([psutil.Process(worker.process.pid)]), _pss_mb(worker.family())
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
        with suppress(psutil.Error):  # it ended meanwhile
            n_bytes += process.memory_full_info().pss
    return n_bytes // 1_000_000


if __name__ == "__main__":
    sys.exit(main())
