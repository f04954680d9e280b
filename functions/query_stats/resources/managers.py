"""One manager: profile, teams, results and matches."""

from __future__ import annotations

from operator import getitem
from typing import TYPE_CHECKING, Any

from functions.query_stats.ports import JsonObject, Rows
from functions.query_stats.resource import Resource
from functions.query_stats.results import result_rows
from functions.query_stats.stats_request import StatsRequest
from functions.query_stats.stored_match import StoredMatch, as_dict, provenance
from shared import lazy
from shared.domain.football.team_results import from_rows, sum_up

if TYPE_CHECKING:
    from functions.query_stats import edge
    from functions.query_stats.models import managers as managers_models
else:
    edge = lazy.Module("functions.query_stats.edge")
    managers_models = lazy.Module("functions.query_stats.models.managers", warm=False)


def _manager(request: StatsRequest) -> JsonObject:
    return request.row("manager", f"manager {request['manager_id']}")


def _stats(request: StatsRequest) -> JsonObject:
    columns = ("team_id",) if request["by"] == "team" else ("league_id", "season_id")
    return {"manager_id": request["manager_id"], "by": request["by"], "items": _records(request, columns)}


def _teams(request: StatsRequest) -> JsonObject:
    return {"manager_id": request["manager_id"], "items": _records(request, ("team_id",))}


def _records(request: StatsRequest, columns: tuple[str, ...]) -> Rows:
    """Sum up the manager's results by the values of some columns; the group with the newest match comes first."""
    groups: dict[tuple[int, ...], Rows] = {}
    for row in _results(request):
        groups.setdefault(tuple(row[name] for name in columns), []).append(row)
    records = [_record(results, columns) for results in groups.values()]
    return sorted(records, key=lambda row: row["last_match_at"], reverse=True)


def _matches(request: StatsRequest) -> JsonObject:
    return {"manager_id": request["manager_id"], "items": _results(request)}


def _results(request: StatsRequest) -> Rows:
    """The results under the manager in all competitions, each fixture once."""
    rows = request.rows("manager_matches")
    matches = [StoredMatch.from_row(row) for row in rows]
    return result_rows(matches, {row["match_id"]: row["team_id"] for row in rows})


def _record(results: Rows, columns: tuple[str, ...]) -> dict[str, Any]:
    newest = results[-1]
    return {
        **dict.fromkeys(("team_id", "team_name", "league_id", "season_id")),
        **{name: newest[name] for name in columns},
        **({"team_name": newest["team_name"]} if "team_id" in columns else {}),
        "first_match_at": results[0]["starts_at"],
        "last_match_at": newest["starts_at"],
        **as_dict(sum_up(from_rows(results))),
        **provenance(results, getitem),
    }


RESOURCES = (
    Resource(
        name="manager",
        path="/managers/<int:manager_id>",
        summary="One manager",
        answer=_manager,
        model=lambda: managers_models.Manager,
        is_table=False,
    ),
    Resource(
        name="manager_stats",
        path="/managers/<int:manager_id>/stats",
        summary="A manager's results by season or by team",
        answer=_stats,
        query=lambda: edge.ManagerStatsQuery,
        model=lambda: managers_models.ManagerStats,
    ),
    Resource(
        name="manager_teams",
        path="/managers/<int:manager_id>/teams",
        summary="The teams of a manager, the newest first",
        answer=_teams,
        model=lambda: managers_models.ManagerTeams,
    ),
    Resource(
        name="manager_matches",
        path="/managers/<int:manager_id>/matches",
        summary="All results under a manager, by kick-off",
        answer=_matches,
        model=lambda: managers_models.ManagerMatches,
    ),
)
