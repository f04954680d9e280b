"""One team: profile, matches, statistics, standings and squad."""

from __future__ import annotations

from collections.abc import Mapping
from operator import getitem
from typing import TYPE_CHECKING

from functions.query_stats.ports import JsonObject, Rows
from functions.query_stats.resource import Resource, date_span, list_rows_of
from functions.query_stats.results import END_OF_TIME, repeated, result_rows, uncounted_in_season, uncounted_of_team
from functions.query_stats.stats_request import StatsRequest, rules_of
from functions.query_stats.stored_match import StoredMatch, as_dict, match_to_json, matches_to_json, provenance
from shared import lazy
from shared.domain.football.ruled_table import ruled_table
from shared.domain.football.season_tables import group_matches
from shared.domain.football.table import POINTS
from shared.domain.football.team_results import from_rows, splits, streaks, sum_up

if TYPE_CHECKING:
    from functions.query_stats import edge
    from functions.query_stats.models import matches as matches_models
    from functions.query_stats.models import teams as teams_models
else:
    edge = lazy.Module("functions.query_stats.edge")
    matches_models = lazy.Module("functions.query_stats.models.matches", warm=False)
    teams_models = lazy.Module("functions.query_stats.models.teams", warm=False)

_RULES_BY_GOALS = rules_of(0, 0)
"""Thirds of a table are decided by points and goals."""


def _team(request: StatsRequest) -> JsonObject:
    team = request.row("team", f"team {request['team_id']}")
    return {**team, "seasons": request.rows("team_seasons")}


def _matches(request: StatsRequest) -> JsonObject:
    rows, cursor = request.page("team_matches")
    return {"team_id": request["team_id"], "items": matches_to_json(rows), "next": cursor}


def _next_match(request: StatsRequest) -> JsonObject:
    row = request.row("next_match", f"a coming match of team {request['team_id']}")
    return match_to_json(StoredMatch.from_row(row))


def _stats(request: StatsRequest) -> JsonObject:
    """Sums by season, whose results and points equal the season's table, or over the days between two dates."""
    team_id, matches = request["team_id"], request.stored_matches("all_team_matches")
    rows = request.rows("team_stats", **date_span(request), uncounted=uncounted_of_team(matches))
    season_ids = [row["season"] for row in rows if row["season"] is not None]
    starts = {row["season_id"]: row["starts_in"] for row in request.rows("season_starts", season_ids=season_ids)}
    return {"team_id": team_id, "items": [_with_adjustment(request, row, team_id, starts) for row in rows]}


def _with_adjustment(request: StatsRequest, row: JsonObject, team_id: int, starts: Mapping[int, int]) -> JsonObject:
    """Add the points that rulings and splits give or take in a season."""
    if row["season"] not in starts:
        return {**row, "adjustment": 0}
    rules = rules_of(row["league"], starts[row["season"]])
    if (rules.split and any(rules.split.halved)) or rules.win_points != POINTS["W"]:
        table = ruled_table(request.season_matches(row["league"], row["season"]), rules=rules, as_of=END_OF_TIME)
        if place := next((each for each in table if each.team_id == team_id), None):
            return {**row, "points": place.points, "adjustment": place.adjustment}
    adjustment = sum(ruling.points for ruling in rules.rulings if ruling.team_id == team_id)
    return {**row, "points": row["points"] + adjustment, "adjustment": adjustment}


def _standings(request: StatsRequest) -> JsonObject:
    """The team's row in each table of its newest season, or of a season, in each league."""
    rows: Rows = []
    for season in request.rows("team_standing_seasons"):
        place = {"league_id": season["league_id"], "season_id": season["season_id"]}
        matches = request.season_matches(**place)
        rules = rules_of(season["league_id"], season["starts_in"])
        rows += [
            {**place, "group": group.name, **as_dict(row), "rules_reviewed": rules.reviewed, **provenance(matches)}
            for group in group_matches(matches, rules)
            for row in ruled_table(group.matches, rules=rules, as_of=END_OF_TIME)
            if row.team_id == request["team_id"]
        ]
    return {"team_id": request["team_id"], "items": rows}


def _streaks(request: StatsRequest) -> JsonObject:
    results = _results(request)
    origin = provenance(results, getitem)
    rows = [{**as_dict(streak), **origin} for streak in streaks(from_rows(results))]
    return {"team_id": request["team_id"], "items": rows}


def _splits(request: StatsRequest) -> JsonObject:
    """Results by venue, third of the opponents in the season's table, and month; by default of the newest season."""
    results = _results(request)
    if not results:
        return {"team_id": request["team_id"], "items": []}
    league_id, season_id = results[-1]["league_id"], results[-1]["season_id"]
    matches = request.season_matches(league_id, season_id)
    uncounted = set(uncounted_in_season(matches, _RULES_BY_GOALS))
    season = [row for row in results if row["season_id"] == season_id and row["match_id"] not in uncounted]
    table = ruled_table(matches, rules=_RULES_BY_GOALS, as_of=END_OF_TIME)
    ranks = {row.team_id: row.rank for row in table}
    rows = [
        {"split": split, "part": part, **as_dict(total), **provenance(season, getitem)}
        for split, part, total in splits(from_rows(season), ranks=ranks)
    ]
    return {"team_id": request["team_id"], "season_id": season_id, "items": rows}


def _head_to_head(request: StatsRequest) -> JsonObject:
    """All meetings, the newest last, and their sums from the first team's side."""
    rows = [row for row in _results(request, season="") if row["opponent_id"] == request["other_id"]]
    meetings = from_rows(rows)
    return {
        "team_id": request["team_id"],
        "other_id": request["other_id"],
        "record": as_dict(sum_up(meetings)),
        "at_home": as_dict(sum_up([result for result in meetings if result.is_home])),
        "away": as_dict(sum_up([result for result in meetings if not result.is_home])),
        "items": rows,
    }


def _managers(request: StatsRequest) -> JsonObject:
    matches = request.stored_matches("all_team_matches", season="")
    return {
        "team_id": request["team_id"],
        "items": request.rows("team_managers", uncounted=repeated(matches)),
    }


def _results(request: StatsRequest, **parameters: str) -> Rows:
    """The team's results in all competitions, each fixture once."""
    matches = request.stored_matches("all_team_matches", **parameters)
    return result_rows(matches, {match.match_id: request["team_id"] for match in matches})


RESOURCES = (
    Resource(
        name="team",
        path="/teams/<int:team_id>",
        summary="One team and its seasons",
        answer=_team,
        model=lambda: teams_models.TeamDetail,
        is_table=False,
    ),
    Resource(
        name="team_matches",
        path="/teams/<int:team_id>/matches",
        summary="Matches of a team by kick-off",
        answer=_matches,
        query=lambda: edge.TeamMatchesQuery,
        model=lambda: teams_models.TeamMatches,
    ),
    Resource(
        name="next_match",
        path="/teams/<int:team_id>/next-match",
        summary="The next match of a team",
        answer=_next_match,
        model=lambda: matches_models.Match,
        is_table=False,
    ),
    Resource(
        name="team_stats",
        path="/teams/<int:team_id>/stats",
        summary="Results and statistics of a team by season, or between two dates",
        answer=_stats,
        query=lambda: edge.SpanQuery,
        model=lambda: teams_models.TeamStats,
    ),
    Resource(
        name="team_standings",
        path="/teams/<int:team_id>/standings",
        summary="The team's row in the table of its newest season, or of one",
        answer=_standings,
        query=lambda: edge.SeasonQuery,
        model=lambda: teams_models.TeamStandings,
    ),
    Resource(
        name="team_squad",
        path="/teams/<int:team_id>/players",
        summary="The players in the team's squads of a season",
        answer=list_rows_of("team_id", "team_squad"),
        query=lambda: edge.SeasonQuery,
        model=lambda: teams_models.Squad,
    ),
    Resource(
        name="team_player_stats",
        path="/teams/<int:team_id>/player-stats",
        summary="Statistics of each player for the team in a season",
        answer=list_rows_of("team_id", "team_player_stats"),
        query=lambda: edge.SeasonQuery,
        model=lambda: teams_models.TeamPlayerStats,
    ),
    Resource(
        name="team_managers",
        path="/teams/<int:team_id>/managers",
        summary="The managers of the team, the newest first",
        answer=_managers,
        model=lambda: teams_models.TeamManagers,
    ),
    Resource(
        name="team_streaks",
        path="/teams/<int:team_id>/streaks",
        summary="The team's longest and current streaks, over all seasons or one",
        answer=_streaks,
        query=lambda: edge.AnySeasonQuery,
        model=lambda: teams_models.TeamStreaks,
    ),
    Resource(
        name="team_splits",
        path="/teams/<int:team_id>/splits",
        summary="The team's results of a season by venue, strength of the opponent and month",
        answer=_splits,
        query=lambda: edge.AnySeasonQuery,
        model=lambda: teams_models.TeamSplits,
    ),
    Resource(
        name="team_shots",
        path="/teams/<int:team_id>/shots",
        summary="Shots of a team in a season",
        answer=list_rows_of("team_id", "team_shots"),
        query=lambda: edge.SeasonQuery,
        model=lambda: teams_models.TeamShots,
    ),
    Resource(
        name="head_to_head",
        path="/teams/<int:team_id>/against/<int:other_id>",
        summary="All meetings of two teams",
        answer=_head_to_head,
        model=lambda: teams_models.HeadToHead,
    ),
)
