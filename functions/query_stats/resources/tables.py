"""What a season's results add up to: the table at any moment."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

from functions.query_stats.asked import Asked, Content
from functions.query_stats.resource import Resource
from shared.domain.table import league_table

_EVERYTHING = datetime.max.replace(tzinfo=UTC)


def _table(asked: Asked) -> Content:
    league = asked.league
    rows = league_table(
        asked.matches, as_of=asked["as_of"] or _EVERYTHING, tie_break=league.tie_break, venue=asked["venue"]
    )
    return {
        "league": asked["league"],
        "name": _name(asked),
        "season": asked.season["year"],
        "as_of": asked["as_of"],
        "venue": asked["venue"] or "all",
        "tie_break": list(league.tie_break),
        "rows": [asdict(row) for row in rows],
    }


def _name(asked: Asked) -> str:
    """The league as the source names it: a simulated one says so."""
    names = {row["league_id"]: row["name"] for row in asked.rows("leagues")}
    return str(names.get(asked.league.id, ""))


RESOURCES = (
    Resource(
        name="table",
        path="/leagues/<league>/table",
        text="The league table at a moment",
        answer=_table,
        query="TableQuery",
        model="tables.Table",
    ),
)
