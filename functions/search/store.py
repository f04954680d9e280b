"""The names in the records of ClickHouse."""

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
_MAX_LENGTH = 200


class ClickHouseNames:
    """Reads names with one query per kind."""

    def __init__(self, warehouse: ClickHouse) -> None:
        self._warehouse = warehouse

    def list_season(self, kind: str, league_id: int, season_id: int) -> list[Entity]:
        """List the entities of a kind that a season of a league names."""
        return list(self._read(kind, league_id, season_id))

    def list_all(self, kind: str) -> Iterator[Entity]:
        """List all entities of a kind."""
        return self._read(kind, _ALL, _ALL)

    def _read(self, kind: str, league_id: int, season_id: int) -> Iterator[Entity]:
        for row in self._warehouse.query(_SQL[kind], {"league_id": league_id, "season_id": season_id}):
            cleaned = {name: _clean(value) for name, value in row.items()}
            if cleaned["name"]:
                yield _entity(kind, cleaned)


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


def _clean(value: Any) -> Any:
    """Shorten a text to what every index accepts: one endless name must not fail a whole season."""
    return value[:_MAX_LENGTH].replace("\0", "") if isinstance(value, str) else value


def _aliases(kind: str, row: dict[str, Any]) -> tuple[str, ...]:
    """Return the other names; for a league the name in our catalogue, whatever the source calls it."""
    if kind != "league":
        return row["short_name"], row["code"]
    try:
        return (leagues.by_id(row["id"]).name,)
    except NotFound:
        return ()
