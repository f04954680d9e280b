"""How much is stored of a league, how well it agrees with itself, and what was corrected."""

from __future__ import annotations

from datetime import UTC, datetime

from functions.query_stats.asked import Asked, Content
from functions.query_stats.resource import Resource
from functions.query_stats.season_table import rules, season_table

_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
_COLLECTION = "/scrape/completeness"
"""Where operators see what collection still lacks, and why."""
_COMPARED = ("matches", "wins", "draws", "losses", "goals_for", "goals_against", "points")


def _completeness(asked: Asked) -> Content:
    return {"league": asked["league"], "collection": _COLLECTION, "items": asked.rows("completeness")}


def _quality(asked: Asked) -> Content:
    """Broken rules, and the teams whose row of the source's table differs from the one that results add up to."""
    decided_by = rules(asked.league.id, asked.season["starts_in"])
    ours = {row.team_id: row for row in season_table(asked.matches, decided_by)}
    differing = [
        {"team_id": row["team_id"], "team_name": row["team_name"], "field": field, "source": row[field], "ours": our}
        for row in asked.rows("standings")
        if row["kind"] == "total" and row["team_id"] in ours
        for field in _COMPARED
        if (our := getattr(ours[row["team_id"]], field)) != row[field]
    ]
    return {**asked.head, "standings": differing, "items": asked.rows("quality")}


def _corrections(asked: Asked) -> Content:
    return {**asked.head, "items": asked.rows("corrections", since=asked["since"] or _EARLIEST)}


RESOURCES = (
    Resource(
        name="completeness",
        path="/leagues/<league>/completeness",
        text="By season, how many matches there are and of how many each part is stored",
        answer=_completeness,
        model="quality.Completeness",
    ),
    Resource(
        name="quality",
        path="/leagues/<league>/quality",
        text="Rules that stored matches of a season break, and where the source's table differs from results",
        answer=_quality,
        query="SeasonQuery",
        model="quality.Quality",
    ),
    Resource(
        name="corrections",
        path="/leagues/<league>/corrections",
        text="Matches of a season that the source changed after they were over, the newest change first",
        answer=_corrections,
        query="CorrectionsQuery",
        model="quality.Corrections",
    ),
)
