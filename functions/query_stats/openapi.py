"""The OpenAPI operations of query-stats, made from its resources."""

from __future__ import annotations

from functions.query_stats import catalogue
from functions.query_stats.resource import Resource
from shared.events.football import LeagueUpdated
from shared.web.openapi import Operation, event_operation, tabular


def _operation(resource: Resource) -> Operation:
    return Operation(
        summary=resource.summary,
        query=resource.query(),
        responses=tabular(resource.model()),
        negotiable=True,
        error_statuses=(400, 406),
    )


OPERATIONS = {
    "league_updated": event_operation(LeagueUpdated.TYPE, "Invalidate the cached responses about a league"),
    **{each.name: _operation(each) for each in catalogue.RESOURCES},
}
