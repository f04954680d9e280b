"""What is stored of an archive's season, in ClickHouse and in memory alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import pytest

from shared.adapters.arrow import record_batches
from shared.adapters.clickhouse.client import ClickHouse
from shared.adapters.sources.delivery import StoredMatches
from shared.adapters.sources.stored_matches import ClickHouseMatches
from shared.domain.archives import editions, footballdata
from shared.domain.archives.report import Report
from shared.domain.archives.seasons import Season
from shared.domain.football.match_status import WITHDRAWN
from shared.testing.memory_matches import MemoryMatches

CSV = """Div,Date,HomeTeam,AwayTeam,FTHG,FTAG
F1,11/08/2018,Nice,Reims,0,1
F1,12/08/2018,Lyon,Amiens,2,0
F1,13/08/2018,Nice,Lyon,5,0
"""
FIRST, SECOND = 1_600_000_000_000, 1_600_000_000_001


def season(version: int, n_rows: int = 3) -> Season:
    lines = CSV.splitlines()[: n_rows + 1]
    (read,) = footballdata.read("\n".join(lines).encode(), document="F1.csv", version=version, report=Report())
    return read


class Store(Protocol):
    """A store and what is asked of it."""

    @property
    def asked(self) -> StoredMatches: ...

    def store(self, season: Season) -> None: ...


class InMemory:
    def __init__(self) -> None:
        self.asked = MemoryMatches()

    def store(self, season: Season) -> None:
        self.asked.store(season.seasons, season.matches)


class InClickHouse:
    def __init__(self, url: str) -> None:
        self._warehouse = ClickHouse(url)
        for table in ("matches", "seasons", "teams", "leagues"):
            self._warehouse.command(f"TRUNCATE TABLE {table}")
        self.asked = ClickHouseMatches(self._warehouse)

    def store(self, season: Season) -> None:
        for kind, records in season.records().items():
            table = record_batches.to_table(kind, records)
            self._warehouse.insert(kind, table, token=f"{kind}-{season.key.version}-{len(records)}")

    def listed(self) -> int:
        return int(self._warehouse.command("SELECT count() FROM listed_matches"))


@pytest.fixture(params=["memory", "clickhouse"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "memory":
        return InMemory()
    return InClickHouse(request.getfixturevalue("clickhouse_url"))


def ids(matches: Sequence[object]) -> set[int]:
    return {match.match_id for match in matches}  # type: ignore[attr-defined]


def test_matches_come_back_as_they_were_stored(store: Store) -> None:
    first = season(FIRST)
    store.store(first)
    key = first.key
    assert sorted(store.asked.matches(key.source, key.season_id), key=lambda match: match.match_id) == sorted(
        first.matches, key=lambda match: match.match_id
    )
    assert store.asked.matches("another", key.season_id) == []


def test_an_edition_withdraws_what_it_does_not_have(store: Store) -> None:
    store.store(season(FIRST))
    later = season(SECOND, n_rows=2)
    key = later.key
    changes = editions.reconcile(
        later, store.asked.matches(key.source, key.season_id), document="F1.csv", report=Report()
    )
    assert changes is not None
    assert dict(changes.counts) == {"same": 2, "gone": 1}
    store.store(later)
    stored = store.asked.matches(key.source, key.season_id)
    assert [match.home_name for match in stored if match.status_code == WITHDRAWN] == ["OGC Nice"]
    if isinstance(store, InClickHouse):
        assert store.listed() == 2


def test_older_rows_of_a_bulk_edition_are_withdrawn(store: Store) -> None:
    store.store(season(FIRST))
    later = season(SECOND, n_rows=1)
    store.store(later)
    for _ in range(2):
        store.asked.withdraw_older(later.key.source, {later.key.season_id}, SECOND)
    codes = sorted(match.status_code for match in store.asked.matches(later.key.source, later.key.season_id))
    assert codes == [WITHDRAWN, WITHDRAWN, 100]


def test_a_season_under_its_former_id_is_dropped_if_it_is_the_one(store: Store) -> None:
    first = season(FIRST)
    store.store(first)
    store.asked.drop_former_season(first.key.source, first.key.season_id, "2018")
    assert len(store.asked.matches(first.key.source, first.key.season_id)) == 3
    store.asked.drop_former_season(first.key.source, first.key.season_id, "2018/19")
    assert store.asked.matches(first.key.source, first.key.season_id) == []


def test_a_load_waits_for_its_matches(store: Store) -> None:
    first = season(FIRST)
    store.store(first)
    key = first.key
    assert store.asked.wait_for(key.source, {key.season_id: 3}, FIRST, within_s=5) == []
    if isinstance(store, InMemory):
        store.asked.refuses.add(key.season_id)
    late = store.asked.wait_for(key.source, {key.season_id: 4}, FIRST, within_s=0.05)
    assert late == [key.season_id]


def test_a_match_of_another_day_is_the_same_match() -> None:
    first = season(FIRST)
    moved = [replace(match, version=SECOND) for match in first.matches]
    assert ids(moved) == ids(first.matches)
