"""Leagues, their seasons, rounds and teams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from functions.query_stats.ports import JsonObject
from functions.query_stats.resource import Resource, list_season_rows
from functions.query_stats.stats_request import StatsRequest
from shared import lazy
from shared.domain.archives import open_data
from shared.domain.catalogue import leagues
from shared.errors import NotFound

if TYPE_CHECKING:
    from functions.query_stats import edge
    from functions.query_stats.models import leagues as leagues_models
    from functions.query_stats.models import teams as teams_models
else:
    edge = lazy.Module("functions.query_stats.edge")
    leagues_models = lazy.Module("functions.query_stats.models.leagues", warm=False)
    teams_models = lazy.Module("functions.query_stats.models.teams", warm=False)


def _leagues(request: StatsRequest) -> JsonObject:
    return {"items": [_with_slug(row) for row in request.rows("leagues")]}


def _sources(request: StatsRequest) -> JsonObject:
    """Every source with its terms; those of one that nobody has described are not known."""
    items = []
    for row in request.rows("sources"):
        licence = open_data.LICENCE_OF.get(row["source"])
        terms = {name: getattr(licence, name, "not known") for name in ("name", "home", "licence", "terms")}
        items.append({**terms, **row})
    return {"items": items}


def _league(request: StatsRequest) -> JsonObject:
    """The league, and its newest season that has matches."""
    stored = [row for row in request.rows("leagues") if row["league_id"] == request.league.id]
    if not stored:
        raise NotFound(f"league {request['league']} is not stored")
    return {**_with_slug(stored[0]), "season": request.season["year"], "season_id": request.season["season_id"]}


def _seasons(request: StatsRequest) -> JsonObject:
    return {"league": request["league"], "items": request.rows("seasons")}


def _standings(request: StatsRequest) -> JsonObject:
    return {**request.season_head, "items": request.rows("standings", kind=request["venue"] or "total")}


def _with_slug(row: dict[str, Any]) -> dict[str, Any]:
    """Add the name that paths use for the league."""
    return {"league": leagues.slug_of(row["league_id"]), **row}


RESOURCES = (
    Resource(
        name="leagues",
        path="/leagues",
        summary="All stored leagues",
        answer=_leagues,
        model=lambda: leagues_models.Leagues,
    ),
    Resource(
        name="sources",
        path="/sources",
        summary="The sources of what is stored, and their terms",
        answer=_sources,
        model=lambda: leagues_models.Sources,
    ),
    Resource(
        name="league",
        path="/leagues/<league>",
        summary="One league and its current season",
        answer=_league,
        model=lambda: leagues_models.LeagueDetail,
        is_table=False,
    ),
    Resource(
        name="seasons",
        path="/leagues/<league>/seasons",
        summary="The seasons of a league",
        answer=_seasons,
        model=lambda: leagues_models.Seasons,
    ),
    Resource(
        name="rounds",
        path="/leagues/<league>/rounds",
        summary="The rounds of a season and their progress",
        answer=list_season_rows("rounds"),
        query=lambda: edge.SeasonQuery,
        model=lambda: leagues_models.Rounds,
    ),
    Resource(
        name="standings",
        path="/leagues/<league>/standings",
        summary="The source's own tables of a season: all matches, or home or away matches",
        answer=_standings,
        query=lambda: edge.StandingsQuery,
        model=lambda: leagues_models.Standings,
    ),
    Resource(
        name="teams",
        path="/leagues/<league>/teams",
        summary="The teams of a season",
        answer=list_season_rows("teams"),
        query=lambda: edge.SeasonQuery,
        model=lambda: teams_models.Teams,
    ),
)
