"""Stories of a hostile site, by seed; `./scripts/bench faults` tells more and longer ones."""

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
from tests.support.collection import hostile_site as faults
from tests.support.collection.collector import Instantly, Tables, cut_waits_short, newest
from tests.support.collection.processes import Surroundings, browser_path
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
def clean(_shared_database: str) -> Tables:
    """What an undisturbed run leads to."""
    database = Postgres(_shared_database)
    faults.empty(database)
    tables = faults.clean(database)
    assert not faults.is_incomplete(faults.completeness(database))
    database.close()
    assert len(tables) > 2000
    return tables


@pytest.mark.parametrize(("seed", "tricks"), [*enumerate(faults.STORIES, start=1)])
def test_whatever_a_site_does_tables_are_right_or_reported_incomplete(
    database: Postgres, clean: Tables, seed: int, tricks: str
) -> None:
    assert list(faults.play(database, tricks, seed).faults(clean)) == []


# --- every process real, the browser too

AUTUMN = "2025-08-20T12:00:00Z"
"""Five rounds of the season are played."""

TRICKS = "errors=0.05,cut=0.03,slow=0.01"


@pytest.fixture
def around() -> Iterator[Surroundings]:
    browser_path()
    surroundings = Surroundings()
    surroundings.start_bus()
    surroundings.start_site("--now", AUTUMN, "--hostile", f"{TRICKS},challenge=0.1,after=20")
    yield surroundings
    surroundings.close()


def switch(around: Surroundings, tricks: str) -> None:
    """Let the site misbehave otherwise."""
    import httpx

    assert httpx.post(f"{around.site_url}/standin/hostility", json={"tricks": tricks}).status_code == 200


def hurried(database: Postgres, deps: ports.Deps, job_id: str) -> model.Job:
    """The job; whatever waits need wait no longer."""
    cut_waits_short(database)
    dispatch.dispatch_stalled(deps.jobs, deps.dispatcher, deps.rate_per_s, quiet_s=0)
    return deps.jobs.get_job(job_id)


def undisturbed(database: Postgres) -> Tables:
    """The same season when nothing goes wrong."""
    worker = Instantly(database)
    worker.site.clock.move(parse_instant(AUTUMN))
    worker.collect("current")
    return newest(worker.memory)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_browser_goes_on_through_a_challenge_in_the_middle_once_a_person_resumes_it(
    database: Postgres, around: Surroundings, emptied_database_url: str
) -> None:
    expected = undisturbed(database)
    faults.empty(database)
    around.start_worker(emptied_database_url)
    deps = wiring.build(load_settings(wiring.Settings, around.environment(emptied_database_url), need=wiring.NEED))
    job = service.start(JobRequest(leagues=("russia",), seasons=("current",)), WHO, "", deps)
    eventually(lambda: deps.jobs.get_job(job["id"]).state == "blocked", within_s=60)
    assert service.get_source(deps)["health"] == "blocked"
    assert "challenge" in service.get_source(deps)["reason"]
    switch(around, TRICKS)
    assert service.resume_source(Actor(kind="operator"), "the site is asked nicely", deps)["resumed"] == [job["id"]]
    eventually(lambda: hurried(database, deps, job["id"]).ended_at, within_s=120, every_s=0.5)
    log = event_log.connect(around.bus_url)
    try:
        found = newest(log)
    finally:
        log.close()
    assert list(faults.wrong(found, expected)) == []
    assert found.keys() == expected.keys() or faults.is_incomplete(faults.completeness(database))
