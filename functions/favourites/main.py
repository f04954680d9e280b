"""Store the favourites of users: leagues, teams, players and managers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import functions_framework
from flask import Blueprint, Request, Response, current_app

from functions.favourites import service, wiring
from shared import lazy
from shared.settings.loading import load_settings
from shared.web import http

if TYPE_CHECKING:
    from functions.favourites import edge
else:
    edge = lazy.Module("functions.favourites.edge")

api = Blueprint("favourites", __name__)
settings = load_settings(wiring.Settings, os.environ, need=wiring.NEED)
deps = wiring.build(settings)
FAVOURITE = "/favourites/<any(league, team, player, manager):kind>/<int:id>"


@api.get("/favourites")
def list_favourites() -> Response:
    return edge.list_favourites("", deps)


@api.get("/favourites/<any(league, team, player, manager):kind>")
def list_favourites_of_kind(kind: str) -> Response:
    return edge.list_favourites(kind, deps)


@api.put(FAVOURITE)
def add(kind: str, id: int) -> Response:
    return edge.add(kind, id, deps)


@api.delete(FAVOURITE)
def remove(kind: str, id: int) -> Response:
    return edge.remove(kind, id, deps)


@api.get("/favourites/export")
def export() -> Response:
    return edge.export(deps)


@api.post("/events/user-deleted")
def erase() -> Response:
    return http.receive_event(lambda event: service.erase(event, deps))


http.install(
    current_app,
    api,
    probes=deps.probes,
    edge=settings.edge,
    package="functions.favourites",
)


@functions_framework.http
def handle(request: Request) -> Response:
    return http.respond_unrouted(request)
