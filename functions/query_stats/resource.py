"""Resources: each is a path, its parameters, a function that answers, and the model of the answer.

To add one, write a named query in `sql/`, a model of its rows in `models/`, and a `Resource` in a module of
`resources/`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from functions.query_stats.ports import JsonObject
from functions.query_stats.stats_request import StatsRequest
from shared import lazy

if TYPE_CHECKING:
    from pydantic import BaseModel

    from functions.query_stats import edge
else:
    edge = lazy.Module("functions.query_stats.edge")

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2299, 12, 30)
"""The first and the last day that the store can hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One kind of answer under ``/stats``. Models come from functions, because pydantic is slow to import."""

    name: str
    path: str
    """The path below ``/stats``, as Flask writes it."""
    summary: str
    answer: Callable[[StatsRequest], JsonObject]
    model: Callable[[], type[BaseModel]]
    """Returns the model of the answer."""
    query: Callable[[], type[BaseModel]] = lambda: edge.NoParameters
    """Returns the model of the query parameters."""
    is_table: bool = True
    """The answer lists rows, so the whole of them is a file at the path with an extension."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTable:
    """A table whose rows come from the store as Arrow, without a page in JSON: too many for one."""

    name: str
    path: str
    """The path below ``/stats``, as Flask writes it; an extension follows."""
    summary: str
    sql: str
    """The query of its rows; their columns are those of the model, in any order."""
    row: Callable[[], type[BaseModel]]
    """Returns the model of a row."""
    query: Callable[[], type[BaseModel]]
    """Returns the model of the query parameters."""
    parts: Callable[[StatsRequest], Iterator[Mapping[str, Any]]] = lambda request: iter([{}])
    """Yields parameters of the query for each part of the table, so that one at a time is in memory."""


def list_rows(query: str) -> Callable[[StatsRequest], JsonObject]:
    """Answer with all rows of a query."""
    return lambda request: {"items": request.rows(query)}


def list_season_rows(query: str) -> Callable[[StatsRequest], JsonObject]:
    """Answer with all rows of a query about one season of a league."""
    return lambda request: {**request.season_head, "items": request.rows(query)}


def list_rows_of(parameter: str, query: str) -> Callable[[StatsRequest], JsonObject]:
    """Answer with all rows of a query about the record whose id is this part of the path."""
    return lambda request: {parameter: request[parameter], "items": request.rows(query)}


def date_span(request: StatsRequest) -> dict[str, object]:
    """Return the parameters of a query by season or, if `whole`, over the days between two dates, both included."""
    first, last = request["date_from"], request["date_to"]
    return {"whole": bool(first or last), "date_from": first or FIRST_DAY, "date_to": last or LAST_DAY}
