"""Draw what is stored about matches, leagues and players."""

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
    asked = http.read_query(edge.PictureQuery)
    return edge.answer(service.shot_map(match_id, deps), asked, deps)


@api.get("/plots/matches/<int:match_id>/xg-race")
def xg_race(match_id: int) -> Response:
    asked = http.read_query(edge.PictureQuery)
    return edge.answer(service.xg_race(match_id, deps), asked, deps)


@api.get("/plots/matches/<int:match_id>/score-matrix")
def score_matrix(match_id: int) -> Response:
    asked = http.read_query(edge.PictureQuery)
    return edge.answer(service.score_matrix(match_id, deps), asked, deps)


@api.get("/plots/leagues/<league>/positions")
def positions(league: str) -> Response:
    asked = http.read_query(edge.SeasonQuery)
    return edge.answer(service.positions(league, asked.season, deps), asked, deps)


@api.get("/plots/leagues/<league>/ranks")
def ranks(league: str) -> Response:
    asked = http.read_query(edge.PictureQuery)
    return edge.answer(service.ranks(league, deps), asked, deps)


@api.get("/plots/leagues/<league>/ratings")
def rating_lines(league: str) -> Response:
    asked = http.read_query(edge.RatingsQuery)
    return edge.answer(service.rating_lines(league, asked.season, asked.kind, deps), asked, deps)


@api.get("/plots/leagues/<league>/form")
def form(league: str) -> Response:
    asked = http.read_query(edge.FormQuery)
    return edge.answer(service.form(league, asked.season, asked.n, deps), asked, deps)


@api.get("/plots/players/<int:player_id>/radar")
def player_radar(player_id: int) -> Response:
    asked = http.read_query(edge.RadarQuery)
    return edge.answer(service.player_radar(player_id, asked.season, asked.min_minutes, deps), asked, deps)


http.install(
    current_app,
    api,
    probes=deps.probes,
    package="functions.plot",
)


@functions_framework.http
def handle(request: Request) -> Response:
    return http.respond_unrouted(request)
