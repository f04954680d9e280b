"""The gate to a source on a real Postgres: turns of all workers, the circuit they share, and who may close it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from functions.scrape_league.source.circuit import OPEN_AFTER, Circuit
from functions.scrape_league.source.circuit_store import PostgresSourceGuard
from shared.adapters.postgres.database import Postgres
from shared.domain.accounts.audit import Actor
from shared.domain.sofascore import Outcome
from shared.errors import Blocked, SourceSilent
from tests.support.engines.postgres import _shared_database, emptied_database_url, postgres_server, run

__all__ = ["_shared_database", "emptied_database_url", "postgres_server"]

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
OPERATOR = Actor(kind="operator", id="01990000-0000-7000-8000-00000000000a")
STORM = [Outcome.TROUBLE] * OPEN_AFTER


@pytest.fixture
def database(emptied_database_url: str) -> Iterator[Postgres]:
    database = Postgres(emptied_database_url)
    yield database
    database.close()


@pytest.fixture
def guard(database: Postgres) -> PostgresSourceGuard:
    return PostgresSourceGuard(database, "sofascore")


def wait_is_over(database: Postgres) -> None:
    run(database, "UPDATE source_state SET opened_until = now(), next_at = '-infinity'")


def test_turns_are_apart_by_what_each_takes_whoever_takes_them(
    guard: PostgresSourceGuard, database: Postgres, emptied_database_url: str
) -> None:
    guard.acquire_slot(1000)
    ((first,),) = run(database, "SELECT next_at FROM source_state")
    others = [PostgresSourceGuard(Postgres(emptied_database_url), "sofascore") for _ in range(3)]
    with ThreadPoolExecutor(4) as workers:
        waits = sorted(workers.map(lambda number: [guard, *others][number % 4].acquire_slot(1000).wait_s, range(8)))
    # Each waits for all before it, less the moments that pass meanwhile, however many they are on a busy machine.
    assert [round(wait_s, -3) for wait_s in waits] == [1000 * number for number in range(1, 9)]
    ((last,),) = run(database, "SELECT next_at FROM source_state")
    assert isinstance(first, datetime)
    assert isinstance(last, datetime)
    assert last - first == timedelta(seconds=8000)
    for other in others:
        other._database.close()


def test_sources_have_turns_of_their_own(guard: PostgresSourceGuard, database: Postgres) -> None:
    guard.acquire_slot(60)
    assert PostgresSourceGuard(database, "another").acquire_slot(60).wait_s == 0


def test_a_pause_that_is_asked_for_reaches_those_who_wait_already(guard: PostgresSourceGuard) -> None:
    first, waiting = guard.acquire_slot(1.0), guard.acquire_slot(1.0)
    assert guard.is_valid(waiting)
    guard.observe(first, [Outcome.UNAVAILABLE], asked_s=30)
    assert not guard.is_valid(waiting)
    assert 20 < guard.acquire_slot(1.0).wait_s <= 30


def test_good_answers_of_a_well_source_need_not_be_told(guard: PostgresSourceGuard) -> None:
    assert not guard.acquire_slot(0).is_watched
    guard.observe(guard.acquire_slot(0), [Outcome.TROUBLE, Outcome.OK])
    assert guard.acquire_slot(0).is_watched


def test_after_a_storm_one_request_at_a_time_finds_out(guard: PostgresSourceGuard, database: Postgres) -> None:
    assert guard.observe(guard.acquire_slot(0), STORM).health == "degraded"
    with pytest.raises(SourceSilent):
        guard.acquire_slot(0)
    wait_is_over(database)
    with ThreadPoolExecutor(6) as workers:

        def request(_: int) -> bool:
            try:
                return guard.acquire_slot(0).is_probe
            except SourceSilent:
                return False

        assert list(workers.map(request, range(12))).count(True) == 1
    # The one who asked died; after a minute another may.
    run(database, "UPDATE source_state SET probing_until = now() - interval '1 second'")
    probe = guard.acquire_slot(0)
    assert guard.observe(probe, [Outcome.OK]) == Circuit()
    assert not guard.acquire_slot(0).is_probe


def test_the_one_who_finds_out_waits_no_longer_than_the_circuit_is_open(
    guard: PostgresSourceGuard, database: Postgres
) -> None:
    first, under_way = guard.acquire_slot(0), guard.acquire_slot(0)
    guard.observe(first, STORM)
    # Many requests of others fail while the source is away; they are no further failures in a row of anybody.
    guard.observe(under_way, STORM * 6)
    run(database, "UPDATE source_state SET opened_until = now()")
    probe = guard.acquire_slot(0)
    assert (probe.is_probe, probe.wait_s) == (True, 0)


def test_what_was_under_way_when_the_circuit_opened_neither_closes_nor_blocks_it(guard: PostgresSourceGuard) -> None:
    first, under_way = guard.acquire_slot(0), guard.acquire_slot(0)
    guard.observe(first, [Outcome.SLOW_DOWN], asked_s=600)
    assert guard.observe(under_way, [Outcome.SLOW_DOWN]).health == "degraded"
    assert guard.observe(under_way, [Outcome.OK]).opened_until is not None


def test_a_refusal_stops_everybody_until_a_person_decides_and_the_trail_tells_who(
    guard: PostgresSourceGuard, database: Postgres
) -> None:
    run(database, "INSERT INTO scrape_jobs (digest, requested_by, leagues, seasons) VALUES ('d', 'u', '{}', '{}')")
    under_way = guard.acquire_slot(0)
    assert guard.block(under_way, "403 challenge").health == "blocked"
    guard.block(under_way, "403 again")
    with pytest.raises(Blocked, match="403 challenge"):
        guard.acquire_slot(0)
    assert run(database, "SELECT state, fault FROM scrape_jobs") == [("blocked", "403 challenge")]
    assert guard.observe(under_way, [Outcome.OK] * 50).health == "blocked"
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


def test_a_refusal_that_was_under_way_when_a_person_resumed_the_source_does_not_block_it_again(
    guard: PostgresSourceGuard,
) -> None:
    refused, under_way = guard.acquire_slot(0), guard.acquire_slot(0)
    guard.block(refused, "403 challenge")
    guard.resume(OPERATOR, "asked the operator of the site", now=NOW)
    assert guard.block(under_way, "403 challenge").health == "ok"
    assert guard.block(guard.acquire_slot(0), "403 anew").blocked_reason == "403 anew"
