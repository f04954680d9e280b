"""The stored football in ClickHouse."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.adapters.named_queries import queries
from shared.domain.records import Match

if TYPE_CHECKING:
    from functions.query_stats.asked import Rows
    from shared.adapters.clickhouse import ClickHouse

_SQL = queries(Path(__file__).with_name("queries.sql"))
_NEEDS = {name: frozenset(re.findall(r"\{(\w+):", sql)) for name, sql in _SQL.items()}
_MATCH_FIELDS = tuple(field.name for field in fields(Match))


class ClickHouseStats:
    """Named queries, bound parameters, rows as the service wants them."""

    def __init__(self, warehouse: ClickHouse) -> None:
        self._warehouse = warehouse

    def needs(self, question: str) -> frozenset[str]:
        """The parameters that a query binds."""
        return _NEEDS[question]

    def rows(self, question: str, parameters: Mapping[str, Any]) -> Rows:
        """The rows of a named query."""
        return self._warehouse.query(_SQL[question], parameters)

    def season_matches(self, league_id: int, season_id: int) -> list[Match]:
        """Every event of a season by kick-off."""
        return [_match(row) for row in self.rows("season_matches", {"league_id": league_id, "season_id": season_id})]

    def match(self, match_id: int) -> Match | None:
        """One match."""
        found = self.rows("match", {"match_id": match_id})
        return _match(found[0]) if found else None


def _match(row: dict[str, Any]) -> Match:
    return Match(**{name: row[name] for name in _MATCH_FIELDS})
