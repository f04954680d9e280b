"""One player: profile, statistics, matches, teams and shots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.query_stats.ports import JsonObject
from functions.query_stats.resource import Resource, date_span, list_rows_of
from functions.query_stats.stats_request import StatsRequest
from shared import lazy

if TYPE_CHECKING:
    from functions.query_stats import edge
    from functions.query_stats.models import players as players_models
else:
    edge = lazy.Module("functions.query_stats.edge")
    players_models = lazy.Module("functions.query_stats.models.players", warm=False)


def _player(request: StatsRequest) -> JsonObject:
    player = request.row("player", f"player {request['player_id']}")
    return {**player, "seasons": request.rows("player_seasons")}


def _stats(request: StatsRequest) -> JsonObject:
    """Sums by season, the one that began last first: ids of seasons have no order."""
    rows = request.rows("player_stats", **date_span(request))
    season_ids = [row["season"] for row in rows if row["season"] is not None]
    starts = {row["season_id"]: row["starts_in"] for row in request.rows("season_starts", season_ids=season_ids)}
    rows.sort(key=lambda row: starts.get(row["season"], 0), reverse=True)
    return {"player_id": request["player_id"], "items": rows}


def _matches(request: StatsRequest) -> JsonObject:
    rows, cursor = request.page("player_matches")
    return {"player_id": request["player_id"], "items": rows, "next": cursor}


RESOURCES = (
    Resource(
        name="player",
        path="/players/<int:player_id>",
        summary="One player and his statistics by season and team",
        answer=_player,
        model=lambda: players_models.PlayerDetail,
        is_table=False,
    ),
    Resource(
        name="player_stats",
        path="/players/<int:player_id>/stats",
        summary="Statistics of a player by season, or between two dates: totals, per match, per 90 minutes",
        answer=_stats,
        query=lambda: edge.SpanQuery,
        model=lambda: players_models.PlayerStats,
    ),
    Resource(
        name="player_matches",
        path="/players/<int:player_id>/matches",
        summary="The matches whose squad the player was in, by kick-off",
        answer=_matches,
        query=lambda: edge.PlayerMatchesQuery,
        model=lambda: players_models.PlayerMatches,
    ),
    Resource(
        name="player_teams",
        path="/players/<int:player_id>/teams",
        summary="The clubs of a player, the newest first",
        answer=list_rows_of("player_id", "player_teams"),
        model=lambda: players_models.PlayerTeams,
    ),
    Resource(
        name="player_shots",
        path="/players/<int:player_id>/shots",
        summary="Shots of a player, of all seasons or one",
        answer=list_rows_of("player_id", "player_shots"),
        query=lambda: edge.AnySeasonQuery,
        model=lambda: players_models.PlayerShots,
    ),
)
