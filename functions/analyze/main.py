"""Fit a league's models when its results change, and answer forecasts."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import functions_framework
from flask import Blueprint, Request, Response, current_app

from functions.analyze import refit as fitting
from functions.analyze import service, view_service, wiring
from shared import lazy
from shared.events.football import LeagueUpdated
from shared.settings.loading import load_settings
from shared.web import http

if TYPE_CHECKING:
    from functions.analyze import edge
else:
    edge = lazy.Module("functions.analyze.edge")

api = Blueprint("analyze", __name__)
deps = wiring.build(load_settings(wiring.Settings, os.environ, need=wiring.NEED))


@api.post("/events/league-updated")
def league_updated() -> Response:
    return http.receive_event(lambda event: fitting.updated(LeagueUpdated.from_event(event), deps))


@api.post("/events/tick")
def tick() -> Response:
    return http.receive_event(lambda event: fitting.fit_marked(deps))


@api.get("/analyze/leagues")
def leagues() -> Response:
    return http.json_response(service.list_leagues(deps))


@api.get("/analyze/leagues/<league>/ratings")
def ratings(league: str) -> Response:
    asked = http.read_query(edge.RatingsQuery)
    return http.json_response(service.ratings(league, asked.kind, asked.as_of, deps))


@api.get("/analyze/leagues/<league>/ratings/history")
def rating_history(league: str) -> Response:
    asked = http.read_query(edge.HistoryQuery)
    return http.json_response(service.rating_history(league, asked.kind, asked.season, asked.as_of, deps))


@api.get("/analyze/leagues/<league>/forecasts")
def forecasts(league: str) -> Response:
    return http.json_response(edge.forecasts(league, http.read_query(edge.ForecastsQuery), deps))


@api.get("/analyze/leagues/<league>/pairing")
def pairing(league: str) -> Response:
    asked = http.read_query(edge.PairingQuery)
    return http.json_response(
        service.pairing(league, asked.home, asked.away, model=asked.model, as_of=asked.as_of, deps=deps)
    )


@api.get("/analyze/matches/<int:match_id>")
def match(match_id: int) -> Response:
    return http.json_response(service.match_forecast(match_id, deps))


def view(league: str, name: str) -> Response:
    return http.json_response(view_service.answer(league, name, http.read_query(edge.ViewQuery).as_of, deps))


for name in view_service.NAMES:
    api.add_url_rule(f"/analyze/leagues/<league>/{name}", name, view, defaults={"name": name})


@api.get("/analyze/leagues/<league>/similar-players")
def similar_players(league: str) -> Response:
    asked = http.read_query(edge.SimilarQuery)
    return http.json_response(
        view_service.similar_players(
            league, asked.player, k=asked.k, min_minutes=asked.min_minutes, as_of=asked.as_of, deps=deps
        )
    )


@api.get("/analyze/leagues/<league>/market")
def market(league: str) -> Response:
    return http.json_response(edge.market(league, http.read_query(edge.MarketQuery), deps))


http.install(
    current_app,
    api,
    probes=deps.probes,
    package="functions.analyze",
)


@functions_framework.http
def handle(request: Request) -> Response:
    return http.respond_unrouted(request)
