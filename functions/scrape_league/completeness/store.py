"""The collector's books in Postgres, read for the report of what was collected and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from functions.scrape_league.source.endpoints import SLICE_PATHS, SOURCE, STANDINGS, Slice
from shared.adapters.postgres.statements import Statements, fetch_all
from shared.domain.football import completeness
from shared.domain.football.completeness import Gap, Season, SeasonCount, SliceCount
from shared.domain.football.match_status import CODES, Phase

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Postgres

_SQL = Statements(Path(__file__).with_name("queries.sql"))

_PROMISES = {
    Slice.DETAIL: "always",
    Slice.STATISTICS: "statistics",
    Slice.LINEUPS: "statistics",
    Slice.INCIDENTS: "statistics",
    Slice.SHOTMAP: "xg",
}
"""Which flag of a match promises a part; a list that names a match promises its page."""

_CLOSED = (Phase.VOID, Phase.FINAL_WITHOUT_PLAY, Phase.POSTPONED, Phase.INTERRUPTED)


class PostgresCompletenessStore:
    """What is known of the seasons; shared by all threads."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def completeness(self, league_ids: Sequence[int] | None, *, now: datetime) -> list[Season]:
        """The report on every season of these leagues, of all when there are none."""
        named: dict[str, Any] = {
            "source": SOURCE,
            "league_ids": None if league_ids is None else list(league_ids),
            "slices": [str(part) for part in SLICE_PATHS],
            "promises": [_PROMISES.get(part, "nothing") for part in SLICE_PATHS],
            "standings": list(STANDINGS.values()),
            "closed": [code for phase in _CLOSED for code in CODES[phase]],
            "now": now,
        }
        with self._database.connection() as connection:
            return completeness.report(
                fetch_all(connection, SeasonCount, _of_parts("seasons"), named),
                fetch_all(connection, SliceCount, _of_parts("slices"), named),
                _SQL.rows(connection, Gap, "gaps", **named),
            )


def _of_parts(query: str) -> str:
    return f"{_SQL.text('parts')}\n{_SQL.text(query)}"
