"""The ports of query-stats: the store of statistics, and what its use cases depend on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from functions.query_stats.response_cache import ResponseCache
from shared.ports.probes import Probes
from shared.web.tables.files import TableFiles

if TYPE_CHECKING:
    import pyarrow as pa

    from functions.query_stats.analyst_sql import Engine
    from shared.security.tokens import Tokens

Rows = list[dict[str, Any]]
JsonObject = dict[str, Any]
Tuple = TypeVar("Tuple", bound=NamedTuple)


class StatsStore(Protocol):
    """The stored football data, read by named queries; ids are those of the source."""

    def parameters_of(self, query: str) -> frozenset[str]:
        """Return the names of the parameters that a query binds."""

    def rows(self, query: str, parameters: Mapping[str, Any]) -> Rows:
        """Return the rows of a query."""

    def arrow(self, query: str, parameters: Mapping[str, Any]) -> pa.Table:
        """Return the rows of a query as an Arrow table."""

    def named_tuples(self, query: str, parameters: Mapping[str, Any], kind: type[Tuple]) -> list[Tuple]:
        """Return the rows of a query as named tuples, whose fields are the columns in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """The ports this function needs."""

    stats: StatsStore
    responses: ResponseCache
    probes: Probes
    tables: TableFiles = field(default_factory=TableFiles)
    analyst: Engine | None = None
    """Runs SQL of analysts; None where that is not enabled."""
    tokens: Tokens | None = None
