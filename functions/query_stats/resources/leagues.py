"""Leagues, their seasons, rounds and teams."""

from __future__ import annotations

from typing import Any

from functions.query_stats.resource import Resource, of_season
from functions.query_stats.stats_request import Asked, Content
from shared.domain.catalogue import leagues
from shared.errors import NotFound


def _leagues(asked: Asked) -> Content:
    return {"items": [_named(row) for row in asked.rows("leagues")]}


def _league(asked: Asked) -> Content:
    """The league itself, with its season of now."""
    known = [row for row in asked.rows("leagues") if row["league_id"] == asked.league.id]
    if not known:
        raise NotFound(f"nothing is stored about league {asked['league']}")
    return {**_named(known[0]), "season": asked.season["year"], "season_id": asked.season["season_id"]}


def _seasons(asked: Asked) -> Content:
    return {"league": asked["league"], "items": asked.rows("seasons")}


def _standings(asked: Asked) -> Content:
    return {**asked.head, "items": asked.rows("standings", kind=asked["venue"] or "total")}


def _named(row: dict[str, Any]) -> dict[str, Any]:
    """A league with what other paths call it."""
    return {"league": leagues.slug_of(row["league_id"]), **row}


RESOURCES = (
    Resource(
        name="leagues",
        path="/leagues",
        text="Every league something is stored about",
        answer=_leagues,
        model="leagues.Leagues",
    ),
    Resource(
        name="league",
        path="/leagues/<league>",
        text="One league and its season of now",
        answer=_league,
        model="leagues.WholeLeague",
    ),
    Resource(
        name="seasons",
        path="/leagues/<league>/seasons",
        text="The seasons of a league",
        answer=_seasons,
        model="leagues.Seasons",
    ),
    Resource(
        name="rounds",
        path="/leagues/<league>/rounds",
        text="The rounds of a season, and how far each is",
        answer=of_season("rounds"),
        query="SeasonQuery",
        model="leagues.Rounds",
    ),
    Resource(
        name="standings",
        path="/leagues/<league>/standings",
        text="The source's own tables of a season, of all matches or those at one venue",
        answer=_standings,
        query="StandingsQuery",
        model="leagues.Standings",
    ),
    Resource(
        name="teams",
        path="/leagues/<league>/teams",
        text="The teams of a season",
        answer=of_season("teams"),
        query="SeasonQuery",
        model="teams.Teams",
    ),
)
