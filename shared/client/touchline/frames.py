"""Answers as frames: pandas with nullable integers and times in UTC, polars, or an Arrow table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, TypeAlias

import pyarrow as pa

from .session import Answer

Kind: TypeAlias = Literal["pandas", "polars", "arrow"]


def of_file(answer: Answer, to: Kind) -> Any:
    """Return the table of an Arrow file."""
    with pa.memory_map(str(answer.path)) as source:
        return to_frame(pa.ipc.open_file(source).read_all(), answer, to)


def json_of(answer: Answer) -> Any:
    """Return the JSON of an answer."""
    return json.loads(answer.path.read_bytes())


def of_rows(rows: list[Mapping[str, Any]], answer: Answer, to: Kind, spread: str = "") -> Any:
    """Return rows of JSON as a table; the fields of an object inside become columns, as ``home_id`` of ``home``.

    Parameters
    ----------
    spread : an object whose fields become columns of their own names.
    """
    table = pa.Table.from_pylist([dict(_flat(row)) for row in rows])
    if spread:
        table = table.rename_columns([name.removeprefix(f"{spread}_") for name in table.column_names])
    return to_frame(_with_times(table), answer, to)


def to_frame(table: pa.Table, answer: Answer, to: Kind) -> Any:
    """Return an Arrow table as a frame."""
    if to == "arrow":
        return table
    if to == "polars":
        import polars

        return polars.from_arrow(table)
    import pandas

    kinds = {pa.int64(): pandas.Int64Dtype(), pa.bool_(): pandas.BooleanDtype()}
    frame = table.to_pandas(types_mapper=kinds.get)
    sources = table["source"].unique().to_pylist() if "source" in table.column_names else []
    frame.attrs = {"url": answer.url, "etag": answer.etag, "fetched_at": answer.fetched_at, "sources": sources}
    return frame


def _flat(row: Mapping[str, Any], prefix: str = "") -> Any:
    for name, value in row.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}_")
        elif isinstance(value, list) and value and isinstance(value[0], dict | list):
            yield f"{prefix}{name}", json.dumps(value)
        else:
            yield f"{prefix}{name}", value


def _with_times(table: pa.Table) -> pa.Table:
    """Return the table with moments instead of text in the columns that end in ``_at``."""
    for place, name in enumerate(table.column_names):
        if name.endswith("_at") and pa.types.is_string(table[name].type):
            moments = [None if text is None else datetime.fromisoformat(text) for text in table[name].to_pylist()]
            table = table.set_column(place, name, pa.array(moments, pa.timestamp("ms", "UTC")))
    return table
