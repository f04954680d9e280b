"""Migrations for one server become those of a cluster."""

from __future__ import annotations

import pytest

from shared.domain.football.records import KINDS
from shared.errors import InvalidInput
from shared.migrate.clickhouse import split_statements
from shared.migrate.files import SQL, read_migrations
from shared.schema.clickhouse_cluster import Cluster, spread

CLUSTER = Cluster("football", "touchline")


def test_a_table_is_local_replicas_and_a_table_over_all_shards() -> None:
    local, spanning = spread(
        """-- Shots; ENGINE of one server.
CREATE TABLE IF NOT EXISTS shots
(
    league_id Int64 CODEC(Delta, ZSTD(1)), -- (the shard)
    season_id Int64,
    ordinal   Int32
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (league_id, season_id, ordinal)
SETTINGS non_replicated_deduplication_window = 1000""",
        CLUSTER,
    )
    assert local.startswith("CREATE TABLE IF NOT EXISTS shots_local ON CLUSTER 'football' (")
    assert local.endswith(
        "ORDER BY (league_id, season_id, ordinal)\nSETTINGS non_replicated_deduplication_window = 1000"
    )
    replicas = "ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', version)"
    assert f"\nENGINE = {replicas}\n" in local
    assert spanning == (
        "CREATE TABLE IF NOT EXISTS shots ON CLUSTER 'football' AS shots_local\n"
        "ENGINE = Distributed('football', 'touchline', 'shots_local', cityHash64(league_id, season_id))"
    )


@pytest.mark.parametrize(
    ("key", "shard"),
    [
        ("team_id", "team_id"),
        ("(league_id)", "league_id"),
        ("(league_id, season_id)", "league_id, season_id"),
        ("(league_id,\n season_id, match_id) SETTINGS index_granularity = 1024", "league_id, season_id"),
        ("(match_id, season_id, league_id)", "league_id, season_id"),
    ],
)
def test_a_row_lies_by_its_season_or_its_own_id(key: str, shard: str) -> None:
    _, spanning = spread(f"CREATE TABLE IF NOT EXISTS new (a Int64) ENGINE = MergeTree ORDER BY {key}", CLUSTER)
    assert spanning.endswith(f"'new_local', cityHash64({shard}))")


@pytest.mark.parametrize("key", ["(league_id, match_id)", "season_id", "match_id", "(team_id, player_id)"])
def test_a_table_that_lies_nowhere_is_refused(key: str) -> None:
    with pytest.raises(InvalidInput, match="which shard has a row of the key"):
        spread(f"CREATE TABLE IF NOT EXISTS new (a Int64) ENGINE = MergeTree ORDER BY {key}", CLUSTER)


def test_a_key_that_is_not_of_columns_alone_is_refused() -> None:
    with pytest.raises(InvalidInput, match="how to spread"):
        spread(
            "CREATE TABLE IF NOT EXISTS new (a Int64) ENGINE = MergeTree ORDER BY (league_id, abs(season_id))", CLUSTER
        )


def test_columns_are_changed_in_both_tables_and_indexes_where_parts_are() -> None:
    assert spread(
        """ALTER TABLE shots
    ADD COLUMN IF NOT EXISTS at DateTime64(3, 'a, b') CODEC(Delta, ZSTD(1)),
    ADD INDEX IF NOT EXISTS by_player (player_id, at) TYPE bloom_filter(0.01)""",
        CLUSTER,
    ) == [
        "ALTER TABLE shots_local ON CLUSTER 'football' "
        "ADD COLUMN IF NOT EXISTS at DateTime64(3, 'a, b') CODEC(Delta, ZSTD(1)), "
        "ADD INDEX IF NOT EXISTS by_player (player_id, at) TYPE bloom_filter(0.01)",
        "ALTER TABLE shots ON CLUSTER 'football' "
        "ADD COLUMN IF NOT EXISTS at DateTime64(3, 'a, b') CODEC(Delta, ZSTD(1))",
    ]
    assert spread("ALTER TABLE shots MATERIALIZE COLUMN at", CLUSTER) == [
        "ALTER TABLE shots_local ON CLUSTER 'football' MATERIALIZE COLUMN at"
    ]


@pytest.mark.parametrize("create", ["CREATE VIEW IF NOT EXISTS", "CREATE OR REPLACE VIEW", "CREATE VIEW"])
def test_a_view_stands_on_every_node(create: str) -> None:
    assert spread(f"{create} current_shots AS SELECT * FROM shots FINAL", CLUSTER) == [
        f"{create} current_shots ON CLUSTER 'football' AS SELECT * FROM shots FINAL"
    ]


WINDOW = "max(version) OVER (PARTITION BY league_id, season_id, match_id) AS newest"


@pytest.mark.parametrize("create", ["CREATE {} IF NOT EXISTS", "CREATE OR REPLACE {}"])
def test_a_view_that_looks_at_matches_is_local_and_a_table_over_all_shards(create: str) -> None:
    view, table = create.format("VIEW"), create.format("TABLE")
    assert spread(f"{view} current_shots AS SELECT *, {WINDOW} FROM shots FINAL", CLUSTER) == [
        f"{view} current_shots_local ON CLUSTER 'football' AS SELECT *, {WINDOW} FROM shots_local FINAL",
        f"{table} current_shots ON CLUSTER 'football' AS current_shots_local\n"
        "ENGINE = Distributed('football', 'touchline', 'current_shots_local', cityHash64(league_id, season_id))",
    ]


def test_a_view_that_looks_at_matches_of_two_tables_is_refused() -> None:
    with pytest.raises(InvalidInput, match="of which table current_both looks at matches is not known"):
        spread(f"CREATE VIEW current_both AS SELECT {WINDOW} FROM shots JOIN (SELECT * FROM incidents)", CLUSTER)


def test_what_cannot_be_spread_is_named() -> None:
    with pytest.raises(InvalidInput, match="not known: RENAME TABLE shots TO attempts"):
        spread("-- why\nRENAME TABLE shots TO attempts", CLUSTER)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_of_one_record_meets_on_one_shard(kind: str) -> None:
    """Rows that agree in the record's key, which is the table's, agree in what their shard follows from."""
    (spanning,) = (
        each
        for file in read_migrations(SQL / "clickhouse")
        for statement in split_statements(file.text)
        for each in spread(statement, CLUSTER)
        if each.startswith(f"CREATE TABLE IF NOT EXISTS {kind} ")
    )
    columns = spanning.partition("cityHash64(")[2].rstrip(")").split(", ")
    assert set(columns) <= set(KINDS[kind].KEY)
    assert columns == ["league_id", "season_id"] or "season_id" not in KINDS[kind].KEY


def test_every_migration_can_be_spread() -> None:
    """A new kind of statement needs a rule in shared/schema/clickhouse_cluster.py."""
    for file in read_migrations(SQL / "clickhouse"):
        for statement in split_statements(file.text):
            spread_statements = spread(statement, CLUSTER)
            assert all("ON CLUSTER 'football'" in each for each in spread_statements), file.name
