"""Draw pictures of matches, leagues and players."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import functions_framework
from flask import Blueprint, Request, Response, current_app

from functions.plot import service, wiring
from shared import lazy
from shared.settings.loading import load_settings
from shared.web import http

if TYPE_CHECKING:
    from functions.plot import edge
else:
    edge = lazy.Module("functions.plot.edge")

api = Blueprint("plot", __name__)
deps = wiring.build(load_settings(wiring.Settings, os.environ, need=wiring.NEED))


@api.get("/plots/matches/<int:match_id>/shots")
def shot_map(match_id: int) -> Response:
    query = http.read_query(edge.PictureQuery)
    return edge.respond(service.shot_map(match_id, deps), query, deps)


@api.get("/plots/matches/<int:match_id>/xg-race")
def xg_race(match_id: int) -> Response:
    query = http.read_query(edge.PictureQuery)
    return edge.respond(service.xg_race(match_id, deps), query, deps)


@api.get("/plots/matches/<int:match_id>/score-matrix")
def score_matrix(match_id: int) -> Response:
    query = http.read_query(edge.PictureQuery)
    return edge.respond(service.score_matrix(match_id, deps), query, deps)


@api.get("/plots/leagues/<league>/positions")
def positions(league: str) -> Response:
    query = http.read_query(edge.SeasonQuery)
    return edge.respond(service.positions(league, query.season, deps), query, deps)


@api.get("/plots/leagues/<league>/ranks")
def ranks(league: str) -> Response:
    query = http.read_query(edge.PictureQuery)
    return edge.respond(service.ranks(league, deps), query, deps)


@api.get("/plots/leagues/<league>/ratings")
def rating_lines(league: str) -> Response:
    query = http.read_query(edge.RatingsQuery)
    return edge.respond(service.rating_lines(league, query.season, query.kind, deps), query, deps)


@api.get("/plots/leagues/<league>/form")
def form(league: str) -> Response:
    query = http.read_query(edge.FormQuery)
    return edge.respond(service.form(league, query.season, query.n, deps), query, deps)


@api.get("/plots/players/<int:player_id>/radar")
def player_radar(player_id: int) -> Response:
    query = http.read_query(edge.RadarQuery)
    return edge.respond(service.player_radar(player_id, query.season, query.min_minutes, deps), query, deps)


http.install(
    current_app,
    api,
    probes=deps.probes,
    package="functions.plot",
)


@functions_framework.http
def handle(request: Request) -> Response:
    return http.respond_unrouted(request)
