"""Query-stats, described for its OpenAPI document by the resources themselves."""

from __future__ import annotations

from functions.query_stats import catalogue, edge
from functions.query_stats.resource import Resource
from shared.events.football import LeagueUpdated
from shared.web.openapi import Operation, event, tabular


def _operation(resource: Resource) -> Operation:
    model = resource.model_class()
    return Operation(text=resource.text, query=getattr(edge, resource.query), answers=tabular(model), refuses=(406,))


OPERATIONS = {
    "league_updated": event(LeagueUpdated.TYPE, "Forget cached answers about a league"),
    **{each.name: _operation(each) for each in catalogue.RESOURCES},
}
