"""The store of statistics in ClickHouse."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.adapters.clickhouse.inline_views import inline_views
from shared.adapters.named_queries import queries

if TYPE_CHECKING:
    import pyarrow as pa

    from functions.query_stats.ports import Rows, Tuple
    from shared.adapters.clickhouse.client import ClickHouse

_SQL = {name: sql for path in sorted(Path(__file__).parent.glob("sql/*.sql")) for name, sql in queries(path).items()}
QUERY_NAMES = tuple(_SQL)
_PARAMETERS = {name: frozenset(re.findall(r"\{(\w+):", sql)) for name, sql in _SQL.items()}


def statement(query: str) -> str:
    """Return the statement of a query as it is sent, with the text of each view in its place."""
    return inline_views(_SQL[query])


class ClickHouseStats:
    """Runs the named queries of `sql/` with bound parameters."""

    def __init__(self, warehouse: ClickHouse) -> None:
        self._warehouse = warehouse

    def parameters_of(self, query: str) -> frozenset[str]:
        """Return the names of the parameters that a query binds."""
        return _PARAMETERS[query]

    def rows(self, query: str, parameters: Mapping[str, Any]) -> Rows:
        """Return the rows of a query."""
        return self._warehouse.query(statement(query), parameters)

    def arrow(self, query: str, parameters: Mapping[str, Any]) -> pa.Table:
        """Return the rows of a query as an Arrow table."""
        return self._warehouse.query_arrow(statement(query), parameters)

    def named_tuples(self, query: str, parameters: Mapping[str, Any], kind: type[Tuple]) -> list[Tuple]:
        """Return the rows of a query as named tuples."""
        return self._warehouse.query_tuples(statement(query), parameters, kind)
