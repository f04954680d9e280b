"""Tables of a season: the league table at any moment, its history by round, form and streaks."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from functions.query_stats.ports import JsonObject, Rows
from functions.query_stats.resource import Resource
from functions.query_stats.results import END_OF_TIME
from functions.query_stats.stats_request import StatsRequest, cautions_of
from functions.query_stats.stored_match import StoredMatch, as_dict, provenance, with_score_of_half
from shared import lazy
from shared.domain.catalogue.competition_rules import Ruling
from shared.domain.football.ruled_table import ruled_table, tables_by_round
from shared.domain.football.season_tables import Group, group_matches
from shared.domain.football.table import TableRow, league_table
from shared.domain.football.team_results import by_team, streaks, sum_up, team_results

if TYPE_CHECKING:
    from functions.query_stats import edge
    from functions.query_stats.models import tables as tables_models
else:
    edge = lazy.Module("functions.query_stats.edge")
    tables_models = lazy.Module("functions.query_stats.models.tables", warm=False)


_SEVERAL_TABLES = (
    "The season has several tables, one for each group; no points are carried from one to another, as no rule is known "
    "that says so."
)


def _table(request: StatsRequest) -> JsonObject:
    rules, half, venue = request.rules, request["half"], request["venue"]
    groups = group_matches(request.matches, rules)
    return {
        "league": request["league"],
        "name": request.season["league_name"],
        "season": request.season["year"],
        "as_of": request["as_of"],
        "venue": venue or "all",
        "half": int(half) if half else None,
        "tie_break": list(rules.tie_break),
        "rules_reviewed": rules.reviewed,
        "rules_source": rules.source,
        "cautions": [*cautions_of(rules), *([_SEVERAL_TABLES] if len(groups) > 1 else [])],
        "rulings": [] if half or venue else [_ruling_to_json(ruling) for ruling in rules.rulings],
        "rows": _with_provenance([row for group in groups for row in _rows(group, request)], request.matches),
    }


def _rows(group: Group[StoredMatch], request: StatsRequest) -> Rows:
    """Return the rows of one table of the season."""
    rules, half, venue, as_of = request.rules, request["half"], request["venue"], _as_of(request)
    if half:
        matches = [with_score_of_half(match, int(half)) for match in group.matches]
        rows = league_table(matches, as_of=as_of, tie_break=rules.tie_break, venue=venue)
    else:
        rows = ruled_table(group.matches, rules=rules, as_of=as_of, venue=venue)
    return [{"group": group.name, **as_dict(row)} for row in rows]


def _ruling_to_json(ruling: Ruling) -> dict[str, Any]:
    return {
        "team_id": ruling.team_id,
        "points": ruling.points,
        "placed_last": ruling.placed_last,
        "applies_from": ruling.applies_from,
        "reason": ruling.reason,
    }


def _graph(request: StatsRequest) -> JsonObject:
    """The table after each round; the last one is the table itself."""
    rows = [row for group in group_matches(request.matches, request.rules) for row in _graph_rows(group, request)]
    return {**request.season_head, "items": _with_provenance(rows, request.matches)}


def _graph_rows(group: Group[StoredMatch], request: StatsRequest) -> Rows:
    rules, as_of = request.rules, _as_of(request)
    tables = dict(tables_by_round(group.matches, rules=rules, as_of=as_of))
    if tables:
        tables[max(tables)] = ruled_table(group.matches, rules=rules, as_of=as_of)
    return [_graph_row(group.name, number, row) for number, table in tables.items() for row in table]


def _graph_row(group: str, number: int, row: TableRow) -> dict[str, Any]:
    return {
        "group": group, "round": number, "rank": row.rank, "team_id": row.team_id, "team_name": row.team_name,
        "matches": row.matches, "points": row.points, "goal_difference": row.goal_difference,
        "goals_for": row.goals_for,
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
