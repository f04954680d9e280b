"""ClickHouse's tables and the fake that unit tests use keep the same rows."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.adapters.arrow import record_batches
from shared.adapters.clickhouse.client import ClickHouse
from shared.domain.football.records import KINDS, Incident, Record, Shot, Team
from shared.errors import InvalidInput, Unavailable
from shared.testing.generated import records
from shared.testing.memory_warehouse import PARTS_OF_A_MATCH, MemoryWarehouse
from shared.testing.valkey_process import free_port
from tests.support.engines.olap import Olap, migrated


class Warehouse(Protocol):
    """What both sides offer to this suite."""

    def insert_stream(self, table: str, columns: Sequence[str], encoded: bytes, *, token: str) -> None: ...

    def current(self, table: str) -> list[Record]: ...


class Real:
    """ClickHouse, asked for its rows by the view."""

    def __init__(self, url: str) -> None:
        self.clickhouse = ClickHouse(url)
        self.insert_stream = self.clickhouse.insert_stream

    def current(self, table: str) -> list[Record]:
        key = ", ".join(KINDS[table].KEY)
        columns = ", ".join(record_batches.schema(table).names)
        result = self.clickhouse.query_arrow(f"SELECT {columns} FROM current_{table} ORDER BY {key}")
        return record_batches.to_records(table, result.cast(record_batches.schema(table)))


@pytest.fixture(params=["memory", "clickhouse"])
def warehouse(request: pytest.FixtureRequest) -> Iterator[Warehouse]:
    """Each side in turn, empty."""
    if request.param == "memory":
        yield MemoryWarehouse()
        return
    real = Real(request.getfixturevalue("clickhouse_url"))
    yield real
    real.clickhouse.close()


@pytest.fixture
def clickhouse(clickhouse_url: str) -> Iterator[ClickHouse]:
    """A migrated database."""
    client = ClickHouse(clickhouse_url)
    yield client
    client.close()


def store(warehouse: Warehouse, kind: str, rows: Sequence[Record], token: str) -> None:
    encoded = record_batches.encode(record_batches.to_table(kind, rows))
    warehouse.insert_stream(kind, record_batches.schema(kind).names, encoded, token=token)


def team(team_id: int, version: int, name: str) -> Team:
    return Team(source="s", version=version, team_id=team_id, name=name, short_name="", code="", country="")


def incidents(match_id: int, version: int, *details: str) -> list[Incident]:
    return [
        Incident(
            source="s", version=version, league_id=17, season_id=1, match_id=match_id, ordinal=ordinal, kind="goal",
            detail=detail, minute=ordinal, added_minute=None, is_home=True, player_id=None, player_name="",
            second_player_id=None, second_player_name="", home_score=None, away_score=None, rescinded=False,
        )
        for ordinal, detail in enumerate(details)
    ]  # fmt: skip


# --- both sides


def test_a_newer_version_replaces_the_older(warehouse: Warehouse) -> None:
    store(warehouse, "teams", [team(1, 10, "old"), team(2, 10, "other")], "a")
    store(warehouse, "teams", [team(1, 20, "new")], "b")
    assert warehouse.current("teams") == [team(1, 20, "new"), team(2, 10, "other")]


def test_an_older_version_that_arrives_later_never_shows(warehouse: Warehouse) -> None:
    store(warehouse, "teams", [team(1, 20, "new")], "a")
    store(warehouse, "teams", [team(1, 10, "old")], "b")
    assert warehouse.current("teams") == [team(1, 20, "new")]


def test_of_one_version_the_last_told_holds(warehouse: Warehouse) -> None:
    store(warehouse, "teams", [team(1, 10, "first")], "a")
    store(warehouse, "teams", [team(1, 10, "second")], "b")
    assert warehouse.current("teams") == [team(1, 10, "second")]


def test_the_same_token_stores_once(warehouse: Warehouse) -> None:
    store(warehouse, "teams", [team(1, 10, "first")], "a")
    store(warehouse, "teams", [team(2, 10, "never")], "a")
    store(warehouse, "players", [], "a")
    assert warehouse.current("teams") == [team(1, 10, "first")]


def test_a_match_read_again_with_fewer_incidents_loses_the_old_ones(warehouse: Warehouse) -> None:
    store(warehouse, "incidents", [*incidents(1, 10, "a", "b", "c"), *incidents(2, 10, "x", "y")], "a")
    store(warehouse, "incidents", incidents(1, 20, "a", "c"), "b")
    assert warehouse.current("incidents") == [*incidents(1, 20, "a", "c"), *incidents(2, 10, "x", "y")]


def test_an_older_reading_with_more_incidents_adds_none(warehouse: Warehouse) -> None:
    store(warehouse, "incidents", incidents(1, 20, "a"), "a")
    store(warehouse, "incidents", incidents(1, 10, "a", "b", "c"), "b")
    assert warehouse.current("incidents") == incidents(1, 20, "a")


def test_a_batch_of_an_older_release_is_stored_with_defaults(warehouse: Warehouse) -> None:
    rows = incidents(1, 10, "a", "b")
    names = record_batches.schema("incidents").names
    older = names[: names.index("incident_id")]
    encoded = record_batches.encode(record_batches.to_table("incidents", rows).select(older))
    warehouse.insert_stream("incidents", names, encoded, token="a")
    assert warehouse.current("incidents") == rows


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_kind_is_kept_without_loss(warehouse: Warehouse, kind: str, data: st.DataObject) -> None:
    drawn = data.draw(records(kind, min_size=1))
    key = KINDS[kind].KEY
    last = {tuple(getattr(row, name) for name in key): replace(row, version=2**62) for row in drawn}
    rows = [last[one] for one in sorted(last)]
    encoded = record_batches.encode(record_batches.to_table(kind, rows))
    # Not drawn, as what is drawn may come twice, and a token stores once.
    warehouse.insert_stream(kind, record_batches.schema(kind).names, encoded, token=str(uuid.uuid4()))
    result = [row for row in warehouse.current(kind) if row in rows]
    assert result == rows


# --- ClickHouse alone


@pytest.mark.parametrize("kind", KINDS)
def test_columns_are_the_records_fields_in_order_and_of_their_types(clickhouse: ClickHouse, kind: str) -> None:
    description = clickhouse.query(f"DESCRIBE TABLE {kind}")
    texts = {row["name"]: row["type"].replace("LowCardinality(String)", "String") for row in description}
    fetched_at = texts.pop("fetched_at")
    assert list(texts) == [field.name for field in fields(KINDS[kind])]
    assert texts == {field.name: _clickhouse_type(field) for field in record_batches.schema(kind)}
    assert fetched_at == "DateTime64(3, 'UTC')"
    view = clickhouse.query(f"DESCRIBE TABLE current_{kind}")
    assert [(row["name"], row["type"]) for row in view] == [(row["name"], row["type"]) for row in description]


def _clickhouse_type(field: Any) -> str:
    bound = {
        "int64": "Int64", "int32": "Int32", "string": "String", "bool": "Bool", "double": "Float64",
        "date32[day]": "Date32", "timestamp[ms, tz=UTC]": "DateTime64(3, 'UTC')",
        "list<item: string not null>": "Array(String)",
        "map<string, double not null>": "Map(String, Float64)",
        "map<string, double>": "Map(String, Float64)",
    }[str(field.type)]  # fmt: skip
    return f"Nullable({bound})" if field.nullable else bound


@pytest.mark.parametrize("kind", KINDS)
def test_tables_are_ordered_by_the_records_key_and_replace_by_version(clickhouse: ClickHouse, kind: str) -> None:
    (result,) = clickhouse.query(
        "SELECT sorting_key, engine_full FROM system.tables "
        "WHERE database = currentDatabase() AND name = {kind:String}",
        {"kind": kind},
    )
    assert result["sorting_key"] == ", ".join(KINDS[kind].KEY)
    assert result["engine_full"].startswith("ReplacingMergeTree(version)")
    assert "non_replicated_deduplication_window = 1000" in result["engine_full"]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "match_id" in KINDS[kind].KEY])
def test_a_current_view_reads_only_the_granules_that_its_filter_names(clickhouse: ClickHouse, kind: str) -> None:
    """20 leagues of 10 seasons of 10 matches of 100 rows: about 24 granules, a league in three at most."""
    clickhouse.command(f"SYSTEM STOP MERGES {kind}")
    rest = [name for name in KINDS[kind].KEY if name not in ("league_id", "season_id", "match_id")]
    bound = "".join(f", {name}" for name in rest)
    values = "".join(", 'ALL'" if name == "period" else ", number % 100" for name in rest)
    clickhouse.command(
        f"INSERT INTO {kind} (version, league_id, season_id, match_id{bound}) "
        f"SELECT 1, intDiv(number, 10000) + 1 AS l, intDiv(number, 1000) % 10 + 1 AS s, "
        f"l * 1000 + s * 10 + intDiv(number, 100) % 10{values} FROM numbers(200000) SETTINGS optimize_on_insert = 0"
    )
    for condition in ("league_id = 7 AND season_id = 3", "league_id = 7 AND match_id = 7034", "match_id = 7034"):
        lines = clickhouse.query(f"EXPLAIN indexes = 1 SELECT * FROM current_{kind} WHERE {condition}")
        texts = [str(row["explain"]).strip() for row in lines]
        granules = [line.removeprefix("Granules: ").split("/") for line in texts if line.startswith("Granules: ")]
        n_chosen, n_all = int(granules[-1][0]), int(granules[0][1])
        assert n_all > 20
        assert n_chosen <= 3, "\n".join([condition, *texts])


def test_times_come_back_aware_and_in_utc(clickhouse: ClickHouse) -> None:
    (result,) = clickhouse.query("SELECT toDateTime64('2026-03-01 12:00:00.250', 3, 'UTC') AS t")
    assert result["t"].isoformat() == "2026-03-01T12:00:00.250000+00:00"


def test_the_matches_of_a_day_are_found_without_a_look_at_all(clickhouse: ClickHouse) -> None:
    """200,000 matches of 20 leagues, a few an hour; also after a merge that dropped their older versions."""
    for version in (1, 2):
        clickhouse.command(
            "INSERT INTO matches (version, league_id, season_id, match_id, starts_at) "
            f"SELECT {version}, number % 20, 1, number, toDateTime('2000-01-01') + 1000 * number FROM numbers(200000)"
        )
    clickhouse.command("OPTIMIZE TABLE matches FINAL")
    day = "SELECT match_id FROM matches WHERE starts_at >= '2003-03-01' AND starts_at < '2003-03-02'"
    assert len(clickhouse.query(day)) in (86, 87)
    texts = [str(row["explain"]).strip() for row in clickhouse.query(f"EXPLAIN indexes = 1 {day}")]
    assert "ReadFromMergeTree (by_kick_off)" in texts
    (granules,) = (line.removeprefix("Granules: ") for line in texts if line.startswith("Granules: "))
    chosen, whole = map(int, granules.split("/"))
    assert chosen <= 2
    assert whole > 20


class Pair(NamedTuple):
    one: int
    two: str


def test_rows_come_as_named_tuples_of_the_same_columns(clickhouse: ClickHouse) -> None:
    assert clickhouse.query_tuples("SELECT 1 AS one, 'b' AS two", {}, Pair) == [Pair(one=1, two="b")]
    with pytest.raises(ValueError, match="Pair is not made of two, one"):
        clickhouse.query_tuples("SELECT 'b' AS two, 1 AS one", {}, Pair)


def test_values_a_table_does_not_take_are_invalid_input(clickhouse: ClickHouse) -> None:
    with pytest.raises(InvalidInput, match="refuses the values"):
        clickhouse.insert_stream("teams", ["team_id"], b"no arrow at all", token="t")
    with pytest.raises(InvalidInput, match="refuses the values"):
        clickhouse.query("SELECT {n:UInt8}", {"n": "many"})


def test_trouble_that_passes_is_unavailable(clickhouse: ClickHouse) -> None:
    with pytest.raises(Unavailable, match="cannot now"):
        clickhouse.query("SELECT sleep(2) SETTINGS max_execution_time = 1")
    with pytest.raises(Unavailable, match="cannot now"):
        clickhouse.query("SELECT groupArray(number) FROM numbers(9e6) SETTINGS max_memory_usage = 1000000")


def test_a_bug_of_ours_is_neither(clickhouse: ClickHouse) -> None:
    from clickhouse_connect.driver.exceptions import DatabaseError

    with pytest.raises(DatabaseError, match="SYNTAX_ERROR"):
        clickhouse.query("SELEC 1")


def test_a_silent_server_is_unavailable_at_every_call() -> None:
    nobody = ClickHouse(f"http://127.0.0.1:{free_port()}/x")
    for call in (
        nobody.probe,
        nobody.ensure_database,
        lambda: nobody.query("SELECT 1"),
        lambda: nobody.command("SELECT 1"),
        lambda: nobody.query_arrow("SELECT 1"),
        lambda: nobody.insert_stream("t", ["a"], b"", token="t"),
    ):
        with pytest.raises(Unavailable):
            call()


def test_a_client_outlives_the_servers_restart(clickhouse: ClickHouse, olap: Olap) -> None:
    assert clickhouse.command("SELECT 1") == 1
    olap.stop()
    with pytest.raises(Unavailable):
        clickhouse.query("SELECT 1")
    olap.start()
    clickhouse.probe()
    assert clickhouse.query("SELECT 1 AS one") == [{"one": 1}]


def test_a_database_is_made_when_missing_and_kept_when_there(olap: Olap) -> None:
    url = migrated(olap)
    ClickHouse(url).ensure_database()
    assert ClickHouse(url).query("SELECT count() AS n FROM current_matches") == [{"n": 0}]


def test_readiness_imports_no_client() -> None:
    """The probe runs in every function's start; the client's import alone would break its budget."""
    source = Path(ClickHouse.__module__.replace(".", "/") + ".py").read_text("utf-8")
    assert "import clickhouse_connect" in source
    for line in source.splitlines():
        assert not line.startswith(("import clickhouse_connect", "from clickhouse_connect", "import pyarrow"))


def test_every_part_of_a_match_has_a_view_that_replaces_it_whole(clickhouse: ClickHouse) -> None:
    whole = clickhouse.query(
        "SELECT name FROM system.tables WHERE database = currentDatabase() "
        "AND create_table_query LIKE '%OVER (PARTITION%' AND name LIKE 'current_%' ORDER BY name"
    )
    assert [row["name"] for row in whole] == sorted(f"current_{kind}" for kind in PARTS_OF_A_MATCH)
    assert {Incident.TABLE, Shot.TABLE} < set(PARTS_OF_A_MATCH)
