"""Data quality of a league: completeness, broken rules and corrections."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING

from functions.query_stats.ports import JsonObject
from functions.query_stats.resource import Resource
from functions.query_stats.results import END_OF_TIME
from functions.query_stats.stats_request import StatsRequest
from functions.query_stats.stored_match import as_dict
from shared import lazy
from shared.domain.football.standings_check import find_disagreements

if TYPE_CHECKING:
    from functions.query_stats import edge
    from functions.query_stats.models import quality as quality_models
else:
    edge = lazy.Module("functions.query_stats.edge")
    quality_models = lazy.Module("functions.query_stats.models.quality", warm=False)

_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
_COLLECTION = "/scrape/completeness"
"""The path where operators see what is missing, and why."""


def _completeness(request: StatsRequest) -> JsonObject:
    return {"league": request["league"], "collection": _COLLECTION, "items": request.rows("completeness")}


def _quality(request: StatsRequest) -> JsonObject:
    """Broken rules, and the differences between the source's tables and ours."""
    standings = [SimpleNamespace(**row) for row in request.rows("standings", kind="")]
    differences = find_disagreements(request.matches, standings, rules=request.rules, as_of=END_OF_TIME)
    return {
        **request.season_head,
        "standings": [as_dict(difference) for difference in differences],
        "items": request.rows("quality"),
    }


def _corrections(request: StatsRequest) -> JsonObject:
    return {**request.season_head, "items": request.rows("corrections", since=request["since"] or _EARLIEST)}


RESOURCES = (
    Resource(
        name="completeness",
        path="/leagues/<league>/completeness",
        summary="Number of matches by season, and of how many each part is stored",
        answer=_completeness,
        model=lambda: quality_models.Completeness,
    ),
    Resource(
        name="quality",
        path="/leagues/<league>/quality",
        summary="Rules that matches of a season break, and differences between the source's tables and the results",
        answer=_quality,
        query=lambda: edge.SeasonQuery,
        model=lambda: quality_models.Quality,
    ),
    Resource(
        name="corrections",
        path="/leagues/<league>/corrections",
        summary="Matches of a season that the source changed after their end, the newest change first",
        answer=_corrections,
        query=lambda: edge.CorrectionsQuery,
        model=lambda: quality_models.Corrections,
    ),
)
