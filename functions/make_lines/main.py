"""Make betting lines of coming matches from our forecasts, close them in time, and record results."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import functions_framework
from flask import Blueprint, Request, Response, current_app

from functions.make_lines import wiring
from shared import lazy
from shared.events.football import LeagueUpdated
from shared.settings.loading import load_settings
from shared.web import http

if TYPE_CHECKING:
    from functions.make_lines import service
else:
    service = lazy.Module("functions.make_lines.service")

api = Blueprint("make_lines", __name__)
settings = load_settings(wiring.Settings, os.environ, need=wiring.NEED)
deps = wiring.build(settings)


@api.post("/events/league-updated")
def league_updated() -> Response:
    return http.receive_event(lambda event: service.update_league(LeagueUpdated.from_event(event), deps))


@api.post("/events/tick")
def tick() -> Response:
    return http.receive_event(lambda event: service.run_task(event, deps))


http.install(current_app, api, probes=deps.probes, package="functions.make_lines")


@functions_framework.http
def handle(request: Request) -> Response:
    return http.respond_unrouted(request)
