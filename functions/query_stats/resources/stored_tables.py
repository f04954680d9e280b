"""Tables too large for pages: the matches of all leagues, and the parts of all matches of a season."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from functions.query_stats.resource import FIRST_DAY, LAST_DAY, StoredTable
from functions.query_stats.stats_request import StatsRequest
from shared import lazy

if TYPE_CHECKING:
    from functions.query_stats import edge
    from functions.query_stats.models import matches as matches_models
    from functions.query_stats.models import stored_tables as models
else:
    edge = lazy.Module("functions.query_stats.edge")
    matches_models = lazy.Module("functions.query_stats.models.matches", warm=False)
    models = lazy.Module("functions.query_stats.models.stored_tables", warm=False)

PART_ROWS = 60_000
"""Rows that are read at a time, about, as long as no league has more."""


def _leagues_in_parts(request: StatsRequest) -> Iterator[dict[str, Any]]:
    """Yield ranges of leagues with some `PART_ROWS` matches each."""
    first_day, last_day = request["date_from"] or request["date"], request["date_to"] or request["date"]
    days = {"first_day": first_day or FIRST_DAY, "last_day": last_day or LAST_DAY}
    league_id = request.league.id if request["league"] else 0
    first, n_rows = None, 0
    last = 0
    for row in request.rows("match_counts", league_id=league_id):
        if first is not None and n_rows + row["n"] > PART_ROWS:
            yield {"first_league": first, "last_league": last, **days}
            first, n_rows = None, 0
        first = row["league_id"] if first is None else first
        last = row["league_id"]
        n_rows += row["n"]
    if first is not None:
        yield {"first_league": first, "last_league": last, **days}


def _season_table(name: str, path: str, summary: str, row: Any, query: Any = lambda: edge.SeasonQuery) -> StoredTable:
    return StoredTable(
        name=name, path=f"/leagues/<league>/{path}", summary=summary, sql=f"stored_{name}", row=row, query=query
    )


STORED_TABLES = (
    StoredTable(
        name="matches_of_all",
        path="/matches",
        summary="Matches of all leagues, or of one, between two dates or of all time",
        sql="all_matches",
        row=lambda: matches_models.Match,
        query=lambda: edge.AllMatchesQuery,
        parts=_leagues_in_parts,
    ),
    _season_table("shots", "shots", "All shots of a season", lambda: models.SeasonShot),
    _season_table("odds", "odds", "All prices of a season", lambda: models.SeasonPrice, lambda: edge.SeasonOddsQuery),
    _season_table("appearances", "lineups", "All squads of a season", lambda: models.SeasonAppearance),
    _season_table("incidents", "incidents", "All incidents of a season", lambda: models.SeasonIncident),
    _season_table("statistics", "statistics", "All statistics of a season", lambda: models.SeasonStatistic),
)
