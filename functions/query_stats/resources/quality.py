"""How much is stored of a league, how well it agrees with itself, and what was corrected."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

from functions.query_stats.resource import Resource
from functions.query_stats.season_table import EVERYTHING, rules
from functions.query_stats.stats_request import Asked, Content
from functions.query_stats.stored_match import flat
from shared.domain.football.standings_check import disagreements

_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
_COLLECTION = "/scrape/completeness"
"""Where operators see what collection still lacks, and why."""


def _completeness(asked: Asked) -> Content:
    return {"league": asked["league"], "collection": _COLLECTION, "items": asked.rows("completeness")}


def _quality(asked: Asked) -> Content:
    """Broken rules, and where the source's tables differ from those that results and known rulings add up to."""
    decided_by = rules(asked.league.id, asked.season["starts_in"])
    told = [SimpleNamespace(**row) for row in asked.rows("standings", kind="")]
    differing = disagreements(asked.matches, told, rules=decided_by, as_of=EVERYTHING)
    return {**asked.head, "standings": [flat(each) for each in differing], "items": asked.rows("quality")}


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
        text="Rules that stored matches of a season break, and where the source's tables differ from results",
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
