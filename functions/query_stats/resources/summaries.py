"""What a season's statistics, incidents and shots add up to, by team, player and referee."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from functions.query_stats.resource import Resource, of_season
from functions.query_stats.stats_request import Asked, Content, Rows
from functions.query_stats.stored_match import StoredMatch, provenance
from shared.domain.football.game_state import BANDS, GameState, Goal, course


def _game_state(asked: Asked) -> Content:
    """Over the finished matches whose goals add up to their score after 90 minutes; how many do not is told."""
    goals: dict[int, list[Goal]] = {}
    for row in asked.rows("season_goals"):
        goals.setdefault(row["match_id"], []).append(Goal(minute=row["minute"], for_home=row["is_home"]))
    final = [match for match in asked.matches if match.status_type == "finished"]
    counted = [match for match in final if _adds_up(match, goals.get(match.match_id, []))]
    states: dict[int, GameState] = {}
    names: dict[int, str] = {}
    for match in counted:
        for team, name, is_home in (
            (match.home_id, match.home_name, True),
            (match.away_id, match.away_name, False),
        ):
            names[team] = name
            states.setdefault(team, GameState()).add(course(goals.get(match.match_id, []), is_home=is_home))
    rows = [{"team_id": team, "team_name": names[team], **_told(state)} for team, state in states.items()]
    rows.sort(key=lambda row: (-row["minutes_ahead"], row["team_id"]))
    made_of = provenance(counted)
    return {**asked.head, "left_out": len(final) - len(counted), "items": [{**row, **made_of} for row in rows]}


def _adds_up(match: StoredMatch, goals: list[Goal]) -> bool:
    regular = [goal for goal in goals if goal.minute <= 90]
    home = sum(goal.for_home for goal in regular)
    return (match.home_goals, match.away_goals) == (home, len(regular) - home)


def _told(state: GameState) -> dict[str, Any]:
    told = asdict(state)
    for name in ("scored", "conceded"):
        told[name] = dict(zip(BANDS, told[name], strict=True))
    return told


def _ranked_by_chances(asked: Asked) -> Content:
    rows: Rows = asked.rows("expected_goals")
    return {**asked.head, "items": [{"rank": rank, **row} for rank, row in enumerate(rows, start=1)]}


RESOURCES = (
    Resource(
        name="league_team_stats",
        path="/leagues/<league>/team-stats",
        text="Results and statistics of every team of a season: totals and means of a match",
        answer=of_season("league_team_stats"),
        query="SeasonQuery",
        model="summaries.TeamStatsOfSeason",
    ),
    Resource(
        name="league_player_stats",
        path="/leagues/<league>/player-stats",
        text="Statistics of every player of a season: totals and per 90 minutes",
        answer=of_season("league_player_stats"),
        query="PlayersQuery",
        model="summaries.PlayerStatsOfSeason",
    ),
    Resource(
        name="expected_goals",
        path="/leagues/<league>/xg",
        text="The table of expected goals, over matches that have a shot map",
        answer=_ranked_by_chances,
        query="SeasonQuery",
        model="summaries.ExpectedGoals",
    ),
    Resource(
        name="game_state",
        path="/leagues/<league>/game-state",
        text="How long each team led, was level or behind, and when goals fell",
        answer=_game_state,
        query="SeasonQuery",
        model="summaries.GameStates",
    ),
    Resource(
        name="discipline",
        path="/leagues/<league>/discipline",
        text="Cards by team",
        answer=of_season("discipline"),
        query="SeasonQuery",
        model="summaries.Discipline",
    ),
    Resource(
        name="referees",
        path="/leagues/<league>/referees",
        text="Matches, cards and penalties by referee",
        answer=of_season("referees"),
        query="SeasonQuery",
        model="summaries.Referees",
    ),
)
