"""A view written out where it is read tells what the view in the store tells."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shared.adapters.clickhouse.client import ClickHouse
from shared.adapters.clickhouse.inline_views import inline_views, read_views
from shared.testing.memory_warehouse import PARTS_OF_A_MATCH
from shared.testing.small_league import NORDHAFEN, store_all
from tests.contract.football.test_query_stats_resources import FIRST
from tests.support.engines.olap import Olap, migrated

PARAMETERS = {"team_id": NORDHAFEN, "season": "", "player_id": 1, "manager_id": FIRST}
GIVEN = {
    "matches_of_team": "(team_id = {team_id:Int64})",
    "matches_of_team_season": "(team_id = {team_id:Int64}, season = {season:String})",
    "matches_of_player": "(player_id = {player_id:Int64})",
    "knock_outs_of_player": "(player_id = {player_id:Int64})",
    "matches_of_manager": "(manager_id = {manager_id:Int64})",
}
"""What the views that have parameters are given."""


@pytest.fixture(scope="module")
def warehouse(olap: Olap) -> Iterator[ClickHouse]:
    client = ClickHouse(migrated(olap))
    store_all(client)
    yield client
    client.close()


def test_the_views_are_those_of_the_store(warehouse: ClickHouse) -> None:
    stored = warehouse.query("SELECT name FROM system.tables WHERE database = currentDatabase() AND engine = 'View'")
    assert {row["name"] for row in stored} == {*read_views(), *(f"current_{table}" for table in PARTS_OF_A_MATCH)}


@pytest.mark.parametrize("name", sorted(read_views()))
def test_it_tells_what_the_view_tells(warehouse: ClickHouse, name: str) -> None:
    sql = f"SELECT * FROM {name}{GIVEN.get(name, '')} ORDER BY ALL"
    assert inline_views(sql) != sql
    rows_through_views = warehouse.query(sql, PARAMETERS)
    assert warehouse.query(inline_views(sql), PARAMETERS) == rows_through_views
