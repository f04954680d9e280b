"""Query-stats, described for its OpenAPI document by the resources themselves."""

from __future__ import annotations

from importlib import import_module

from functions.query_stats import catalogue, edge
from functions.query_stats.resource import Resource
from shared.events.football import LeagueUpdated
from shared.openapi import Operation, event, fresh


def _operation(resource: Resource) -> Operation:
    module, _, name = resource.model.rpartition(".")
    model = getattr(import_module(f"functions.query_stats.models.{module}"), name)
    return Operation(text=resource.text, query=getattr(edge, resource.query), answers=fresh(model))


OPERATIONS = {
    "league_updated": event(LeagueUpdated.TYPE, "Forget cached answers about a league"),
    **{each.name: _operation(each) for each in catalogue.RESOURCES},
}
