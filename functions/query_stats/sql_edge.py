"""HTTP edge of analysts' SQL: the query, the forms of its answer, and the description of the views."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from flask import Response
from pydantic import BaseModel, Field

from functions.query_stats import analyst_sql
from functions.query_stats.ports import Deps
from shared.domain.accounts.users import ANALYST
from shared.domain.football import data_dictionary
from shared.web import callers, content_negotiation, http
from shared.web.request_models import Body
from shared.web.tables.formats import ARROW_FILE
from shared.web.tabular_schema import JSON, PARQUET

if TYPE_CHECKING:
    import pyarrow as pa

_FORMATS = {"json": JSON, "arrow": ARROW_FILE, "parquet": PARQUET}


class SqlRequest(Body):
    """One SELECT over the views that `/stats/schema` describes."""

    query: str = Field(min_length=1, max_length=analyst_sql.MAX_LENGTH)


class SqlRows(BaseModel):
    """The rows of a SELECT, and the types of their columns as Arrow has them."""

    columns: dict[str, str]
    items: list[dict[str, Any]]


class ColumnDescription(BaseModel):
    """A column of a view: its type, its unit and what it means."""

    name: str
    type: str
    unit: str
    description: str


class ViewDescription(BaseModel):
    """A view and its columns in their order."""

    name: str
    description: str
    columns: list[ColumnDescription]


class Schema(BaseModel):
    """The views that analysts query; a column keeps its name and meaning."""

    enabled_by: str
    views: list[ViewDescription]


def describe() -> dict[str, Any]:
    """Return the description of all views."""
    return {"enabled_by": "ANALYST_SQL", "views": [_describe(view) for view in data_dictionary.VIEWS]}


def respond(deps: Deps) -> Response:
    """Answer a query as JSON, Arrow or Parquet."""
    if deps.analyst is None or deps.tokens is None:
        raise analyst_sql.disabled()
    callers.caller(_Verifier(deps.tokens), role=ANALYST)
    media_type = _FORMATS[content_negotiation.choose(_FORMATS)]
    table = analyst_sql.select(http.read_body(SqlRequest).query, deps.analyst)
    headers = {"Cache-Control": "no-store"}
    if media_type == JSON:
        columns = {field.name: str(field.type) for field in table.schema}
        return http.json_response({"columns": columns, "items": _rows(table)}, headers=headers)
    return Response(_encode(table, media_type), content_type=media_type, headers=headers)


class _Verifier:
    """What verifies a caller's token."""

    def __init__(self, tokens: Any) -> None:
        self.tokens = tokens


def _describe(view: data_dictionary.View) -> dict[str, Any]:
    columns = [
        {"name": each.name, "type": each.type, "unit": each.unit, "description": each.description}
        for each in view.columns
    ]
    return {"name": view.name, "description": view.description, "columns": columns}


def _rows(table: pa.Table) -> list[dict[str, Any]]:
    """Return rows as JSON has them: no NaN, maps as objects, bytes as text."""
    return [{name: _plain(value) for name, value in row.items()} for row in table.to_pylist()]


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not -1e308 < value < 1e308:
        return None
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, list) and value and isinstance(value[0], tuple):
        return {str(key): _plain(inner) for key, inner in value}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value if value is None or isinstance(value, str | int | float | bool) else _moment(value)


def _moment(value: Any) -> Any:
    from datetime import UTC, date, datetime

    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value
    return value if isinstance(value, date) else str(value)


def _encode(table: pa.Table, media_type: str) -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    target = io.BytesIO()
    if media_type == PARQUET:
        parquet.write_table(table, target, compression="zstd")
    else:
        with pa.ipc.new_file(target, table.schema) as writer:
            writer.write_table(table)
    return target.getvalue()
