"""No query to the store counts anything twice, in whatever order versions arrived and before any was merged away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.query_stats.ports import Rows
from functions.query_stats.store import QUERY_NAMES, ClickHouseStats
from shared.adapters.clickhouse.client import ClickHouse
from shared.domain.football.records import KINDS, Record
from shared.testing.batches import LEAGUE, SEASON
from shared.testing.small_league import NORDHAFEN, RECORDS, store
from tests.contract.football.test_query_stats_resources import FIRST, MORE_RECORDS
from tests.support.engines.olap import Olap, migrated

LAST = 5
"""The newest version; whatever is of an older one must never show."""
PARAMETERS: dict[str, Any] = {
    "league_id": LEAGUE, "season_id": SEASON, "match_id": 1, "team_id": NORDHAFEN, "player_id": 1, "uncounted": [],
    "season_ids": [SEASON],
    "manager_id": FIRST, "season": "", "state": "", "kind": "", "position": "", "team": 0, "limit": 500, "offset": 0,
    "metric": "keyPass", "per_90": False, "min_minutes": 0, "whole": False,
    "date_from": date(1900, 1, 1), "date_to": date(2299, 12, 30), "after_id": 0,
    "after_at": datetime(1900, 1, 1, tzinfo=UTC), "since": datetime(1900, 1, 1, tzinfo=UTC),
    "until": datetime(2299, 12, 30, tzinfo=UTC),
    "first_league": 0, "last_league": 10**15, "first_day": date(1900, 1, 1), "last_day": date(2299, 12, 30),
    "market": "", "closing": False,
}  # fmt: skip
GONE: dict[str, dict[str, Any]] = {
    "team_statistics": {"key": "gone"}, "appearances": {"player_id": 99}, "incidents": {"ordinal": 99},
    "shots": {"ordinal": 99}, "odds": {"bookmaker": "gone"},
}  # fmt: skip
"""What makes one more of a match's parts, which its newest reading does not have."""
VERSIONS = ("version", "fetched_at", "changed_at")


def newest() -> dict[str, list[Record]]:
    """The small league and more, each record in its last version."""
    rows_of: dict[str, dict[tuple[Any, ...], Record]] = {kind: {} for kind in KINDS}
    for batch in (RECORDS, MORE_RECORDS):
        for kind, records in batch.items():
            rows_of[kind] |= {
                tuple(getattr(row, name) for name in row.KEY): replace(row, version=LAST) for row in records
            }
    return {kind: list(rows.values()) for kind, rows in rows_of.items()}


def outdated(kind: str, rows: list[Record], version: int) -> list[Record]:
    """The same records as they were before: told otherwise wherever that could be counted, some of them gone since."""
    changed = []
    for row in rows:
        wrong: dict[str, Any] = {"version": version}
        for name in ("home_goals", "away_goals", "home_goals_display", "away_goals_display", "minutes", "points"):
            if getattr(row, name, None) is not None:
                wrong[name] = 7
        changed.append(replace(row, **wrong))
    return [*changed, replace(changed[0], **GONE[kind])] if kind in GONE else changed


def answers(stats: ClickHouseStats) -> dict[str, Rows]:
    """What each query finds, but for when it was fetched."""
    rows_of = {}
    for query in QUERY_NAMES:
        rows = stats.rows(query, {name: PARAMETERS[name] for name in stats.parameters_of(query)})
        rows_of[query] = [{k: v for k, v in row.items() if k not in VERSIONS} for row in rows]
    return rows_of


class Store:
    """A database whose tables never merge."""

    def __init__(self, olap: Olap) -> None:
        self.warehouse = ClickHouse(migrated(olap))
        self.stats = ClickHouseStats(self.warehouse)
        self.expected: dict[str, Rows] = {}
        for kind in KINDS:
            self.warehouse.command(f"SYSTEM STOP MERGES {kind}")

    def fill(self, batches: list[tuple[str, list[Record], str]]) -> None:
        """Only these are stored afterwards."""
        for kind in KINDS:
            self.warehouse.command(f"TRUNCATE TABLE {kind}")
        for kind, rows, token in batches:
            store(self.warehouse, kind, rows, token)

    def answers(self) -> dict[str, Rows]:
        """What each query finds, but for when it was fetched."""
        return answers(self.stats)


@pytest.fixture(scope="module")
def tables(olap: Olap) -> Iterator[Store]:
    """Tables to be filled; what every query finds where the newest versions alone were stored is known."""
    store = Store(olap)
    store.fill([(kind, rows, f"only-{kind}") for kind, rows in newest().items() if rows])
    store.expected = store.answers()
    yield store
    store.warehouse.close()


def test_the_querys_are_of_something_that_is_stored_once(tables: Store) -> None:
    for query, rows in tables.expected.items():
        batch = [repr(row) for row in rows]
        assert len(batch) == len(set(batch)), query
        assert rows or query == "corrections", query


@given(order=st.permutations([1, 2, LAST, LAST]), seed=st.integers(0, 2**32))
@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_versions_in_any_order_and_again_give_what_the_newest_gives(tables: Store, order: list[int], seed: int) -> None:
    batches = []
    for place, version in enumerate(order):
        for kind, rows in newest().items():
            if rows:
                batch = rows if version == LAST else outdated(kind, rows, version)
                batches.append((kind, batch, f"{seed}-{place}-{kind}"))
    tables.fill(batches)
    n_rows = tables.warehouse.command("SELECT count() FROM matches")
    assert n_rows == 4 * len(newest()["matches"]), "the engine merged, which this test is to do without"
    for query, rows_of in tables.answers().items():
        assert rows_of == tables.expected[query], query


def test_the_parameters_are_those_of_the_querys(tables: Store) -> None:
    assert {name for query in QUERY_NAMES for name in tables.stats.parameters_of(query)} == set(PARAMETERS)
