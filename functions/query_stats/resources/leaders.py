"""Leaderboards of players."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from functions.query_stats.resource import Resource
from functions.query_stats.stats_request import Asked, Content, Rows
from shared.errors import InvalidInput


def _leaders(asked: Asked) -> Content:
    """Players by one statistic (the source's name, or ``rating``), best first; equal values share a rank."""
    if asked["metric"] == "rating" and asked["per_90"]:
        raise InvalidInput("the query does not fit", errors={"per_90": "a rating has no per-90 form"})
    told = {name: asked[name] for name in ("metric", "per_90", "min_minutes")}
    return {**asked.head, **told, "items": _ranked(asked.rows("leaders"))}


def _ranked(rows: Sequence[dict[str, Any]]) -> Rows:
    """Competition ranking: 1, 2, 2, 4. Values that look equal in the answer are equal."""
    ranked: Rows = []
    for place, row in enumerate(rows, start=1):
        tied = bool(ranked) and ranked[-1]["value"] == round(row["value"], 3)
        rank = ranked[-1]["rank"] if tied else place
        ranked.append({"rank": rank, **row, "value": round(row["value"], 3), "total": round(row["total"], 3)})
    return ranked


RESOURCES = (
    Resource(
        name="leaders",
        path="/leagues/<league>/leaders",
        text="Players by one statistic",
        answer=_leaders,
        query="LeadersQuery",
        model="leaders.Leaders",
    ),
)
