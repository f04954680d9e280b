"""The OpenAPI operations of search."""

from __future__ import annotations

from functions.search.edge import SearchQuery
from functions.search.models import Hits
from shared.events.football import LeagueUpdated
from shared.web.openapi import Operation, event_operation, tabular

OPERATIONS = {
    "league_updated": event_operation(LeagueUpdated.TYPE, "Update the names of a season in the index"),
    "search": Operation(
        summary="Teams, players, managers and leagues by name, with typos too",
        query=SearchQuery,
        responses=tabular(Hits),
        negotiable=True,
        error_statuses=(406, 429),
    ),
}
