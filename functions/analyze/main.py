"""Fit a league's models when its results change, and answer ratings, forecasts and views."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import functions_framework
from flask import Blueprint, Request, Response, current_app

from functions.analyze import refit, service, view_service, wiring
from functions.analyze import score_matrices as matrices
from functions.analyze.views.names import VIEWS
from shared import lazy
from shared.events.football import LeagueUpdated
from shared.settings.loading import load_settings
from shared.web import content_negotiation, http, json_text

if TYPE_CHECKING:
    from functions.analyze import edge, openapi
else:
    edge = lazy.Module("functions.analyze.edge")
    openapi = lazy.Module("functions.analyze.openapi", warm=False)

api = Blueprint("analyze", __name__)
deps = wiring.build(load_settings(wiring.Settings, os.environ, need=wiring.NEED))


@api.post("/events/league-updated")
def league_updated() -> Response:
    return http.receive_event(lambda event: refit.mark_and_refit(LeagueUpdated.from_event(event), deps))


@api.post("/events/tick")
def tick() -> Response:
    return http.receive_event(lambda event: refit.run_task(event, deps))


@api.get("/analyze/leagues")
def leagues() -> Response:
    return http.cacheable_json(service.list_leagues(deps))


@api.get("/analyze/leagues/<league>/ratings")
def ratings(league: str) -> Response:
    query = http.read_query(edge.RatingsQuery)
    return http.cacheable_json(service.get_ratings(league, query.kind, query.as_of, deps))


@api.get("/analyze/leagues/<league>/ratings/history")
def rating_history(league: str) -> Response:
    query = http.read_query(edge.RatingHistoryQuery)
    return http.cacheable_json(service.get_rating_history(league, query.kind, query.season, query.as_of, deps))


@api.get("/analyze/leagues/<league>/forecasts")
def forecasts(league: str) -> Response:
    return http.cacheable_json(service.list_forecasts(league, **dict(http.read_query(edge.ForecastsQuery)), deps=deps))


@api.get("/analyze/forecasts")
def all_forecasts() -> Response:
    query = http.read_query(edge.SpanQuery, ignored=content_negotiation.PARAMETER)
    content = service.list_forecasts_between(**dict(query), deps=deps)
    return content_negotiation.respond(json_text.encode(content), lambda: openapi.ForecastSummaries)


@api.get("/analyze/leagues/<league>/score-matrices")
def score_matrices(league: str) -> Response:
    query = http.read_query(edge.ScoreMatricesQuery)
    return http.cacheable_json(matrices.list_score_matrices(league, **dict(query), deps=deps))


@api.get("/analyze/leagues/<league>/pairing")
def pairing(league: str) -> Response:
    query = http.read_query(edge.PairingQuery)
    return http.cacheable_json(
        service.forecast_pairing(league, query.home, query.away, model=query.model, as_of=query.as_of, deps=deps)
    )


@api.get("/analyze/matches/<int:match_id>")
def match(match_id: int) -> Response:
    return http.cacheable_json(service.get_match_forecast(match_id, deps))


def view(league: str, name: str) -> Response:
    return http.cacheable_json(view_service.get_view(league, name, http.read_query(edge.ViewQuery).as_of, deps))


for name in VIEWS:
    api.add_url_rule(f"/analyze/leagues/<league>/{name}", name, view, defaults={"name": name})


@api.get("/analyze/leagues/<league>/outlook/history")
def outlook_history(league: str) -> Response:
    http.read_query(edge.NoParameters, ignored=content_negotiation.PARAMETER)
    content = view_service.get_outlook_history(league, deps)
    return content_negotiation.respond(json_text.encode(content), lambda: openapi.OutlookHistory)


@api.get("/analyze/leagues/<league>/similar-players")
def similar_players(league: str) -> Response:
    query = http.read_query(edge.SimilarPlayersQuery)
    return http.cacheable_json(
        view_service.find_similar_players(
            league, query.player, k=query.k, min_minutes=query.min_minutes, as_of=query.as_of, deps=deps
        )
    )


@api.get("/analyze/leagues/<league>/market")
def market(league: str) -> Response:
    query = http.read_query(edge.MarketQuery)
    return http.cacheable_json(
        view_service.compare_with_odds(league, query.home, query.away, query.odds, as_of=query.as_of, deps=deps)
    )


http.install(
    current_app,
    api,
    probes=deps.probes,
    package="functions.analyze",
)


@functions_framework.http
def handle(request: Request) -> Response:
    return http.respond_unrouted(request)
