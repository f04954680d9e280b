"""Leagues, their seasons and who plays in them."""

from __future__ import annotations

from typing import Any

from functions.query_stats.asked import Asked, Content
from functions.query_stats.resource import Resource, of_season
from shared.domain import leagues
from shared.errors import NotFound


def _leagues(asked: Asked) -> Content:
    return {"items": [_named(row) for row in asked.rows("leagues")]}


def _seasons(asked: Asked) -> Content:
    return {"league": asked["league"], "items": asked.rows("seasons")}


def _named(row: dict[str, Any]) -> dict[str, Any]:
    """A league with what other paths call it."""
    try:
        slug = leagues.by_id(row["league_id"]).slug
    except NotFound:
        slug = str(row["league_id"])
    return {"league": slug, **row}


RESOURCES = (
    Resource(
        name="leagues",
        path="/leagues",
        text="Every league something is stored about",
        answer=_leagues,
        model="leagues.Leagues",
    ),
    Resource(
        name="seasons",
        path="/leagues/<league>/seasons",
        text="The seasons of a league",
        answer=_seasons,
        model="leagues.Seasons",
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
