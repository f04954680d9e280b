"""Encodes rows as CSV, Parquet and Arrow, with the columns of their model."""

from __future__ import annotations

import csv
import io
import json
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, get_args, get_origin

from shared.web.printable import printable
from shared.web.tabular_schema import ARROW, CSV, EXCEL_CSV, PARQUET, Column, Row, columns

if TYPE_CHECKING:
    import pyarrow as pa

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""What Excel takes for the beginning of a formula (OWASP, CSV injection)."""


def encode(media_type: str, model: type, rows: Sequence[Row]) -> bytes:
    """Encode rows as `CSV`, `EXCEL_CSV`, `PARQUET` or `ARROW`; equal rows give equal bytes.

    Parameters
    ----------
    model : the model of a row.
    rows : as in JSON: times and dates as text.
    """
    return _ENCODERS[media_type](columns(model), rows)


def _csv(selected: Sequence[Column], rows: Sequence[Row]) -> bytes:
    """Encode as RFC 4180 with a header; null is empty, lists and objects are JSON."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([column.name for column in selected])
    writer.writerows(csv_cells(selected, rows))
    return text.getvalue().encode(errors="backslashreplace")


def csv_cells(selected: Sequence[Column], rows: Sequence[Row]) -> Iterator[list[Any]]:
    """Yield the cells of each row as in JSON."""
    return ([to_cell(column.value_in(row)) for column in selected] for row in rows)


def to_cell(value: Any) -> Any:
    """Return a JSON value as a cell of CSV: null is empty, lists and objects are JSON, text cannot drive a terminal."""
    if isinstance(value, bool | list | dict):
        return _json(value)
    return printable(value) if isinstance(value, str) else value


def _excel_csv(selected: Sequence[Column], rows: Sequence[Row]) -> bytes:
    """Encode for Excel: a mark of UTF-8, semicolons, decimal commas, and no text that would run as a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";")
    writer.writerow([column.name for column in selected])
    writer.writerows([_excel_cell(column.value_in(row)) for column in selected] for row in rows)
    return text.getvalue().encode("utf-8-sig", errors="backslashreplace")


def _excel_cell(value: Any) -> Any:
    cell = to_cell(value)
    if isinstance(cell, float):
        return repr(cell).replace(".", ",")
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else cell


def _parquet(selected: Sequence[Column], rows: Sequence[Row]) -> bytes:
    from pyarrow import parquet

    target = io.BytesIO()
    parquet.write_table(to_table(selected, rows), target, compression="zstd")
    return target.getvalue()


def _arrow(selected: Sequence[Column], rows: Sequence[Row]) -> bytes:
    import pyarrow as pa

    table = to_table(selected, rows)
    target = io.BytesIO()
    with pa.ipc.new_stream(target, table.schema) as writer:
        writer.write_table(table)
    return target.getvalue()


_ENCODERS: Mapping[str, Callable[[Sequence[Column], Sequence[Row]], bytes]] = {
    CSV: _csv,
    EXCEL_CSV: _excel_csv,
    PARQUET: _parquet,
    ARROW: _arrow,
}


def arrow_schema(selected: Sequence[Column]) -> pa.Schema:
    """Return the Arrow schema of some columns."""
    import pyarrow as pa

    return pa.schema([(column.name, _arrow_type(column.hint)[0]) for column in selected])


def to_table(selected: Sequence[Column], rows: Sequence[Row]) -> pa.Table:
    """Return rows as in JSON as an Arrow table."""
    import pyarrow as pa

    arrays = []
    for column in selected:
        kind, read = _arrow_type(column.hint)
        values = [column.value_in(row) for row in rows]
        arrays.append(pa.array([None if value is None else read(value) for value in values], kind))
    return pa.table(arrays, names=[column.name for column in selected])


def _arrow_type(hint: Any) -> tuple[pa.DataType, Callable[[Any], Any]]:
    """Return the Arrow type of a field and the reader of its JSON value; a field without a plain type stays JSON."""
    import pyarrow as pa

    if get_origin(hint) is typing.Literal:
        hint = type(get_args(hint)[0])
    kinds: Mapping[Any, tuple[pa.DataType, Callable[[Any], Any]]] = {
        bool: (pa.bool_(), bool),
        int: (pa.int64(), int),
        float: (pa.float64(), float),
        str: (pa.string(), str),
        date: (pa.date32(), date.fromisoformat),
        datetime: (pa.timestamp("ms", "UTC"), datetime.fromisoformat),
        list[str]: (pa.list_(pa.string()), list),
        list[int]: (pa.list_(pa.int64()), list),
        dict[str, int]: (pa.map_(pa.string(), pa.int64()), _pairs),
        dict[str, float]: (pa.map_(pa.string(), pa.float64()), _pairs),
    }
    try:
        return kinds[hint]
    except (KeyError, TypeError):
        return pa.string(), _json


def _pairs(value: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return sorted(value.items())


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
