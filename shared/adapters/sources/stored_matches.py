"""What ClickHouse has of an archive's season: an edition is compared with it, and a load waits until it is there."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import fields
from datetime import UTC

from shared.adapters.clickhouse.client import ClickHouse
from shared.domain.football.records import Match

_COLUMNS = ", ".join(field.name for field in fields(Match))
_MATCHES = f"""
SELECT {_COLUMNS} FROM current_matches WHERE source = {{source:String}} AND season_id = {{season_id:Int64}}
"""  # nosec B608  # the columns are our own record's
_COUNT = """
SELECT season_id, count() AS n FROM current_matches
WHERE source = {source:String} AND season_id IN {season_ids:Array(Int64)} AND version >= {version:Int64}
GROUP BY season_id
"""
_LABEL = """
SELECT count() FROM current_seasons
WHERE source = {source:String} AND season_id = {season_id:Int64} AND year = {label:String}
"""
_WITHDRAW = f"""
INSERT INTO matches ({_COLUMNS})
SELECT * REPLACE (94 AS status_code, 'canceled' AS status_type, NULL AS winner, toInt64({{version:Int64}}) AS version)
FROM (
    SELECT {_COLUMNS} FROM current_matches
    WHERE source = {{source:String}} AND season_id IN {{season_ids:Array(Int64)}} AND version < {{version:Int64}}
        AND status_code != 94
)
"""  # nosec B608  # the columns are our own record's
_TABLES = ("seasons", "matches", "match_details", "team_statistics", "shots", "odds")
_POLL_S = 0.1


class ClickHouseMatches:
    """Matches of archives."""

    def __init__(self, warehouse: ClickHouse) -> None:
        self._warehouse = warehouse

    def matches(self, source: str, season_id: int) -> list[Match]:
        """The current matches of a source's season, withdrawn ones included."""
        rows = self._warehouse.query(_MATCHES, {"source": source, "season_id": season_id})
        return [Match(**{**row, "starts_at": row["starts_at"].astimezone(UTC)}) for row in rows]

    def drop_former_season(self, source: str, season_id: int, label: str) -> None:
        """Delete what is stored of a season under the id it had before, if it is the season of this label."""
        season = {"source": source, "season_id": season_id}
        if self._warehouse.command(_LABEL, {**season, "label": label}):
            for table in _TABLES:
                where = "source = {source:String} AND season_id = {season_id:Int64}"
                self._warehouse.command(f"ALTER TABLE {table} DELETE WHERE {where}", season)  # nosec B608

    def withdraw_older(self, source: str, season_ids: Collection[int], version: int) -> None:
        """Withdraw the matches of seasons that an edition, stored before, does not have any more."""
        self._warehouse.command(_WITHDRAW, {"source": source, "season_ids": sorted(season_ids), "version": version})

    def wait_for(self, source: str, n_matches: dict[int, int], version: int, *, within_s: float) -> list[int]:
        """Return once so many matches of each season are stored in an edition; the seasons that are not in time."""
        give_up_s = time.monotonic() + within_s
        while missing := self._missing(source, n_matches, version):
            if time.monotonic() > give_up_s:
                break
            time.sleep(_POLL_S)
        return missing

    def _missing(self, source: str, n_matches: dict[int, int], version: int) -> list[int]:
        rows = self._warehouse.query(_COUNT, {"source": source, "season_ids": sorted(n_matches), "version": version})
        stored = {row["season_id"]: row["n"] for row in rows}
        return [season_id for season_id, n in n_matches.items() if stored.get(season_id, 0) < n]
