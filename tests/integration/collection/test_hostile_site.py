"""Collection from a hostile site, by seed; `./scripts/bench faults` runs more and longer cases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from functions.scrape_league import ports, service, wiring
from functions.scrape_league.jobs import dispatch, model
from functions.scrape_league.jobs.model import JobRequest
from k8s.local.standin.site.clock import parse_instant
from shared.adapters import event_log
from shared.adapters.postgres.database import Postgres
from shared.domain.accounts.audit import Actor
from shared.security.tokens import Caller
from shared.settings.loading import load_settings
from tests.support.collection import hostile_site
from tests.support.collection.collector import InProcessWorker, Tables, end_waits, newest_rows
from tests.support.collection.processes import CollectorEnvironment, browser_path
from tests.support.engines.postgres import _shared_database, emptied_database_url, postgres_server
from tests.support.waiting import eventually

__all__ = ["_shared_database", "emptied_database_url", "postgres_server"]


WHO = Caller(user_id="u1", username="ada", roles=("operator",))


@pytest.fixture
def database(emptied_database_url: str) -> Iterator[Postgres]:
    database = Postgres(emptied_database_url)
    yield database
    database.close()


@pytest.fixture(scope="module")
def clean_tables(_shared_database: str) -> Tables:
    """Rows of a run without faults."""
    database = Postgres(_shared_database)
    hostile_site.delete_collected(database)
    tables = hostile_site.collect_cleanly(database)
    assert not hostile_site.is_incomplete(hostile_site.read_report(database))
    database.close()
    assert len(tables) > 2000
    return tables


@pytest.mark.parametrize(("seed", "faults"), [*enumerate(hostile_site.FAULTS, start=1)])
def test_whatever_a_site_does_tables_are_right_or_reported_incomplete(
    database: Postgres, clean_tables: Tables, seed: int, faults: str
) -> None:
    assert list(hostile_site.run_case(database, faults, seed).find_errors(clean_tables)) == []


# --- real processes, with a real browser

AUTUMN = "2025-08-20T12:00:00Z"
"""A time at which five rounds of the season are played."""

OCCASIONAL_FAULTS = "errors=0.05,cut=0.03,slow=0.01"


@pytest.fixture
def environment() -> Iterator[CollectorEnvironment]:
    browser_path()
    environment = CollectorEnvironment()
    environment.start_bus()
    environment.start_site("--now", AUTUMN, "--hostile", f"{OCCASIONAL_FAULTS},challenge=0.1,after=20")
    yield environment
    environment.close()


def set_faults(environment: CollectorEnvironment, faults: str) -> None:
    """Set the faults of the site."""
    import httpx

    assert httpx.post(f"{environment.site_url}/standin/hostility", json={"tricks": faults}).status_code == 200


def get_job_without_waits(database: Postgres, deps: ports.Deps, job_id: str) -> model.Job:
    """End all waits, dispatch the job again, and return it."""
    end_waits(database)
    dispatch.dispatch_stalled(deps.jobs, deps.dispatcher, deps.rate_per_s, quiet_s=0)
    return deps.jobs.get_job(job_id)


def collect_without_faults(database: Postgres) -> Tables:
    """Collect the same season without faults."""
    worker = InProcessWorker(database)
    worker.site.clock.move(parse_instant(AUTUMN))
    worker.collect("current")
    return newest_rows(worker.memory)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_browser_continues_after_a_challenge_once_an_operator_resumes_the_source(
    database: Postgres, environment: CollectorEnvironment, emptied_database_url: str
) -> None:
    expected = collect_without_faults(database)
    hostile_site.delete_collected(database)
    environment.start_worker(emptied_database_url)
    deps = wiring.build(load_settings(wiring.Settings, environment.variables(emptied_database_url), need=wiring.NEED))
    job = service.start(JobRequest(leagues=("russia",), seasons=("current",)), WHO, "", deps)
    eventually(lambda: deps.jobs.get_job(job["id"]).state == "blocked", within_s=60)
    assert service.get_source(deps)["health"] == "blocked"
    assert "challenge" in service.get_source(deps)["reason"]
    set_faults(environment, OCCASIONAL_FAULTS)
    assert service.resume_source(Actor(kind="operator"), "the site permits it", deps)["resumed"] == [job["id"]]
    eventually(lambda: get_job_without_waits(database, deps, job["id"]).ended_at, within_s=120, every_s=0.5)
    log = event_log.connect(environment.bus_url)
    try:
        rows = newest_rows(log)
    finally:
        log.close()
    assert list(hostile_site.wrong_rows(rows, expected)) == []
    assert rows.keys() == expected.keys() or hostile_site.is_incomplete(hostile_site.read_report(database))
