"""The OpenAPI operations of query-stats, made from its resources."""

from __future__ import annotations

from functions.query_stats import catalogue, edge, sql_edge
from functions.query_stats.resource import Resource, StoredTable
from shared.events.football import LeagueUpdated
from shared.web.openapi import (
    ANALYST,
    JSON,
    Operation,
    ResponseSpec,
    cacheable,
    event_operation,
    table_file,
    tabular,
)
from shared.web.tables.formats import ARROW_FILE
from shared.web.tabular_schema import PARQUET


def _operation(resource: Resource) -> Operation:
    return Operation(
        summary=resource.summary,
        query=resource.query(),
        responses=tabular(resource.model()),
        negotiable=True,
        error_statuses=(400, 406),
    )


def _table_operation(table: Resource | StoredTable) -> Operation:
    return Operation(
        summary=f"{table.summary}: the whole table as a file",
        query=edge.without_page(table.query()),
        responses=table_file(),
        error_statuses=(400, 412, 416),
    )


_SQL_FORMS = {JSON: sql_edge.SqlRows, ARROW_FILE: bytes, PARQUET: bytes}

OPERATIONS = {
    "schema": Operation(summary="The views that analysts query", responses=cacheable(sql_edge.Schema)),
    "sql": Operation(
        summary="The rows of one SELECT over the views, where SQL is enabled",
        body={JSON: sql_edge.SqlRequest},
        examples={JSON: {"query": "SELECT name FROM stats_leagues ORDER BY name LIMIT 3"}},
        responses={200: ResponseSpec(description="The rows.", content=_SQL_FORMS)},
        access=ANALYST,
        error_statuses=(404, 406),
    ),
    "league_updated": event_operation(LeagueUpdated.TYPE, "Invalidate the cached responses about a league"),
    **{each.name: _operation(each) for each in catalogue.RESOURCES},
    **{f"{each.name}_table": _table_operation(each) for each in catalogue.TABLES},
}
