"""The stored football in ClickHouse."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.adapters.clickhouse.inline_views import written_out
from shared.adapters.named_queries import queries

if TYPE_CHECKING:
    from functions.query_stats.stats_request import Rows, Tuple
    from shared.adapters.clickhouse.client import ClickHouse

_SQL = {name: sql for path in sorted(Path(__file__).parent.glob("sql/*.sql")) for name, sql in queries(path).items()}
QUESTIONS = tuple(_SQL)
_NEEDS = {name: frozenset(re.findall(r"\{(\w+):", sql)) for name, sql in _SQL.items()}


def sql(question: str) -> str:
    """The statement of a named query, as the store is asked it."""
    return written_out(_SQL[question])


class ClickHouseStats:
    """Named queries, bound parameters, rows as the service wants them."""

    def __init__(self, warehouse: ClickHouse) -> None:
        self._warehouse = warehouse

    def needs(self, question: str) -> frozenset[str]:
        """The parameters that a query binds."""
        return _NEEDS[question]

    def rows(self, question: str, parameters: Mapping[str, Any]) -> Rows:
        """The rows of a named query."""
        return self._warehouse.query(sql(question), parameters)

    def tuples(self, question: str, parameters: Mapping[str, Any], kind: type[Tuple]) -> list[Tuple]:
        """The same as named tuples, whose fields are the columns in their order."""
        return self._warehouse.query_tuples(sql(question), parameters, kind)
