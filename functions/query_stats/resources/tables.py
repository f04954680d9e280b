"""Tables of a season: the league table at any moment, its history by round, form and streaks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from functions.query_stats.ports import JsonObject, Rows
from functions.query_stats.resource import Resource
from functions.query_stats.stats_request import StatsRequest
from functions.query_stats.stored_match import StoredMatch, as_dict, provenance, with_score_of_half
from shared import lazy
from shared.domain.catalogue.competition_rules import Ruling
from shared.domain.football.ruled_table import ruled_table
from shared.domain.football.table import league_table
from shared.domain.football.team_results import TeamResult, by_team, streaks, sum_up, team_results

if TYPE_CHECKING:
    from functions.query_stats import edge
    from functions.query_stats.models import tables as tables_models
else:
    edge = lazy.Module("functions.query_stats.edge")
    tables_models = lazy.Module("functions.query_stats.models.tables", warm=False)


END_OF_TIME = datetime.max.replace(tzinfo=UTC)
"""As of this moment every result counts."""


def _table(request: StatsRequest) -> JsonObject:
    rules, half, venue, as_of = request.rules, request["half"], request["venue"], _as_of(request)
    if half:
        matches = [with_score_of_half(match, int(half)) for match in request.matches]
        rows = league_table(matches, as_of=as_of, tie_break=rules.tie_break, venue=venue)
    else:
        rows = ruled_table(request.matches, rules=rules, as_of=as_of, venue=venue)
    return {
        "league": request["league"],
        "name": request.season["league_name"],
        "season": request.season["year"],
        "as_of": request["as_of"],
        "venue": venue or "all",
        "half": int(half) if half else None,
        "tie_break": list(rules.tie_break),
        "rulings": [] if half or venue else [_ruling_to_json(ruling) for ruling in rules.rulings],
        "rows": _with_provenance([as_dict(row) for row in rows], request.matches),
    }


def _ruling_to_json(ruling: Ruling) -> dict[str, Any]:
    return {
        "team_id": ruling.team_id,
        "points": ruling.points,
        "placed_last": ruling.placed_last,
        "applies_from": ruling.applies_from,
        "reason": ruling.reason,
    }


def _graph(request: StatsRequest) -> JsonObject:
    """Points, goal difference and rank of each team after each round; a postponed match counts to its own round."""
    results = [result for result in team_results(request.matches, as_of=_as_of(request)) if result.round is not None]
    rounds = sorted({result.round or 0 for result in results})
    sums = {team: _sums_by_round(played, rounds) for team, played in by_team(results).items()}
    names = {result.team_id: result.team_name for result in results}
    rows: Rows = []
    for n, number in enumerate(rounds):
        ranking = sorted(sums, key=lambda team: (sums[team][n][:3], -team), reverse=True)
        rows += [_graph_row(number, rank, team, names[team], sums[team][n]) for rank, team in enumerate(ranking, 1)]
    return {**request.season_head, "items": _with_provenance(rows, request.matches)}


def _sums_by_round(results: list[TeamResult], rounds: list[int]) -> list[tuple[int, int, int, int]]:
    """Points, goal difference, goals and matches of a team after each round."""
    played: list[TeamResult] = []
    sums = []
    for number in rounds:
        played += [result for result in results if result.round == number]
        total = sum_up(played)
        sums.append((total.points, total.goal_difference, total.goals_for, total.matches))
    return sums


def _graph_row(number: int, rank: int, team: int, name: str, sums: tuple[int, int, int, int]) -> dict[str, Any]:
    points, difference, goals, matches = sums
    return {
        "round": number, "rank": rank, "team_id": team, "team_name": name, "matches": matches, "points": points,
        "goal_difference": difference, "goals_for": goals,
    }  # fmt: skip


def _form(request: StatsRequest) -> JsonObject:
    """Each team's last results, the best form first."""
    n = request["n"]
    venues = {"": (True, False), "home": (True,), "away": (False,)}[request["venue"]]
    results = [each for each in team_results(request.matches, as_of=_as_of(request)) if each.is_home in venues]
    rows = [
        {"team_id": team, "team_name": played[-1].team_name, **as_dict(sum_up(played[-n:], n_form=n))}
        for team, played in by_team(results).items()
    ]
    rows.sort(key=lambda row: (-row["points"], -row["goal_difference"], -row["goals_for"], row["team_id"]))
    return {**request.season_head, "n": n, "items": _with_provenance(rows, request.matches)}


def _streaks(request: StatsRequest) -> JsonObject:
    """The streaks of all teams, the longest of each kind first."""
    rows = [
        {"team_id": team, "team_name": played[-1].team_name, **as_dict(streak)}
        for team, played in by_team(team_results(request.matches, as_of=_as_of(request))).items()
        for streak in streaks(played)
    ]
    rows.sort(key=lambda row: (row["kind"], -row["length"], row["team_id"], row["first_at"]))
    return {**request.season_head, "items": _with_provenance(rows, request.matches)}


def _as_of(request: StatsRequest) -> datetime:
    as_of: datetime | None = request["as_of"]
    return as_of or END_OF_TIME


def _with_provenance(rows: Rows, matches: list[StoredMatch]) -> Rows:
    """Add the provenance of all matches to every row: each row depends on all of them."""
    season = provenance(matches)
    return [{**row, **season} for row in rows]


RESOURCES = (
    Resource(
        name="table",
        path="/leagues/<league>/table",
        summary="The league table at a moment, over all matches, one venue or one half",
        answer=_table,
        query=lambda: edge.TableQuery,
        model=lambda: tables_models.Table,
    ),
    Resource(
        name="table_graph",
        path="/leagues/<league>/table/graph",
        summary="Points and rank of each team after each round",
        answer=_graph,
        query=lambda: edge.SeasonAsOfQuery,
        model=lambda: tables_models.Graph,
    ),
    Resource(
        name="league_form",
        path="/leagues/<league>/form",
        summary="The last results of each team",
        answer=_form,
        query=lambda: edge.FormQuery,
        model=lambda: tables_models.Form,
    ),
    Resource(
        name="league_streaks",
        path="/leagues/<league>/streaks",
        summary="The longest and the current streaks of each team",
        answer=_streaks,
        query=lambda: edge.SeasonAsOfQuery,
        model=lambda: tables_models.Streaks,
    ),
)
