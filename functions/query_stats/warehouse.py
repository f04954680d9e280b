"""The stored football in ClickHouse."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.adapters.named_queries import queries
from shared.domain.records import Match

if TYPE_CHECKING:
    from functions.query_stats.service import Rows
    from shared.adapters.clickhouse import ClickHouse

_SQL = queries(Path(__file__).with_name("queries.sql"))
_PART_QUERY = {
    "statistics": "team_statistics",
    "lineups": "appearances",
    "incidents": "incidents",
    "shots": "shots",
}
_MATCH_FIELDS = tuple(field.name for field in fields(Match))


class ClickHouseStats:
    """Named queries, bound parameters, rows as the service wants them."""

    def __init__(self, warehouse: ClickHouse) -> None:
        self._warehouse = warehouse

    def leagues(self) -> Rows:
        return self._rows("leagues")

    def seasons(self, league_id: int) -> Rows:
        return self._rows("seasons", league_id=league_id)

    def season_matches(self, league_id: int, season_id: int) -> list[Match]:
        return [_match(row) for row in self._rows("season_matches", league_id=league_id, season_id=season_id)]

    def match(self, match_id: int) -> Match | None:
        found = self._rows("match", match_id=match_id)
        return _match(found[0]) if found else None

    def match_detail(self, match: Match) -> dict[str, Any] | None:
        found = self._rows("match_detail", **_key(match))
        return found[0] if found else None

    def match_part(self, match: Match, part: str) -> Rows:
        return self._rows(_PART_QUERY[part], **_key(match))

    def teams(self, league_id: int, season_id: int) -> Rows:
        return self._rows("teams", league_id=league_id, season_id=season_id)

    def team(self, team_id: int) -> dict[str, Any] | None:
        found = self._rows("team", team_id=team_id)
        return {**found[0], "seasons": self._rows("team_seasons", team_id=team_id)} if found else None

    def player(self, player_id: int) -> dict[str, Any] | None:
        found = self._rows("player", player_id=player_id)
        return {**found[0], "seasons": self._rows("player_seasons", player_id=player_id)} if found else None

    def leaders(
        self, league_id: int, season_id: int, *, metric: str, per_90: bool, min_minutes: int, limit: int
    ) -> Rows:
        place = {"league_id": league_id, "season_id": season_id, "min_minutes": min_minutes, "limit": limit}
        if metric == "rating":
            return self._rows("rating_leaders", **place)
        return self._rows("leaders", **place, metric=metric, per_90=per_90)

    def _rows(self, name: str, **parameters: Any) -> Rows:
        return self._warehouse.query(_SQL[name], parameters)


def _key(match: Match) -> dict[str, int]:
    return {"league_id": match.league_id, "season_id": match.season_id, "match_id": match.match_id}


def _match(row: dict[str, Any]) -> Match:
    return Match(**{name: row[name] for name in _MATCH_FIELDS})
