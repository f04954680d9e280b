"""Answer queries for statistics of leagues, matches, teams, players and managers."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import Any

import functions_framework
from flask import Blueprint, Request, Response, current_app

from functions.query_stats import catalogue, service, wiring
from functions.query_stats.resource import Resource
from shared.events.football import LeagueUpdated
from shared.settings.loading import load_settings
from shared.web import content_negotiation, http

api = Blueprint("query_stats", __name__)
deps = wiring.build(load_settings(wiring.Settings, os.environ, need=wiring.NEED))


@api.post("/events/league-updated")
def league_updated() -> Response:
    return http.receive_event(lambda event: service.invalidate(LeagueUpdated.from_event(event), deps))


def _view(resource: Resource) -> Callable[..., Response]:
    def view(**path: Any) -> Response:
        query = http.read_query(resource.query(), ignored=content_negotiation.PARAMETER)
        response = service.get_response(resource, {**path, **query.model_dump()}, deps)
        return content_negotiation.respond(
            response.body, resource.model, remember=partial(deps.responses.encoded, response)
        )

    return view


for each in catalogue.RESOURCES:
    api.add_url_rule(f"/stats{each.path}", each.name, _view(each), methods=["GET"])

http.install(
    current_app,
    api,
    probes=deps.probes,
    package="functions.query_stats",
)


@functions_framework.http
def handle(request: Request) -> Response:
    return http.respond_unrouted(request)
