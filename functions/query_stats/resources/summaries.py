"""Sums of a season's statistics, incidents and shots by team, player and referee."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from functions.query_stats.ports import JsonObject, Rows
from functions.query_stats.resource import Resource, list_season_rows
from functions.query_stats.results import END_OF_TIME
from functions.query_stats.stats_request import StatsRequest
from functions.query_stats.stored_match import StoredMatch, provenance
from shared import lazy
from shared.domain.football.game_state import BANDS, GameState, Goal, follow_score
from shared.domain.football.ruled_table import ruled_table

if TYPE_CHECKING:
    from functions.query_stats import edge
    from functions.query_stats.models import summaries as summaries_models
else:
    edge = lazy.Module("functions.query_stats.edge")
    summaries_models = lazy.Module("functions.query_stats.models.summaries", warm=False)


def _team_stats(request: StatsRequest) -> JsonObject:
    """Sums of every team, whose results and points equal those of the table."""
    table = ruled_table(request.matches, rules=request.rules, as_of=END_OF_TIME)
    ranked = {row.team_id: row for row in table}
    items = []
    for row in request.rows("league_team_stats"):
        place = ranked.get(row["team_id"])
        points, adjustment = (place.points, place.adjustment) if place else (row["points"], 0)
        items.append({**row, "points": points, "adjustment": adjustment})
    return {**request.season_head, "items": items}


def _game_state(request: StatsRequest) -> JsonObject:
    """Minutes ahead, level and behind over the finished matches whose stored goals add up to the score."""
    goals: dict[int, list[Goal]] = {}
    for row in request.rows("season_goals"):
        goals.setdefault(row["match_id"], []).append(Goal(minute=row["minute"], for_home=row["is_home"]))
    uncounted = set(request.uncounted)
    finished = [
        match for match in request.matches if match.status_type == "finished" and match.match_id not in uncounted
    ]
    counted = [match for match in finished if _adds_up(match, goals.get(match.match_id, []))]
    states: dict[int, GameState] = {}
    names: dict[int, str] = {}
    for match in counted:
        for team, name, is_home in (
            (match.home_id, match.home_name, True),
            (match.away_id, match.away_name, False),
        ):
            names[team] = name
            states.setdefault(team, GameState()).add(follow_score(goals.get(match.match_id, []), is_home=is_home))
    rows = [{"team_id": team, "team_name": names[team], **_state_to_json(state)} for team, state in states.items()]
    rows.sort(key=lambda row: (-row["minutes_ahead"], row["team_id"]))
    origin = provenance(counted)
    return {
        **request.season_head,
        "left_out": len(finished) - len(counted),
        "items": [{**row, **origin} for row in rows],
    }


def _adds_up(match: StoredMatch, goals: list[Goal]) -> bool:
    regular = [goal for goal in goals if goal.minute <= 90]
    home = sum(goal.for_home for goal in regular)
    return (match.home_goals, match.away_goals) == (home, len(regular) - home)


def _state_to_json(state: GameState) -> dict[str, Any]:
    fields = asdict(state)
    for name in ("scored", "conceded"):
        fields[name] = dict(zip(BANDS, fields[name], strict=True))
    return fields


def _expected_goals(request: StatsRequest) -> JsonObject:
    rows: Rows = request.rows("expected_goals")
    return {**request.season_head, "items": [{"rank": rank, **row} for rank, row in enumerate(rows, start=1)]}


RESOURCES = (
    Resource(
        name="league_team_stats",
        path="/leagues/<league>/team-stats",
        summary="Results and statistics of every team of a season: totals and means per match",
        answer=_team_stats,
        query=lambda: edge.SeasonQuery,
        model=lambda: summaries_models.TeamStatsOfSeason,
    ),
    Resource(
        name="league_player_stats",
        path="/leagues/<league>/player-stats",
        summary="Statistics of every player of a season: totals and per 90 minutes",
        answer=list_season_rows("league_player_stats"),
        query=lambda: edge.PlayersQuery,
        model=lambda: summaries_models.PlayerStatsOfSeason,
    ),
    Resource(
        name="expected_goals",
        path="/leagues/<league>/xg",
        summary="The table of expected goals, over matches that have a shot map",
        answer=_expected_goals,
        query=lambda: edge.SeasonQuery,
        model=lambda: summaries_models.ExpectedGoals,
    ),
    Resource(
        name="game_state",
        path="/leagues/<league>/game-state",
        summary="Minutes each team was ahead, level or behind, and goals by minute",
        answer=_game_state,
        query=lambda: edge.SeasonQuery,
        model=lambda: summaries_models.GameStates,
    ),
    Resource(
        name="discipline",
        path="/leagues/<league>/discipline",
        summary="Cards by team",
        answer=list_season_rows("discipline"),
        query=lambda: edge.SeasonQuery,
        model=lambda: summaries_models.Discipline,
    ),
    Resource(
        name="referees",
        path="/leagues/<league>/referees",
        summary="Matches, cards and penalties by referee",
        answer=list_season_rows("referees"),
        query=lambda: edge.SeasonQuery,
        model=lambda: summaries_models.Referees,
    ),
)
