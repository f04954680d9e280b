"""The queue of record on a real Postgres, and whole jobs through worker, browser, site and log, killed or not."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psutil
import psycopg
import pytest

from functions.scrape_league import service, wiring
from functions.scrape_league.collect import worker_loop
from functions.scrape_league.jobs import model, policy
from functions.scrape_league.jobs.model import CRON, JobRequest, Jobs, Sizes
from functions.scrape_league.jobs.queue import PostgresQueue
from functions.scrape_league.jobs.units import LEASE_S, Chunk, ChunkResult, NewUnit, UnitResult
from functions.scrape_league.source import endpoints
from functions.scrape_league.source.circuit_store import PostgresSourceGuard
from shared.adapters import event_log
from shared.adapters.objects import build_objects
from shared.adapters.postgres.database import Postgres
from shared.domain.accounts.audit import Actor
from shared.domain.collection.circuit import OPEN_AFTER
from shared.domain.sofascore import Outcome
from shared.errors import Blocked, Conflict, NotFound
from shared.ports.collection import PageResponse
from shared.security.tokens import Caller
from shared.settings.loading import load_settings
from shared.settings.stores import ObjectStoreSettings
from shared.testing.clock import HandClock
from tests.support.collection.collector import InProcessWorker, http_deps, newest_rows
from tests.support.collection.doubles import NOW
from tests.support.collection.processes import ChildProcess, CollectorEnvironment, browser_path
from tests.support.engines.postgres import _shared_database, database_url, emptied_database_url, postgres_server, run
from tests.support.waiting import alive, eventually

__all__ = ["_shared_database", "database_url", "emptied_database_url", "postgres_server"]

SIZES = Sizes(rounds_per_chunk=4, matches_per_chunk=5, burst=100)
WHO = Caller(user_id="u1", username="ada", roles=("operator",))
OPERATOR = Actor(kind="operator")


@pytest.fixture
def database(emptied_database_url: str) -> Iterator[Postgres]:
    database = Postgres(emptied_database_url)
    yield database
    database.close()


@pytest.fixture
def queue(database: Postgres) -> PostgresQueue:
    return PostgresQueue(database)


def claim(queue: PostgresQueue, job_id: str, owner: str = "a", *, at_most: int = 99) -> Chunk | None:
    return queue.claim(job_id, owner=owner, prefer="plan", sizes=SIZES, at_most=at_most)


def open_job_of_matches(queue: PostgresQueue, database: Postgres, n: int) -> str:
    """Open a job with `n` match units and nothing else; return its id."""
    job_id = queue.open_job(JobRequest(leagues=("russia",), seasons=("current",)), "u1", "")
    run(database, "DELETE FROM scrape_units")
    for number in range(n):
        run(
            database,
            "INSERT INTO scrape_units (job_id, kind, league_id, season_id, ref) VALUES (%s, 'match', 203, 5, %s)",
            job_id,
            str(number),
        )
    return job_id


# --- the queue


def test_many_workers_never_claim_the_same_unit(queue: PostgresQueue, database: Postgres) -> None:
    job_id = open_job_of_matches(queue, database, 200)
    claimed: list[str] = []
    lock = threading.Lock()

    def worker(number: int) -> None:
        round_number = 0
        while chunk := claim(queue, job_id, f"{number}-{round_number}"):
            round_number += 1
            with lock:
                claimed.extend(unit.ref for unit in chunk.units)
            queue.commit(chunk, ChunkResult(units=[UnitResult(id=unit.id, state="done") for unit in chunk.units]))

    with ThreadPoolExecutor(6) as workers:
        list(workers.map(worker, range(6)))
    assert Counter(claimed) == Counter({str(number): 1 for number in range(200)})
    assert queue.get_job(job_id).state == "done"


def test_a_chunk_is_of_one_kind_league_and_season(queue: PostgresQueue) -> None:
    job_id = queue.open_job(JobRequest(leagues=("russia", "spain"), seasons=("current",)), "u1", "")
    first, second = claim(queue, job_id, "a"), claim(queue, job_id, "b")
    assert first is not None
    assert second is not None
    assert [(unit.kind, unit.league_id) for unit in first.units + second.units] == [("plan", 203), ("plan", 8)]
    assert claim(queue, job_id, "c") is None


def test_an_expired_lease_is_claimed_over_and_its_former_owner_changes_nothing(
    queue: PostgresQueue, database: Postgres
) -> None:
    job_id = open_job_of_matches(queue, database, 3)
    dead = claim(queue, job_id, "dead")
    assert dead is not None
    assert claim(queue, job_id, "next") is None
    run(database, "UPDATE scrape_units SET leased_until = now() - interval '1 second'")
    heir = claim(queue, job_id, "next")
    assert heir is not None
    assert {unit.ref for unit in heir.units} == {"0", "1", "2"}
    queue.commit(dead, ChunkResult(units=[UnitResult(id=unit.id, state="failed") for unit in dead.units]))
    assert run(database, "SELECT DISTINCT state, lease_owner FROM scrape_units") == [("pending", "next")]


def test_a_renewed_lease_lasts(queue: PostgresQueue, database: Postgres) -> None:
    job_id = open_job_of_matches(queue, database, 3)
    claim(queue, job_id, "alive")
    run(database, "UPDATE scrape_units SET leased_until = now() + interval '1 second'")
    queue.renew(["alive"])
    ((left_s,),) = run(database, "SELECT DISTINCT extract(epoch FROM leased_until - now())::float FROM scrape_units")
    assert LEASE_S / 2 < left_s <= LEASE_S


def test_a_job_has_at_most_its_number_of_leases_however_often_it_is_dispatched(
    queue: PostgresQueue, database: Postgres
) -> None:
    job_id = open_job_of_matches(queue, database, 50)
    assert claim(queue, job_id, "a", at_most=2) is not None
    assert claim(queue, job_id, "b", at_most=2) is not None
    assert claim(queue, job_id, "c", at_most=2) is None


def test_a_released_chunk_is_free_again_after_its_wait(queue: PostgresQueue, database: Postgres) -> None:
    job_id = open_job_of_matches(queue, database, 3)
    chunk = claim(queue, job_id)
    assert chunk is not None
    queue.release(chunk, wait_s=0, fault="the browser is gone")
    assert queue.get_job(job_id).fault == "the browser is gone"
    second = claim(queue, job_id)
    assert second is not None
    queue.release(second, wait_s=60)
    assert claim(queue, job_id) is None


def test_the_result_of_a_chunk_is_stored_as_a_whole_or_not_at_all(queue: PostgresQueue, database: Postgres) -> None:
    job_id = open_job_of_matches(queue, database, 1)
    chunk = claim(queue, job_id)
    assert chunk is not None
    invalid = ChunkResult(units=[UnitResult(id=chunk.units[0].id, state="no such state")])
    invalid.new_units.append(NewUnit(kind="match", league_id=203, season_id=5, ref="new"))
    with pytest.raises(psycopg.errors.CheckViolation):
        queue.commit(chunk, invalid)
    assert run(database, "SELECT ref, state FROM scrape_units") == [("0", "pending")]


def test_a_job_with_failed_units_has_failed_and_names_one_reason(queue: PostgresQueue, database: Postgres) -> None:
    job_id = open_job_of_matches(queue, database, 2)
    chunk = claim(queue, job_id)
    assert chunk is not None
    first, second = chunk.units
    ends = [
        UnitResult(id=first.id, state="done"),
        UnitResult(id=second.id, state="failed", reason="lineups: status 500"),
    ]
    assert queue.commit(chunk, ChunkResult(units=ends)) == "failed"
    assert queue.get_job(job_id).fault == "1 of 2 units failed; first: lineups: status 500"


def test_a_quarantined_match_does_not_fail_its_job(queue: PostgresQueue, database: Postgres) -> None:
    job_id = open_job_of_matches(queue, database, 1)
    chunk = claim(queue, job_id)
    assert chunk is not None
    assert queue.commit(
        chunk, ChunkResult(units=[UnitResult(id=chunk.units[0].id, state="quarantined", reason="rule")])
    ) == ("done")
    assert [fault.reason for fault in queue.get_progress(job_id).faults] == ["rule"]


def test_equal_requests_at_the_same_time_open_one_job(queue: PostgresQueue, database: Postgres) -> None:
    with ThreadPoolExecutor(8) as callers:
        ids = set(
            callers.map(
                lambda _: queue.open_job(JobRequest(leagues=("russia",), seasons=("current",)), "u1", ""), range(16)
            )
        )
    assert len(ids) == 1
    assert run(database, "SELECT count(*) FROM scrape_units") == [(1,)]


def test_one_key_at_the_same_time_opens_one_job(queue: PostgresQueue) -> None:
    requests = [
        JobRequest(leagues=("russia",), seasons=("current",)),
        JobRequest(leagues=("spain",), seasons=("current",)),
    ]

    def open_one(number: int) -> str:
        try:
            return queue.open_job(requests[number % 2], "u1", "key")
        except Conflict:
            return "conflict"

    with ThreadPoolExecutor(8) as callers:
        responses = set(callers.map(open_one, range(16)))
    assert len(responses - {"conflict"}) == 1
    assert len(queue.list_jobs(None, 10)) == 1


def test_while_the_circuit_is_open_no_unit_is_claimed(queue: PostgresQueue, database: Postgres) -> None:
    job_id = open_job_of_matches(queue, database, 3)
    guard = PostgresSourceGuard(database, endpoints.SOURCE)
    slot = guard.acquire_slot(0)
    guard.record_outcomes(slot, [Outcome.SERVER_ERROR] * OPEN_AFTER)
    assert claim(queue, job_id) is None
    assert queue.list_stalled(0) == []
    run(database, "UPDATE source_state SET opened_until = now()")
    assert [stalled_job.job_id for stalled_job in queue.list_stalled(0)] == [job_id]
    guard.block(slot, "403")
    assert claim(queue, job_id) is None
    assert guard.resume(OPERATOR, "", now=NOW) == [job_id]
    assert claim(queue, job_id) is not None


def test_stalled_jobs_are_listed_once_per_quiet_time(queue: PostgresQueue, database: Postgres) -> None:
    job_id = open_job_of_matches(queue, database, 30)
    assert [(stalled_job.n_free, stalled_job.n_working) for stalled_job in queue.list_stalled(10)] == [(30, 0)]
    claim(queue, job_id)
    assert [(stalled_job.n_free, stalled_job.n_working) for stalled_job in queue.list_stalled(10)] == [(25, 1)]
    assert queue.mark_dispatched(job_id, 10)
    assert not queue.mark_dispatched(job_id, 10)
    assert queue.list_stalled(10) == []


# --- whole jobs, the site in memory


def rows(log: Any) -> Counter[str]:
    """Return the number of distinct rows in the log by kind, as the tables will hold them."""
    return Counter(kind for kind, _ in newest_rows(log))


@pytest.fixture(scope="module")
def undisturbed(_shared_database: str) -> Counter[str]:
    """Rows of the previous Russian season when nothing fails."""
    database = Postgres(_shared_database)
    run(database, "TRUNCATE scrape_jobs, scrape_matches, scrape_lists, match_slices, source_state CASCADE")
    worker = InProcessWorker(database)
    assert worker.collect().state == "done"
    counted = rows(worker.memory)
    database.close()
    assert counted["matches"] >= 240
    assert counted["match_details"] == 240
    return counted


def test_a_second_job_has_nothing_to_do(database: Postgres) -> None:
    worker = InProcessWorker(database)
    worker.collect()
    worker.site.requests.clear()
    second = worker.collect()
    assert second.state == "done"
    # The plan's five lists: seasons, rounds and three tables; every round is settled.
    assert sum(worker.site.requests.values()) == 5


def test_only_a_corrected_match_is_read_again(database: Postgres) -> None:
    worker = InProcessWorker(database)
    worker.collect()
    ((match_id, ref),) = run(database, "SELECT match_id, round_ref FROM scrape_matches WHERE finished LIMIT 1")
    # As if an older state had been read an hour after kick-off.
    run(
        database,
        "UPDATE scrape_matches SET version = version - 1, starts_at = %s WHERE match_id = %s",
        NOW - timedelta(hours=1),
        match_id,
    )
    run(database, "UPDATE match_slices SET version = version - 1 WHERE match_id = %s", match_id)
    run(database, "UPDATE scrape_lists SET etag = ''")
    worker.site.requests.clear()
    assert worker.collect().state == "done"
    assert {path for path in worker.site.requests if "/event/" in path} == {
        path.format(id=match_id) for path in endpoints.SLICE_PATHS.values()
    }
    assert next(path for path in worker.site.requests if "/events/" in path).endswith(ref)
    assert run(
        database,
        "SELECT count(*) FROM match_slices s JOIN scrape_matches m USING (source, match_id) "
        "WHERE s.version < m.version",
    ) == [(0,)]


def test_details_that_failed_are_fetched_by_the_tick(database: Postgres) -> None:
    worker = InProcessWorker(database)
    worker.collect()
    run(database, "DELETE FROM match_slices WHERE match_id IN (SELECT match_id FROM match_slices ORDER BY 1 LIMIT 3)")
    n_complete = run(database, "SELECT count(DISTINCT match_id) FROM match_slices")[0][0]
    edge = http_deps(worker)
    service.tick(ping("details"), edge)
    (job, _) = worker.queue.list_jobs(None, 2)
    assert job.requested_by == CRON
    assert worker.finish(job.id).state == "done"
    assert run(database, "SELECT count(DISTINCT match_id) FROM match_slices")[0][0] > n_complete
    # With them the profiles of all players seen, once.
    assert run(database, "SELECT DISTINCT outcome FROM scrape_players") == [("present",)]
    service.tick(ping("details"), edge)
    assert worker.queue.list_jobs(None, 1)[0].id == job.id
    # Profiles grow old by the clock of the workers, whatever day it is where the database runs.
    service.tick(ping("details"), replace(edge, clock=HandClock(NOW + policy.PROFILE_MAX_AGE)))
    assert worker.queue.list_jobs(None, 1)[0].id != job.id


def test_a_results_tick_starts_no_job_when_nothing_is_due(database: Postgres) -> None:
    worker = InProcessWorker(database)
    worker.collect("current")
    edge = http_deps(worker)
    before = len(worker.queue.list_jobs(None, 50))
    service.tick(ping("results"), replace(edge, leagues=("russia",)))
    assert len(worker.queue.list_jobs(None, 50)) == before


def test_failures_on_the_way_do_not_change_the_rows(database: Postgres, undisturbed: Counter[str]) -> None:
    worker = InProcessWorker(database)
    n = Counter[str]()

    def flaky(real: Callable[..., list[PageResponse]]) -> Callable[..., list[PageResponse]]:
        def fetch(requests: Any) -> list[PageResponse]:
            responses = real(requests)
            for index, request in enumerate(requests):
                n[request.path] += 1
                if n[request.path] == 1 and sum(map(ord, request.path)) % 7 == 0:
                    responses[index] = PageResponse(status=(500, 502, 0)[index % 3], text="oops")
            return responses

        return fetch

    worker.site.fetch_many = flaky(worker.site.fetch_many)  # type: ignore[method-assign]
    assert worker.collect().state == "done"
    assert rows(worker.memory) == undisturbed


def test_a_challenge_blocks_the_job_until_a_person_resumes_it(database: Postgres, undisturbed: Counter[str]) -> None:
    worker = InProcessWorker(database)
    job_id = worker.queue.open_job(JobRequest(leagues=("russia",), seasons=("previous",)), "u1", "")
    worker.site.trouble = Blocked("the source refuses /api/v1: 403 challenge")
    assert worker.finish(job_id).state == "blocked"
    n_asked = sum(worker.site.requests.values())
    worker_loop.work(job_id, "plan", worker.deps)
    assert sum(worker.site.requests.values()) == n_asked
    worker.site.trouble = None
    assert service.resume_source(OPERATOR, "", http_deps(worker))["resumed"] == [job_id]
    assert worker.finish(job_id).state == "done"
    assert rows(worker.memory) == undisturbed


def ping(task: str) -> Any:
    from shared.events.envelope import Event

    return Event(
        id="1", source="/ping", type="dev.knative.sources.ping", time=NOW, data=f'{{"task": "{task}"}}'.encode()
    )


# --- whole jobs, every process real


@pytest.fixture
def environment() -> Iterator[CollectorEnvironment]:
    browser_path()
    environment = CollectorEnvironment()
    environment.start_bus()
    environment.start_site()
    yield environment
    environment.close()


def start_job(environment: CollectorEnvironment, database_url: str) -> tuple[str, Jobs]:
    settings = load_settings(wiring.Settings, environment.variables(database_url), need=wiring.NEED)
    deps = wiring.build(settings)
    job = service.start(JobRequest(leagues=("russia",), seasons=("previous",)), WHO, "", deps)
    return job["id"], deps.jobs


def get_ended_job(queue: Jobs, job_id: str) -> model.Job | None:
    job = queue.get_job(job_id)
    return job if job.ended_at else None


def count_done(queue: Jobs, job_id: str) -> int:
    return sum(count.n for count in queue.get_progress(job_id).units if count.kind == "match" and count.state == "done")


def read_rows(bus_url: str) -> Counter[str]:
    log = event_log.connect(bus_url)
    try:
        return rows(log)
    finally:
        log.close()


def kill_worker(environment: CollectorEnvironment, worker: ChildProcess, database_url: str) -> None:
    worker.kill()
    environment.start_worker(database_url)


def kill_browser(environment: CollectorEnvironment, worker: ChildProcess, database_url: str) -> None:
    for process in worker.descendants():
        with suppress(psutil.NoSuchProcess):  # it ended together with an earlier one
            process.kill()


def kill_bus(environment: CollectorEnvironment, worker: ChildProcess, database_url: str) -> None:
    assert environment.bus is not None
    environment.bus.kill()
    time.sleep(0.5)
    environment.start_bus()


def kill_site(environment: CollectorEnvironment, worker: ChildProcess, database_url: str) -> None:
    assert environment.site is not None
    environment.site.kill()
    time.sleep(0.5)
    environment.start_site()


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("kill", [None, kill_worker, kill_browser, kill_bus, kill_site])
def test_a_season_is_collected_without_gaps_or_duplicates_whatever_is_killed(
    environment: CollectorEnvironment,
    database_url: str,
    undisturbed: Counter[str],
    kill: Callable[[CollectorEnvironment, ChildProcess, str], None] | None,
) -> None:
    worker = environment.start_worker(database_url)
    job_id, queue = start_job(environment, database_url)
    if kill is not None:
        eventually(lambda: count_done(queue, job_id) >= 20, within_s=60)
        kill(environment, worker, database_url)
    # A site that does not answer opens the circuit: for 5 s at first, then for longer each time.
    job = eventually(lambda: get_ended_job(queue, job_id), within_s=120, every_s=0.2)
    assert (job.state, job.fault) == ("done", "")
    assert read_rows(environment.bus_url) == undisturbed
    assert environment.workers[-1].stop() == 0


@pytest.mark.slow
def test_a_worker_that_is_asked_to_stop_releases_its_leases(
    environment: CollectorEnvironment, database_url: str
) -> None:
    worker = environment.start_worker(database_url, SOURCE_REQUESTS_PER_SECOND="2")
    job_id, queue = start_job(environment, database_url)
    eventually(lambda: queue.get_progress(job_id).units[0].state != "pending", within_s=60)
    began_s = time.monotonic()
    descendants = worker.descendants()
    assert worker.stop() == 0
    assert time.monotonic() - began_s < 15, "a chunk takes longer"
    eventually(lambda: not alive(descendants))
    settings = load_settings(wiring.Settings, environment.variables(database_url), need=wiring.NEED)
    database = Postgres(settings.postgres.url)
    assert run(database, "SELECT count(*) FROM scrape_units WHERE lease_owner IS NOT NULL") == [(0,)]
    database.close()


@pytest.mark.slow
def test_a_worker_deletes_expired_raw_responses(environment: CollectorEnvironment, database_url: str) -> None:
    store = build_objects(load_settings(ObjectStoreSettings, environment.variables(database_url)))
    database = Postgres(database_url)
    for name, days in (("raw/sofascore/old/a", 8), ("raw/sofascore/new/b", 6)):
        store.put(name, b"pack")
        run(
            database,
            "INSERT INTO raw_answers (source, path, status, etag, fetched_at, league_id, season_id, reading, object, "
            "place, n_bytes, sha256) VALUES ('sofascore', '/x', 200, '', now() - make_interval(days => %s), 203, 5, "
            "'r', %s, 0, 4, '')",
            days,
            name,
        )
    worker = environment.start_worker(database_url, RAW_KEEP_DAYS="7")
    eventually(lambda: run(database, "SELECT n_answers FROM raw_expired") == [(1,)], within_s=60)
    eventually(lambda: run(database, "SELECT count(*) FROM raw_expiring") == [(0,)])
    with pytest.raises(NotFound):
        store.get("raw/sofascore/old/a")
    assert store.get("raw/sofascore/new/b") == b"pack"
    assert worker.stop() == 0
    database.close()
