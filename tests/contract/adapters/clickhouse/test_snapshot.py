"""A snapshot of a warehouse and a warehouse made of it hold the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from shared.adapters import snapshot
from shared.adapters.clickhouse.client import ClickHouse
from shared.domain.football.records import KINDS
from shared.errors import InvalidInput, NotFound
from shared.testing.small_league import RECORDS, store_all
from tests.support.engines.olap import Olap, migrated

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def small_league(olap: Olap) -> Iterator[ClickHouse]:
    warehouse = ClickHouse(migrated(olap))
    store_all(warehouse)
    yield warehouse
    warehouse.close()


def rows(warehouse: ClickHouse, kind: str) -> list[dict[str, Any]]:
    """The current rows of a kind in the order of their key."""
    return warehouse.query(f"SELECT * FROM current_{kind} ORDER BY {', '.join(KINDS[kind].KEY)}")


def test_a_platform_made_of_a_snapshot_holds_the_same(
    small_league: ClickHouse, clickhouse_url: str, tmp_path: Path
) -> None:
    """Also when it is imported twice, and with parts of a few rows."""
    n_rows = snapshot.export(small_league, tmp_path, now=NOW)
    assert {kind: n for kind, n in n_rows.items() if n} == {kind: len(records) for kind, records in RECORDS.items()}
    other = ClickHouse(clickhouse_url)
    for _ in range(2):
        assert snapshot.load(other, tmp_path) == n_rows
    for kind in KINDS:
        assert rows(other, kind) == rows(small_league, kind), kind
        assert other.query(f"SELECT count() AS n FROM {kind}")[0]["n"] == n_rows[kind]
    other.close()


def test_parts_join_to_the_whole(small_league: ClickHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "PART_ROWS", 1)
    snapshot.export(small_league, tmp_path, now=NOW)
    file = parquet.ParquetFile(tmp_path / "matches.parquet")
    assert file.num_row_groups == 2
    assert sorted(file.read()["match_id"].to_pylist()) == [1, 2, 3, 4, 5, 101, 201]


def test_a_snapshot_tells_what_it_is(small_league: ClickHouse, tmp_path: Path) -> None:
    snapshot.export(small_league, tmp_path, now=NOW)
    provenance = json.loads((tmp_path / "provenance.json").read_text())
    assert provenance["made_at"] == "2026-03-01T12:00:00Z"
    assert [each["source"] for each in provenance["sources"]] == ["sofascore"]
    dictionary = json.loads((tmp_path / "dictionary.json").read_text())
    assert {kind: [each["name"] for each in described["columns"]] for kind, described in dictionary.items()} == {
        kind: parquet.read_schema(tmp_path / f"{kind}.parquet").names for kind in KINDS
    }
    x = next(each for each in dictionary["shots"]["columns"] if each["name"] == "x")
    assert (x["type"], x["unit"]) == ("double", "% of length")
    assert all(described["description"] for described in dictionary.values())


def test_what_is_no_snapshot_stores_nothing(small_league: ClickHouse, clickhouse_url: str, tmp_path: Path) -> None:
    other = ClickHouse(clickhouse_url)
    with pytest.raises(NotFound):
        snapshot.load(other, tmp_path)
    snapshot.export(small_league, tmp_path, now=NOW)
    with (tmp_path / "teams.parquet").open("ab") as file:
        file.write(b"x")
    with pytest.raises(InvalidInput, match="is not the file that was exported"):
        snapshot.load(other, tmp_path)
    (tmp_path / "provenance.json").write_text('{"format": 99, "tables": {}}')
    with pytest.raises(InvalidInput, match="another version"):
        snapshot.load(other, tmp_path)
    assert other.query("SELECT count() AS n FROM matches") == [{"n": 0}]
    other.close()
