"""Main job of ``./scripts/run --open-data``: results, prices and fixtures of open archives, not simulated ones."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
from rich.console import Console

from k8s.local.cli import main_job
from k8s.local.cli.api_client import ApiClient, Operator
from shared.errors import Blocked, SourceSilent
from shared.settings.archives import ArchiveSettings
from shared.settings.loading import load_settings

if TYPE_CHECKING:
    from k8s.local.cli.options import Options
    from k8s.local.platform import Platform

LABEL = "open-data"
"""Name of the world: state of real and of simulated football must never mix."""
ANSWERS_WITHIN_S = 4.0
_SOURCES = ("footballdata", "openfootball", "datahub")
_COLLECTED = "sofascore"
_MAX_WAIT_S = 3600


def find_reachable(environment: Mapping[str, str]) -> list[str]:
    """Return the archives whose address answers, whatever it says, within seconds; all are asked at once."""
    names = environment.get("ARCHIVES") or ",".join(_SOURCES)
    settings = load_settings(ArchiveSettings, {**environment, "ARCHIVES": names})
    with ThreadPoolExecutor(max(1, len(settings.bases))) as pool:
        answers = list(pool.map(_answers, settings.bases.values()))
    return [source for source, is_there in zip(settings.bases, answers, strict=True) if is_there]


def _answers(address: str) -> bool:
    try:
        httpx.head(address, timeout=ANSWERS_WITHIN_S)
    except httpx.HTTPError:
        return False
    return True


def enable(sources: list[str]) -> None:
    """Let every process of the platform know which archives are kept fresh."""
    os.environ["ARCHIVES"] = ",".join(sources)


def run(platform: Platform, options: Options) -> int:
    """Read the archives on a platform that is ready; 0 when every file was read or is known to be missing."""
    console = Console(quiet=options.quiet, highlight=False)
    _stop_collecting(platform.environment["DATABASE_URL"])
    username, password = platform.operator
    with httpx.Client(base_url=platform.urls["public"], timeout=120) as client:
        api = ApiClient(client, Operator(username=username, password=password))
        archives = _collect(api, console)
        leagues = [row["league"] for row in (api.get("/stats/leagues") or {"items": []})["items"]]
        offered = list(options.leagues) or leagues
        _wait_for_forecasts(api, offered)
        main_job.show(api, [slug for slug in offered if slug in leagues], platform.urls["public"], console)
    return main_job.OK if archives and not any(row["n_failing"] for row in archives) else main_job.FAILED


def _stop_collecting(database_url: str) -> None:
    """Keep the clock from collecting simulated leagues into tables of real ones."""
    from shared.adapters.postgres.database import Postgres
    from shared.adapters.postgres.source_guard import PostgresSourceGuard

    database = Postgres(database_url)
    guard = PostgresSourceGuard(database, _COLLECTED)
    try:
        guard.block(guard.acquire_slot(0.0), "this platform lives on open data; nothing is collected page by page")
    except (Blocked, SourceSilent):
        pass  # as after an earlier run
    finally:
        database.close()


def _collect(api: ApiClient, console: Console) -> list[dict[str, Any]]:
    """Read what is due until nothing is; show progress."""
    deadline_s = time.monotonic() + _MAX_WAIT_S
    while True:
        archives = [row for row in api.collect_archives() if row["enabled"]]
        waiting = sum(row["n_due"] for row in archives if row["health"] != "blocked")
        text = "; ".join(f"{row['name']}: {row['n_fresh']} of {row['n_files']} files" for row in archives)
        console.print(text, style="dim")
        for row in archives:
            if row["health"] != "ok":
                console.print(f"[yellow]{row['name']} is {row['health']}[/] {row['refusal']}")
        if not waiting or time.monotonic() > deadline_s or all(row["health"] != "ok" for row in archives):
            return archives


def _wait_for_forecasts(api: ApiClient, leagues: list[str]) -> None:
    """Return when every league is analysed that can be, or after a minute."""
    deadline_s = time.monotonic() + 60
    while time.monotonic() < deadline_s:
        if all(api.get(f"/analyze/leagues/{slug}/ratings") is not None for slug in leagues):
            return
        time.sleep(1)
