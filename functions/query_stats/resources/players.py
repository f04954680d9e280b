"""One player: who he is, where he played, what he did."""

from __future__ import annotations

from functions.query_stats.resource import Resource, about, span
from functions.query_stats.stats_request import Asked, Content


def _player(asked: Asked) -> Content:
    found = asked.one("player", f"player {asked['player_id']}")
    return {**found, "seasons": asked.rows("player_seasons")}


def _stats(asked: Asked) -> Content:
    return {"player_id": asked["player_id"], "items": asked.rows("player_stats", **span(asked))}


def _matches(asked: Asked) -> Content:
    found, following = asked.page("player_matches")
    return {"player_id": asked["player_id"], "items": found, "next": following}


RESOURCES = (
    Resource(
        name="player",
        path="/players/<int:player_id>",
        text="One player and what he did by season and team",
        answer=_player,
        model="players.WholePlayer",
    ),
    Resource(
        name="player_stats",
        path="/players/<int:player_id>/stats",
        text="What a player did by season, or between two dates: totals, per match, per 90 minutes",
        answer=_stats,
        query="SpanQuery",
        model="players.PlayerStats",
    ),
    Resource(
        name="player_matches",
        path="/players/<int:player_id>/matches",
        text="The matches a player was in the squad of, by kick-off",
        answer=_matches,
        query="PlayerMatchesQuery",
        model="players.PlayerMatches",
    ),
    Resource(
        name="player_teams",
        path="/players/<int:player_id>/teams",
        text="The clubs of a player, the newest first",
        answer=about("player_id", "player_teams"),
        model="players.PlayerTeams",
    ),
    Resource(
        name="player_shots",
        path="/players/<int:player_id>/shots",
        text="Shots of a player, of all seasons or one",
        answer=about("player_id", "player_shots"),
        query="AnySeasonQuery",
        model="players.PlayerShots",
    ),
)
