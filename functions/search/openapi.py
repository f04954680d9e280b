"""Search, described for its OpenAPI document."""

from __future__ import annotations

from functions.search.edge import SearchQuery
from functions.search.models import Hits
from shared.events.football import LeagueUpdated
from shared.web.openapi import Operation, event, tabular

OPERATIONS = {
    "league_updated": event(LeagueUpdated.TYPE, "Read again what a season names"),
    "search": Operation(
        text="Teams, players, managers and leagues by name, mistyped ones too",
        query=SearchQuery,
        answers=tabular(Hits),
        refuses=(406, 429),
    ),
}
