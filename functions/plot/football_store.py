"""The football data of pictures, read from ClickHouse."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from functions.plot.figures.radar import PlayerSeason
from shared.adapters.clickhouse.inline_views import inline_views
from shared.adapters.named_queries import queries

if TYPE_CHECKING:
    from functions.plot.figures.picture import Rows
    from shared.adapters.clickhouse.client import ClickHouse
    from shared.domain.football.records import Match

_SQL = queries(Path(__file__).with_name("queries.sql"))


class ClickHouseFootball:
    """Runs named queries with bound parameters."""

    def __init__(self, warehouse: ClickHouse) -> None:
        self._warehouse = warehouse

    def league_name(self, league_id: int) -> str:
        rows = self._rows("league_name", league_id=league_id)
        return str(rows[0]["name"]) if rows else ""

    def seasons(self, league_id: int) -> Rows:
        return self._rows("seasons", league_id=league_id)

    def season_matches(self, league_id: int, season_id: int) -> list[Match]:
        return [_match(row) for row in self._rows("season_matches", league_id=league_id, season_id=season_id)]

    def match(self, match_id: int) -> Match | None:
        rows = self._rows("match", match_id=match_id)
        return _match(rows[0]) if rows else None

    def shots(self, match: Match) -> Rows:
        return self._rows("shots", league_id=match.league_id, season_id=match.season_id, match_id=match.match_id)

    def player_seasons(self, player_id: int) -> Rows:
        return self._rows("player_seasons", player_id=player_id)

    def season_players(self, league_id: int, season_id: int) -> list[PlayerSeason]:
        rows = self._rows("season_players", league_id=league_id, season_id=season_id)
        return [
            PlayerSeason(
                player_id=row["player_id"],
                player=row["player"],
                position=row["position"],
                minutes=row["total_minutes"],
                totals=dict(row["totals"]),
            )
            for row in rows
        ]

    def _rows(self, name: str, **parameters: Any) -> Rows:
        return self._warehouse.query(inline_views(_SQL[name]), parameters)


def _match(row: dict[str, Any]) -> Match:
    from shared.domain.football.records import Match

    return Match(**{field.name: row[field.name] for field in fields(Match)})
