"""One manager: who he is, whom he managed, with what results."""

from __future__ import annotations

from itertools import groupby
from operator import getitem
from typing import Any

from functions.query_stats.resource import Resource, about
from functions.query_stats.stats_request import Asked, Content, Rows
from functions.query_stats.stored_match import flat, provenance
from shared.domain.football.team_results import from_rows, record


def _manager(asked: Asked) -> Content:
    return asked.one("manager", f"manager {asked['manager_id']}")


def _stats(asked: Asked) -> Content:
    by = ("team_id",) if asked["by"] == "team" else ("league_id", "season_id")
    return {"manager_id": asked["manager_id"], "by": asked["by"], "items": _records(asked.rows("manager_results"), by)}


def _teams(asked: Asked) -> Content:
    return {"manager_id": asked["manager_id"], "items": _records(asked.rows("manager_results"), ("team_id",))}


def _records(results: Rows, by: tuple[str, ...]) -> Rows:
    """What results add up to by the values of some columns, the group with the newest match first."""

    def group(row: dict[str, Any]) -> tuple[int, ...]:
        return tuple(row[name] for name in by)

    made = []
    for _, found in groupby(sorted(results, key=group), key=group):
        rows = sorted(found, key=lambda row: (row["starts_at"], row["match_id"]))
        made.append(
            {
                **dict.fromkeys(("team_id", "team_name", "league_id", "season_id")),
                **{name: rows[-1][name] for name in by},
                **({"team_name": rows[-1]["team_name"]} if "team_id" in by else {}),
                "first_match_at": rows[0]["starts_at"],
                "last_match_at": rows[-1]["starts_at"],
                **flat(record(from_rows(rows))),
                **provenance(rows, getitem),
            }
        )
    return sorted(made, key=lambda row: row["last_match_at"], reverse=True)


RESOURCES = (
    Resource(
        name="manager",
        path="/managers/<int:manager_id>",
        text="One manager",
        answer=_manager,
        model="managers.Manager",
    ),
    Resource(
        name="manager_stats",
        path="/managers/<int:manager_id>/stats",
        text="A manager's results by season or by team",
        answer=_stats,
        query="ManagerStatsQuery",
        model="managers.ManagerStats",
    ),
    Resource(
        name="manager_teams",
        path="/managers/<int:manager_id>/teams",
        text="The teams of a manager, the newest first",
        answer=_teams,
        model="managers.ManagerTeams",
    ),
    Resource(
        name="manager_matches",
        path="/managers/<int:manager_id>/matches",
        text="Every result under a manager, by kick-off",
        answer=about("manager_id", "manager_results"),
        model="managers.ManagerMatches",
    ),
)
