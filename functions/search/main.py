"""Find teams, players, managers and leagues by name."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import functions_framework
from flask import Blueprint, Request, Response, current_app

from functions.search import service, wiring
from shared import lazy
from shared.events.football import LeagueUpdated
from shared.settings.loading import load_settings
from shared.web import content_negotiation, http, json_text

if TYPE_CHECKING:
    from functions.search import edge, models
else:
    edge = lazy.Module("functions.search.edge")
    models = lazy.Module("functions.search.models")

api = Blueprint("search", __name__)
deps = wiring.build(load_settings(wiring.Settings, os.environ, need=wiring.NEED))


@api.post("/events/league-updated")
def league_updated() -> Response:
    return http.receive_event(lambda event: service.refresh(LeagueUpdated.from_event(event), deps))


@api.get("/stats/search")
def search() -> Response:
    query = http.read_query(edge.SearchQuery, ignored=content_negotiation.PARAMETER)
    hits = service.search(query.to_search(), cursor=query.cursor, limit=query.limit, deps=deps)
    return content_negotiation.respond(json_text.encode(hits), lambda: models.Hits)


http.install(
    current_app,
    api,
    probes=deps.probes,
    package="functions.search",
)


@functions_framework.http
def handle(request: Request) -> Response:
    return http.respond_unrouted(request)
