"""Answer questions about leagues, matches, teams and players."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import functions_framework
from flask import Blueprint, Request, Response, current_app

from functions.query_stats import service, wiring
from shared import http, lazy, paging, settings
from shared.events.football import LeagueUpdated

if TYPE_CHECKING:
    from functions.query_stats import edge
else:
    edge = lazy.Module("functions.query_stats.edge")

api = Blueprint("query_stats", __name__)
deps = wiring.build(settings.load(os.environ, need=wiring.NEED))


@api.post("/events/league-updated")
def league_updated() -> Response:
    return http.receive(lambda event: service.forget(LeagueUpdated.from_event(event), deps))


@api.get("/stats/leagues")
def leagues() -> Response:
    return http.cacheable(service.list_leagues(deps))


@api.get("/stats/leagues/<league>/seasons")
def seasons(league: str) -> Response:
    return http.cacheable(service.list_seasons(league, deps))


@api.get("/stats/leagues/<league>/table")
def table(league: str) -> Response:
    asked = http.query(edge.TableQuery)
    return http.cacheable(
        service.table(league, season=asked.season, as_of=asked.moment(), venue=asked.venue, deps=deps)
    )


@api.get("/stats/leagues/<league>/matches")
def matches(league: str) -> Response:
    asked = http.query(edge.MatchesQuery)
    page = service.matches(
        league,
        season=asked.season,
        wanted=service.MatchFilter(round=asked.round, team=asked.team, state=asked.state),
        after=paging.decode_moment(asked.cursor),
        limit=asked.limit,
        deps=deps,
    )
    return http.cacheable({**page, "next": paging.encode(page["next"])})


@api.get("/stats/leagues/<league>/teams")
def teams(league: str) -> Response:
    return http.cacheable(service.teams(league, season=http.query(edge.SeasonQuery).season, deps=deps))


@api.get("/stats/leagues/<league>/leaders")
def leaders(league: str) -> Response:
    asked = http.query(edge.LeadersQuery)
    return http.cacheable(service.leaders(league, **asked.model_dump(), deps=deps))


@api.get("/stats/matches/<int:match_id>")
def match(match_id: int) -> Response:
    return http.cacheable(service.match(match_id, deps))


@api.get("/stats/matches/<int:match_id>/<part>")
def match_part(match_id: int, part: str) -> Response:
    return http.cacheable(service.match_part(match_id, part, deps))


@api.get("/stats/teams/<int:team_id>")
def team(team_id: int) -> Response:
    return http.cacheable(service.team(team_id, deps))


@api.get("/stats/players/<int:player_id>")
def player(player_id: int) -> Response:
    return http.cacheable(service.player(player_id, deps))


http.install(
    current_app,
    api,
    probes=deps.probes,
    warm=(
        "functions.query_stats.edge",
        "clickhouse_connect",
        "redis",
    ),
    described="functions.query_stats",
)


@functions_framework.http
def handle(request: Request) -> Response:
    return http.no_route(request)
