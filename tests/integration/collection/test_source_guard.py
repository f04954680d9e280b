"""The source guard on a real Postgres: slots and circuit shared by all workers, and who may close the circuit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from functions.scrape_league.source.circuit_store import PostgresSourceGuard
from shared.adapters.postgres.database import Postgres
from shared.domain.accounts.audit import Actor
from shared.domain.collection.circuit import OPEN_AFTER, Circuit
from shared.domain.sofascore import Outcome
from shared.errors import Blocked, SourceSilent
from tests.support.engines.postgres import _shared_database, emptied_database_url, postgres_server, run

__all__ = ["_shared_database", "emptied_database_url", "postgres_server"]

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
OPERATOR = Actor(kind="operator", id="01990000-0000-7000-8000-00000000000a")
OUTAGE = [Outcome.SERVER_ERROR] * OPEN_AFTER


@pytest.fixture
def database(emptied_database_url: str) -> Iterator[Postgres]:
    database = Postgres(emptied_database_url)
    yield database
    database.close()


@pytest.fixture
def guard(database: Postgres) -> PostgresSourceGuard:
    return PostgresSourceGuard(database, "sofascore")


def end_waits(database: Postgres) -> None:
    run(database, "UPDATE source_state SET opened_until = now(), next_at = '-infinity'")


def test_slots_are_apart_by_their_spans_whoever_acquires_them(
    guard: PostgresSourceGuard, database: Postgres, emptied_database_url: str
) -> None:
    guard.acquire_slot(1000)
    ((first,),) = run(database, "SELECT next_at FROM source_state")
    others = [PostgresSourceGuard(Postgres(emptied_database_url), "sofascore") for _ in range(3)]
    with ThreadPoolExecutor(4) as workers:
        waits = sorted(workers.map(lambda number: [guard, *others][number % 4].acquire_slot(1000).wait_s, range(8)))
    # Each slot waits for all slots before it, less the time that has passed since (more of it on a busy machine).
    assert [round(wait_s, -3) for wait_s in waits] == [1000 * number for number in range(1, 9)]
    ((last,),) = run(database, "SELECT next_at FROM source_state")
    assert isinstance(first, datetime)
    assert isinstance(last, datetime)
    assert last - first == timedelta(seconds=8000)
    for other in others:
        other._database.close()


def test_sources_have_slots_of_their_own(guard: PostgresSourceGuard, database: Postgres) -> None:
    guard.acquire_slot(60)
    assert PostgresSourceGuard(database, "another").acquire_slot(60).wait_s == 0


def test_a_pause_invalidates_slots_that_are_being_waited_for(guard: PostgresSourceGuard) -> None:
    first, waiting = guard.acquire_slot(1.0), guard.acquire_slot(1.0)
    assert guard.is_valid(waiting)
    guard.record_outcomes(first, [Outcome.UNAVAILABLE], retry_after_s=30)
    assert not guard.is_valid(waiting)
    assert 20 < guard.acquire_slot(1.0).wait_s <= 30


def test_successes_of_a_healthy_source_need_not_be_recorded(guard: PostgresSourceGuard) -> None:
    assert not guard.acquire_slot(0).counts_successes
    guard.record_outcomes(guard.acquire_slot(0), [Outcome.SERVER_ERROR, Outcome.OK])
    assert guard.acquire_slot(0).counts_successes


def test_after_an_outage_one_worker_at_a_time_probes(guard: PostgresSourceGuard, database: Postgres) -> None:
    assert guard.record_outcomes(guard.acquire_slot(0), OUTAGE).health == "degraded"
    with pytest.raises(SourceSilent):
        guard.acquire_slot(0)
    end_waits(database)
    with ThreadPoolExecutor(6) as workers:

        def is_probe(_: int) -> bool:
            try:
                return guard.acquire_slot(0).is_probe
            except SourceSilent:
                return False

        assert list(workers.map(is_probe, range(12))).count(True) == 1
    # The worker that probed died; after a minute another may probe.
    run(database, "UPDATE source_state SET probing_until = now() - interval '1 second'")
    probe = guard.acquire_slot(0)
    assert guard.record_outcomes(probe, [Outcome.OK]) == Circuit()
    assert not guard.acquire_slot(0).is_probe


def test_the_probe_waits_no_longer_than_the_circuit_is_open(guard: PostgresSourceGuard, database: Postgres) -> None:
    first, under_way = guard.acquire_slot(0), guard.acquire_slot(0)
    guard.record_outcomes(first, OUTAGE)
    # Requests of other workers that were under way fail too; they do not count as further failures in a row.
    guard.record_outcomes(under_way, OUTAGE * 6)
    run(database, "UPDATE source_state SET opened_until = now()")
    probe = guard.acquire_slot(0)
    assert (probe.is_probe, probe.wait_s) == (True, 0)


def test_requests_under_way_when_the_circuit_opened_neither_close_nor_block_it(guard: PostgresSourceGuard) -> None:
    first, under_way = guard.acquire_slot(0), guard.acquire_slot(0)
    guard.record_outcomes(first, [Outcome.RATE_LIMITED], retry_after_s=600)
    assert guard.record_outcomes(under_way, [Outcome.RATE_LIMITED]).health == "degraded"
    assert guard.record_outcomes(under_way, [Outcome.OK]).opened_until is not None


def test_a_refusal_blocks_all_workers_until_a_person_resumes_and_is_audited(
    guard: PostgresSourceGuard, database: Postgres
) -> None:
    run(database, "INSERT INTO scrape_jobs (digest, requested_by, leagues, seasons) VALUES ('d', 'u', '{}', '{}')")
    under_way = guard.acquire_slot(0)
    assert guard.block(under_way, "403 challenge").health == "blocked"
    guard.block(under_way, "403 again")
    with pytest.raises(Blocked, match="403 challenge"):
        guard.acquire_slot(0)
    assert run(database, "SELECT state, fault FROM scrape_jobs") == [("blocked", "403 challenge")]
    assert guard.record_outcomes(under_way, [Outcome.OK] * 50).health == "blocked"
    assert len(guard.resume(OPERATOR, "asked the operator of the site", now=NOW)) == 1
    assert (guard.read(), guard.acquire_slot(0).wait_s) == (Circuit(), 0)
    ((actor, kind, detail),) = run(
        database, "SELECT actor_id::text, actor_kind, detail::text FROM audit_trail WHERE action = 'source.resume'"
    )
    assert (actor, kind) == (OPERATOR.id, "operator")
    assert json.loads(str(detail)) == {
        "source": "sofascore",
        "was": "blocked",
        "refusal": "403 challenge",
        "reason": "asked the operator of the site",
    }


def test_a_refusal_of_a_slot_from_before_the_resume_does_not_block_the_source_again(
    guard: PostgresSourceGuard,
) -> None:
    refused, under_way = guard.acquire_slot(0), guard.acquire_slot(0)
    guard.block(refused, "403 challenge")
    guard.resume(OPERATOR, "asked the operator of the site", now=NOW)
    assert guard.block(under_way, "403 challenge").health == "ok"
    assert guard.block(guard.acquire_slot(0), "403 anew").blocked_reason == "403 anew"
