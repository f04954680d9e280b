"""What has a name in ClickHouse."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.adapters.named_queries import queries
from shared.domain.catalogue import leagues
from shared.domain.search.ranking import Entity
from shared.errors import NotFound

if TYPE_CHECKING:
    from shared.adapters.clickhouse.client import ClickHouse

_SQL = queries(Path(__file__).with_name("queries.sql"))
_ALL = 0
_LONGEST = 200


class ClickHouseNames:
    """Named queries, bound parameters, rows as entities."""

    def __init__(self, warehouse: ClickHouse) -> None:
        self._warehouse = warehouse

    def of_season(self, kind: str, league_id: int, season_id: int) -> list[Entity]:
        """Those of a kind that a season of a league names."""
        return list(self._read(kind, league_id, season_id))

    def all(self, kind: str) -> Iterator[Entity]:
        """All of a kind."""
        return self._read(kind, _ALL, _ALL)

    def _read(self, kind: str, league_id: int, season_id: int) -> Iterator[Entity]:
        for row in self._warehouse.query(_SQL[kind], {"league_id": league_id, "season_id": season_id}):
            told = {name: _bounded(value) for name, value in row.items()}
            if told["name"]:
                yield _entity(kind, told)


def _entity(kind: str, row: dict[str, Any]) -> Entity:
    return Entity(
        kind=kind,
        id=row["id"],
        name=row["name"],
        aliases=tuple(dict.fromkeys(alias for alias in _aliases(kind, row) if alias)),
        country=row["country"],
        position=row["position"],
        seasons=tuple(row["seasons"]),
        weight=row["weight"],
    )


def _bounded(value: Any) -> Any:
    """A text that every index takes: one endless name of a source must not keep a season's others out."""
    return value[:_LONGEST].replace("\0", "") if isinstance(value, str) else value


def _aliases(kind: str, row: dict[str, Any]) -> tuple[str, ...]:
    """Other names; a league's is also what our catalogue calls it, whatever the source does."""
    if kind != "league":
        return row["short_name"], row["code"]
    try:
        return (leagues.by_id(row["id"]).name,)
    except NotFound:
        return ()
