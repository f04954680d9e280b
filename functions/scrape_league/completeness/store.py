"""The records of the collector about seasons, in Postgres, read for the completeness report."""

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
"""The flag of a match that promises a slice; a list that names a match promises its page."""

_PHASES_NOT_OVERDUE = (Phase.VOID, Phase.FINAL_WITHOUT_PLAY, Phase.POSTPONED, Phase.INTERRUPTED)


class PostgresCompletenessStore:
    """Implementation of `CompletenessStore`; shared by all threads."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def read_seasons(self, league_ids: Sequence[int] | None, *, now: datetime) -> list[Season]:
        """Return the report of every season of these leagues; of all leagues if None."""
        params: dict[str, Any] = {
            "source": SOURCE,
            "league_ids": None if league_ids is None else list(league_ids),
            "slices": [str(part) for part in SLICE_PATHS],
            "promises": [_PROMISES.get(part, "nothing") for part in SLICE_PATHS],
            "standings": list(STANDINGS.values()),
            "closed": [code for phase in _PHASES_NOT_OVERDUE for code in CODES[phase]],
            "now": now,
        }
        with self._database.connection() as connection:
            return completeness.build_report(
                fetch_all(connection, SeasonCount, _with_parts("seasons"), params),
                fetch_all(connection, SliceCount, _with_parts("slices"), params),
                _SQL.rows(connection, Gap, "gaps", **params),
            )


def _with_parts(query: str) -> str:
    return f"{_SQL.text('parts')}\n{_SQL.text(query)}"
