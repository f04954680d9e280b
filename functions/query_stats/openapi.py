"""Query-stats, described for its OpenAPI document by the resources themselves."""

from __future__ import annotations

from functions.query_stats import catalogue, edge
from functions.query_stats.resource import Resource
from shared.events.football import LeagueUpdated
from shared.web.openapi import Operation, event_operation, tabular


def _operation(resource: Resource) -> Operation:
    model = resource.model_class()
    return Operation(
        summary=resource.text, query=getattr(edge, resource.query), responses=tabular(model), error_statuses=(406,)
    )


OPERATIONS = {
    "league_updated": event_operation(LeagueUpdated.TYPE, "Forget cached answers about a league"),
    **{each.name: _operation(each) for each in catalogue.RESOURCES},
}
