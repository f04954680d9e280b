"""A league's matches from ClickHouse, one per fixture, as the models need them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shared.errors import NotFound

if TYPE_CHECKING:
    from functions.analyze.model import History
    from shared.adapters.clickhouse import ClickHouse

_SEASONS = """
SELECT season_id, any(year) AS year, any(starts_in) AS starts_in
FROM current_seasons WHERE league_id = {league_id:Int64} GROUP BY season_id
"""

_MATCHES = """
SELECT match_id, season_id, round, starts_at, status_code, home_id, away_id, home_name, away_name,
       home_goals, away_goals
FROM current_matches
WHERE league_id = {league_id:Int64} AND status_code IN (0, 100, 110, 120)
ORDER BY starts_at, match_id
"""
# 0 not started; 100, 110, 120 played to the end: `home_goals` are those of 90 minutes in every case. Postponed, void
# and awarded matches are left out: the models learn from football that was played.


class ClickHouseMatches:
    """Reads what ingest-batch stored."""

    def __init__(self, warehouse: ClickHouse) -> None:
        self._warehouse = warehouse

    def history(self, league_id: int) -> History:
        """Final scores of all seasons, coming matches of the newest one."""
        from functions.analyze.model import ComingMatch, History
        from functions.analyze.results import FinalScore

        rows = self._warehouse.query(_MATCHES, {"league_id": league_id})
        if not rows:
            raise NotFound(f"league {league_id}: no match is stored")
        seasons = {row["season_id"]: row for row in self._warehouse.query(_SEASONS, {"league_id": league_id})}
        starts_in = _first_years(rows, seasons)
        newest = max(starts_in, key=lambda season_id: (starts_in[season_id], season_id))
        return History(
            league_id=league_id,
            season_id=newest,
            season=str(seasons[newest]["year"]) if newest in seasons else "",
            scores=[
                FinalScore(
                    match_id=row["match_id"],
                    season_id=row["season_id"],
                    season_starts_in=starts_in[row["season_id"]],
                    starts_at=row["starts_at"],
                    home_id=row["home_id"],
                    away_id=row["away_id"],
                    home_goals=row["home_goals"],
                    away_goals=row["away_goals"],
                )
                for row in rows
                if row["status_code"] != 0 and row["home_goals"] is not None and row["away_goals"] is not None
            ],
            coming=[
                ComingMatch(
                    match_id=row["match_id"],
                    season_id=row["season_id"],
                    round=row["round"],
                    starts_at=row["starts_at"],
                    home_id=row["home_id"],
                    away_id=row["away_id"],
                )
                for row in rows
                if row["status_code"] == 0 and row["season_id"] == newest
            ],
            team_names=_names(rows),
        )


def _first_years(rows: list[dict[str, Any]], seasons: dict[int, dict[str, Any]]) -> dict[int, int]:
    """Season id to the calendar year it starts in; from its first match where the season's record is not there yet."""
    years: dict[int, int] = {}
    for row in rows:
        season_id = row["season_id"]
        known = seasons.get(season_id)
        years.setdefault(season_id, known["starts_in"] if known else row["starts_at"].year)
    return years


def _names(rows: list[dict[str, Any]]) -> dict[int, str]:
    """Team id to the newest name (rows are in time order)."""
    names: dict[int, str] = {}
    for row in rows:
        names[row["home_id"]] = row["home_name"]
        names[row["away_id"]] = row["away_name"]
    return names
