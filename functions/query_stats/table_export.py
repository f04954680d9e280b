"""Write whole tables: the rows of a resource page by page, or of a stored table part by part."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from functions.query_stats import service
from functions.query_stats.ports import Deps
from functions.query_stats.resource import Resource, StoredTable
from functions.query_stats.response_cache import CACHE_IS_GONE, response_key
from functions.query_stats.stats_request import StatsRequest, league_of_request
from shared.web import json_text
from shared.web.tables.files import OpenTable

_PAGE_ROWS = 10_000
_ALL_ROWS = 1_000_000
"""In place of a limit where a resource has no pages."""


def open_table(table: Resource | StoredTable, extension: str, params: Mapping[str, Any], deps: Deps) -> OpenTable:
    """Return the file of a whole table, written unless it is stored since the league's last update.

    Parameters
    ----------
    params : the parts of the path and the parameters of the query, without those of a page.

    Raises
    ------
    NotFound : what the path names is not stored.
    InvalidInput : the format holds fewer rows.
    """
    key = response_key(f"{type(table).__name__} {table.name}.{extension}", params)
    # The generation is read before the data: a table written while its league changes is then stale at once.
    generation, _ = deps.responses.lookup(key, league_of_request(params, deps))

    def write(path: Path) -> None:
        from shared.web.tables import writers

        writers.write(extension, path, _row_model(table), _chunks(table, params, deps))

    if generation != CACHE_IS_GONE:
        return deps.tables.open(f"{key}:{generation}", write)
    once = f"{key}:{uuid4()}"  # nobody would say when it has become stale
    try:
        return deps.tables.open(once, write)
    finally:
        deps.tables.forget(once)


def _row_model(table: Resource | StoredTable) -> type:
    if isinstance(table, StoredTable):
        return table.row()
    return _item_of(table)[1]


def _item_of(resource: Resource) -> tuple[str, type]:
    from shared.web.tabular_schema import collection

    listed = collection(resource.model())
    assert listed is not None, resource.name
    return listed


def _chunks(table: Resource | StoredTable, params: Mapping[str, Any], deps: Deps) -> Iterator[Any]:
    if isinstance(table, StoredTable):
        request = StatsRequest(params, deps.stats)
        reads = (partial(request.arrow, table.sql, **part) for part in table.parts(request))
        yield from _one_ahead(reads)
    else:
        yield from _pages(table, params, deps)


def _one_ahead(reads: Iterator[Callable[[], Any]]) -> Iterator[Any]:
    """Yield what each call returns, and make the next call meanwhile: the store reads while we write."""
    if (first := next(reads, None)) is None:
        return
    with ThreadPoolExecutor(1, thread_name_prefix="table") as pool:
        upcoming = pool.submit(first)
        for read in reads:
            current, upcoming = upcoming.result(), pool.submit(read)
            yield current
        yield upcoming.result()


def _pages(resource: Resource, params: Mapping[str, Any], deps: Deps) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows of a resource as in its JSON."""
    name, _ = _item_of(resource)
    page = _whole_page(resource)
    while True:
        answer = service.answer(resource, StatsRequest({**params, **page}, deps.stats))
        yield json.loads(json_text.encode(answer[name]))
        if not (cursor := answer.get("next")):
            return
        page["cursor"] = cursor


def _whole_page(resource: Resource) -> dict[str, Any]:
    """Return the parameters of a page as large as is read at a time."""
    fields = resource.query().model_fields
    size = _PAGE_ROWS if "cursor" in fields else _ALL_ROWS
    return {name: value for name, value in (("limit", size), ("cursor", ""), ("offset", 0)) if name in fields}
