"""What migrations become on a cluster is ClickHouse's own language, and answers as one server does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from functions.query_stats import store as warehouse
from functions.query_stats.store import QUERY_NAMES, ClickHouseStats
from knative.manifests import kubernetes_yaml
from shared.adapters.clickhouse.client import ClickHouse
from shared.domain.football.records import KINDS
from shared.migrate.clickhouse import split_statements
from shared.migrate.files import SQL, read_migrations
from shared.schema.clickhouse_cluster import Cluster, looks_at_matches, spread
from shared.testing.memory_warehouse import PARTS_OF_A_MATCH
from shared.testing.small_league import store
from tests.contract.adapters.clickhouse.test_no_duplicates import LAST, PARAMETERS, Store, answers, newest, outdated
from tests.support.engines.olap import Olap, migrated
from tests.support.engines.query_planner import planned

CLUSTER = Cluster("football", "touchline")
INSTALLATION = Path(__file__).resolve().parents[4] / "k8s" / "base" / "clickhouse" / "installation.yaml"
SKIP = "optimize_skip_unused_shards"
_SPANNING = re.compile(r"CREATE TABLE IF NOT EXISTS (\w+) .* ENGINE = Distributed\(.*'\w+_local', (.*)\)", re.DOTALL)


def statements() -> Iterator[str]:
    """Every statement of the migrations."""
    for file in read_migrations(SQL / "clickhouse"):
        yield from split_statements(file.text)


def shards() -> dict[str, str]:
    """Of each table the expression that says where a row lies."""
    spread_statements = [each for statement in statements() for each in spread(statement, CLUSTER)]
    return {
        result[1]: result[2] for each in spread_statements if (result := _SPANNING.fullmatch(each.replace("\n", " ")))
    }


def test_the_engine_reads_every_statement(clickhouse_url: str) -> None:
    server = ClickHouse(clickhouse_url)
    try:
        for statement in statements():
            for each in spread(statement, CLUSTER):
                assert server.query(f"EXPLAIN AST {each}")
        with pytest.raises(DatabaseError, match="SYNTAX_ERROR"):
            server.query("EXPLAIN AST ALTER TABLE shots EVERYWHERE ADD COLUMN minute Int32")
    finally:
        server.close()


def test_what_names_a_season_reads_one_shard_and_nothing_is_refused() -> None:
    """As the engine plans it. What asks the shards while it is planned gets no further here: code 279."""
    profile = kubernetes_yaml.load(INSTALLATION.read_text())["spec"]["configuration"]["profiles"]
    installed = [f"{name} = '{profile[f'default/{name}']}'" for name in ("distributed_product_mode", SKIP)]
    needs = ClickHouseStats(ClickHouse("")).parameters_of
    of_a_season = [name for name in QUERY_NAMES if {"league_id", "season_id"} <= needs(name)]
    assert len(of_a_season) > 15
    one_shard = f"SETTINGS {', '.join(installed)}, force_{SKIP} = 1"  # refused where the shard is not known
    queries = [
        *(f"{warehouse.statement(name)}\n{one_shard}" for name in of_a_season),
        *(f"{warehouse.statement(name)}\nSETTINGS {', '.join(installed)}" for name in QUERY_NAMES),
        f"SELECT count() FROM current_matches WHERE league_id = 17 {one_shard}",
        "SELECT count() FROM matches WHERE home_id IN (SELECT team_id FROM teams)",
    ]
    parameters = {name: f"{value:d}" if isinstance(value, bool) else str(value) for name, value in PARAMETERS.items()}
    parameters |= {name: f"{value:%F %T}" for name, value in PARAMETERS.items() if isinstance(value, datetime)}
    *refused, of_a_league, without_settings = (each.refusal for each in planned(queries, parameters))
    assert "Sharding key cityHash64(league_id, season_id) is not used" in of_a_league
    assert without_settings.startswith("Code: 288.")
    for name, why in zip([*of_a_season, *QUERY_NAMES], refused, strict=True):
        if name == "teams" and "Sharding key cityHash64(team_id) is not used" in why:
            continue  # a season's clubs lie by their own ids
        assert not why or why.startswith("Code: 279."), f"{name}: {why}"


@pytest.mark.parametrize("kind", PARTS_OF_A_MATCH)
def test_what_looks_at_all_rows_of_a_match_is_done_by_its_shard(kind: str) -> None:
    """The node that was asked gets the season's rows and does nothing more with them."""
    window = "max(version) OVER (PARTITION BY league_id, season_id, match_id)"
    read = "WHERE league_id = 1 AND season_id = 1 SETTINGS optimize_skip_unused_shards = 1"
    by_shard, by_the_asked = planned([
        f"SELECT version FROM current_{kind} {read}",
        f"SELECT version FROM (SELECT *, {window} AS newest FROM {kind} FINAL) WHERE version = newest",
    ], {})  # fmt: skip
    assert (by_shard.refusal, by_the_asked.refusal) == ("", "")
    assert not any("Window" in step or "Filter" in step for step in by_shard.steps), by_shard.steps
    assert any("Window" in step for step in by_the_asked.steps)


class TwoShards:
    """Two databases for shards and one whose tables span them.

    ``Merge`` stands for ``Distributed``, whose shards chDB cannot serve: of either kind ``FINAL`` is done to each part,
    and what the parts give is put together.
    """

    def __init__(self, olap: Olap) -> None:
        self.shards = [ClickHouse(migrated(olap)) for _ in range(2)]
        self.inbox = ClickHouse(migrated(olap))
        self.whole = ClickHouse(olap.url(f"{self.inbox.database}_whole"))
        self.whole.ensure_database()
        names = "|".join(each.database for each in self.shards)
        for kind in KINDS:
            for shard in self.shards:
                shard.command(f"SYSTEM STOP MERGES {kind}")
            engine = f"Merge(REGEXP('^({names})$'), '^{kind}$')"
            self.whole.command(f"CREATE TABLE {kind} AS {self.shards[0].database}.{kind} ENGINE = {engine}")
        for part in PARTS_OF_A_MATCH:
            name = f"current_{part}"
            engine = f"Merge(REGEXP('^({names})$'), '^{name}$')"
            self.whole.command(f"CREATE TABLE {name} AS {self.shards[0].database}.{name} ENGINE = {engine}")
        for statement in statements():
            if re.search(r"^CREATE (OR REPLACE )?VIEW", statement, re.MULTILINE) and not looks_at_matches(statement):
                self.whole.command(statement)

    def store(self, kind: str, rows: list[Any], token: str, shard: str) -> None:
        """Insert a batch, each row where its shard's expression says."""
        store(self.inbox, kind, rows, token)
        for number, each in enumerate(self.shards):
            source = f"{self.inbox.database}.{kind}"
            each.command(f"INSERT INTO {kind} SELECT * FROM {source} WHERE {shard} % {len(self.shards)} = {number}")
        self.inbox.command(f"TRUNCATE TABLE {kind}")

    def close(self) -> None:
        """Drop the databases."""
        for each in (self.whole, *self.shards, self.inbox):
            each.command(f"DROP DATABASE {each.database}")
            each.close()


def test_two_shards_answer_as_one_server_does(olap: Olap) -> None:
    """With several versions of everything, in the wrong order and none of them merged away."""
    one, two, placed = Store(olap), TwoShards(olap), shards()
    assert placed.keys() >= {*KINDS, *(f"current_{part}" for part in PARTS_OF_A_MATCH)}
    assert all(placed[f"current_{part}"] == placed[part] for part in PARTS_OF_A_MATCH)
    batches = [
        (kind, rows if version == LAST else outdated(kind, rows, version), f"{version}-{kind}")
        for version in (2, LAST, 1)
        for kind, rows in newest().items()
        if rows
    ]
    one.fill(batches)
    for kind, rows, token in batches:
        two.store(kind, rows, token, placed[kind])
    assert all(shard.command("SELECT count() FROM matches") for shard in two.shards)
    result = answers(ClickHouseStats(two.whole))
    assert result == one.answers()

    # Versions of a match that lie apart are not known to be of one match.
    for shard in two.shards:
        shard.command("TRUNCATE TABLE matches")
    for kind, rows, token in batches:
        if kind == "matches":
            two.store(kind, rows, f"apart-{token}", "version")
    stats, query = ClickHouseStats(two.whole), "season_matches"
    apart = stats.rows(query, {name: PARAMETERS[name] for name in stats.parameters_of(query)})
    assert len(apart) > len(result[query])
    two.close()
    one.warehouse.close()
