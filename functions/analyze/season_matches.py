"""One season's events and shots from ClickHouse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from functions.analyze.expected_points import Shots
    from functions.analyze.season_course import SeasonEvent
    from shared.adapters.clickhouse import ClickHouse

_EVENTS = """
SELECT match_id, season_id, tournament_id, round, round_name, starts_at, status_code,
       home_id, away_id, home_name, away_name, home_goals, away_goals, home_goals_display, away_goals_display
FROM current_matches WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64}
"""

_SHOTS = """
SELECT match_id, groupArrayIf(assumeNotNull(xg), is_home) AS home, groupArrayIf(assumeNotNull(xg), NOT is_home) AS away
FROM current_shots WHERE league_id = {league_id:Int64} AND season_id = {season_id:Int64}
GROUP BY match_id HAVING countIf(xg IS NULL) = 0
"""


class ClickHouseSeasons:
    """Reads what ingest-batch stored."""

    def __init__(self, warehouse: ClickHouse) -> None:
        self._warehouse = warehouse

    def events(self, league_id: int, season_id: int) -> Sequence[SeasonEvent]:
        """Every event of the season, whatever became of it."""
        from functions.analyze.season_course import SeasonEvent

        return [SeasonEvent(**row) for row in self._rows(_EVENTS, league_id, season_id)]

    def shots(self, league_id: int, season_id: int) -> Shots:
        """Expected goals of every shot, of the matches all of whose shots have them."""
        return {row["match_id"]: (row["home"], row["away"]) for row in self._rows(_SHOTS, league_id, season_id)}

    def _rows(self, query: str, league_id: int, season_id: int) -> list[dict[str, Any]]:
        return list(self._warehouse.query(query, {"league_id": league_id, "season_id": season_id}))
