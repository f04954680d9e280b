"""Leaderboards of players."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from functions.query_stats.ports import JsonObject, Rows
from functions.query_stats.resource import Resource
from functions.query_stats.stats_request import StatsRequest
from shared import lazy
from shared.errors import InvalidInput

if TYPE_CHECKING:
    from functions.query_stats import edge
    from functions.query_stats.models import leaders as leaders_models
else:
    edge = lazy.Module("functions.query_stats.edge")
    leaders_models = lazy.Module("functions.query_stats.models.leaders", warm=False)


def _leaders(request: StatsRequest) -> JsonObject:
    """Players by one statistic (the source's name, or ``rating``), the best first; equal values share a rank."""
    if request["metric"] == "rating" and request["per_90"]:
        raise InvalidInput("the query is not valid", errors={"per_90": "must be false for the metric rating"})
    echoed = {name: request[name] for name in ("metric", "per_90", "min_minutes")}
    return {**request.season_head, **echoed, "items": _rank(request.rows("leaders"))}


def _rank(rows: Sequence[dict[str, Any]]) -> Rows:
    """Add ranks as in competitions (1, 2, 2, 4); values that are equal after rounding share one."""
    ranked: Rows = []
    for position, row in enumerate(rows, start=1):
        is_tied = bool(ranked) and ranked[-1]["value"] == round(row["value"], 3)
        rank = ranked[-1]["rank"] if is_tied else position
        ranked.append({"rank": rank, **row, "value": round(row["value"], 3), "total": round(row["total"], 3)})
    return ranked


RESOURCES = (
    Resource(
        name="leaders",
        path="/leagues/<league>/leaders",
        summary="Players by one statistic",
        answer=_leaders,
        query=lambda: edge.LeadersQuery,
        model=lambda: leaders_models.Leaders,
    ),
)
