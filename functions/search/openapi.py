"""Search, described for its OpenAPI document."""

from __future__ import annotations

from functions.search.edge import SearchQuery
from functions.search.models import Hits
from shared.events.football import LeagueUpdated
from shared.web.openapi import Operation, event_operation, tabular

OPERATIONS = {
    "league_updated": event_operation(LeagueUpdated.TYPE, "Read again what a season names"),
    "search": Operation(
        summary="Teams, players, managers and leagues by name, mistyped ones too",
        query=SearchQuery,
        responses=tabular(Hits),
        negotiable=True,
        error_statuses=(406, 429),
    ),
}
