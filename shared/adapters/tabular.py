"""Rows of a described answer as CSV, Parquet and Arrow, with the columns that its model promises.

A column is a field of the row's model; of an object inside a row each field is one, as ``home_id`` of ``home``. The
types come from the model, not from the values, so that every page of a collection has one schema, the empty one too.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

if TYPE_CHECKING:
    import pyarrow as pa

JSON = "application/json"
CSV = "text/csv"
PARQUET = "application/vnd.apache.parquet"
ARROW = "application/vnd.apache.arrow.stream"

Row = Mapping[str, Any]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column, and where a row keeps it."""

    name: str
    path: tuple[str, ...]
    hint: Any
    """The field's type; whether it may be None does not matter here: every column may hold nulls."""

    def of(self, row: Row) -> Any:
        """The row's value, None inside an object that is not there."""
        value: Any = row
        for name in self.path:
            value = None if value is None else value[name]
        return value


def collection(model: type) -> tuple[str, type] | None:
    """The field of an answer that lists its rows, and their model; None for an answer that is no collection.

    It is called ``items`` or ``rows``, or it is the only list of records.
    """
    listed = [
        (name, item)
        for name, hint in _fields(model).items()
        if get_origin(hint) is list and _is_model(item := get_args(hint)[0])
    ]
    chosen = [each for each in listed if each[0] in ("items", "rows")] or listed
    return chosen[0] if len(chosen) == 1 else None


@cache
def columns(model: type) -> tuple[Column, ...]:
    """The columns of a row's model in its order.

    Raises
    ------
    LookupError : two fields would be called alike.
    """
    found = tuple(_columns(model, ()))
    if len({column.name for column in found}) < len(found):
        raise LookupError(f"{model.__name__}: two columns of one name")
    return found


def encode(form: str, model: type, rows: Sequence[Row]) -> bytes:
    """The rows in one of `CSV`, `PARQUET` and `ARROW`; equal rows give equal bytes.

    Parameters
    ----------
    model : of a row.
    rows : as they stand in JSON: moments and dates as text.
    """
    return _ENCODERS[form](columns(model), rows)


def _csv(told: Sequence[Column], rows: Sequence[Row]) -> bytes:
    """RFC 4180 with a header; null is empty, lists and objects are JSON."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([column.name for column in told])
    writer.writerows([_cell(column.of(row)) for column in told] for row in rows)
    return text.getvalue().encode(errors="backslashreplace")


def _cell(value: Any) -> Any:
    return _json(value) if isinstance(value, bool | list | dict) else value


def _parquet(told: Sequence[Column], rows: Sequence[Row]) -> bytes:
    from pyarrow import parquet

    target = io.BytesIO()
    parquet.write_table(_table(told, rows), target, compression="zstd")
    return target.getvalue()


def _arrow(told: Sequence[Column], rows: Sequence[Row]) -> bytes:
    import pyarrow as pa

    table = _table(told, rows)
    target = io.BytesIO()
    with pa.ipc.new_stream(target, table.schema) as writer:
        writer.write_table(table)
    return target.getvalue()


_ENCODERS: Mapping[str, Callable[[Sequence[Column], Sequence[Row]], bytes]] = {
    CSV: _csv,
    PARQUET: _parquet,
    ARROW: _arrow,
}


def _table(told: Sequence[Column], rows: Sequence[Row]) -> pa.Table:
    import pyarrow as pa

    made = []
    for column in told:
        kind, read = _kind(column.hint)
        values = [column.of(row) for row in rows]
        made.append(pa.array([None if value is None else read(value) for value in values], kind))
    return pa.table(made, names=[column.name for column in told])


def _kind(hint: Any) -> tuple[pa.DataType, Callable[[Any], Any]]:
    """The Arrow type of a field, and what makes its value of JSON's; what Arrow has no plain type for stays JSON."""
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


def _columns(model: type, above: tuple[str, ...]) -> Iterator[Column]:
    for name, hint in _fields(model).items():
        path = (*above, name)
        inner = _without_none(hint)
        if _is_model(inner):
            yield from _columns(inner, path)
        else:
            yield Column(name="_".join(path), path=path, hint=inner)


def _fields(model: type) -> dict[str, Any]:
    """Fields of a pydantic model or a dataclass, with their types, in the order in which JSON has them."""
    hints = get_type_hints(model)
    names = getattr(model, "model_fields", None) or [field.name for field in dataclasses.fields(model)]
    return {name: hints[name] for name in names}


def _without_none(hint: Any) -> Any:
    if get_origin(hint) not in (typing.Union, types.UnionType):
        return hint
    options = [option for option in get_args(hint) if option is not type(None)]
    return options[0] if len(options) == 1 else hint


def _is_model(hint: Any) -> bool:
    return isinstance(hint, type) and (hasattr(hint, "model_fields") or dataclasses.is_dataclass(hint))
