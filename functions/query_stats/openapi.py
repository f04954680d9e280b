"""The OpenAPI operations of query-stats, made from its resources."""

from __future__ import annotations

from functions.query_stats import catalogue, edge
from functions.query_stats.resource import Resource, StoredTable
from shared.events.football import LeagueUpdated
from shared.web.openapi import Operation, event_operation, table_file, tabular


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


OPERATIONS = {
    "league_updated": event_operation(LeagueUpdated.TYPE, "Invalidate the cached responses about a league"),
    **{each.name: _operation(each) for each in catalogue.RESOURCES},
    **{f"{each.name}_table": _table_operation(each) for each in catalogue.TABLES},
}
