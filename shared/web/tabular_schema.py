"""The columns of collections, and the media types of their rows.

A column is a field of the row's model; each field of an object inside a row is one, as ``home_id`` of ``home``. The
types come from the model, not from the values, so that every page of a collection has one schema, an empty one too.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

JSON = "application/json"
CSV = "text/csv"
EXCEL_CSV = "text/x.excel-csv"
"""Ours: CSV as Excel opens it in countries that write a decimal comma. It is sent as `CSV`."""
PARQUET = "application/vnd.apache.parquet"
ARROW = "application/vnd.apache.arrow.stream"

Row = Mapping[str, Any]
_LISTS = ("items", "rows")
"""The fields that list the rows of a collection; any other list is part of one thing, as the seasons of a team are."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column, and its path inside a row."""

    name: str
    path: tuple[str, ...]
    hint: Any
    """The field's type without None: every column may hold nulls."""

    def value_in(self, row: Row) -> Any:
        """Return the row's value, None inside an object that is missing."""
        value: Any = row
        for name in self.path:
            value = None if value is None else value[name]
        return value


def collection(model: type) -> tuple[str, type] | None:
    """Return the field that lists the rows, and their model; None for a model that is no collection."""
    for name, hint in _fields(model).items():
        if name in _LISTS and get_origin(hint) is list and _is_model(item := get_args(hint)[0]):
            return name, item
    return None


@cache
def columns(model: type) -> tuple[Column, ...]:
    """Return the columns of a row's model in its order.

    Raises
    ------
    LookupError : two columns would have the same name.
    """
    result = tuple(_columns(model, ()))
    if len({column.name for column in result}) < len(result):
        raise LookupError(f"{model.__name__}: two columns of one name")
    return result


def _columns(model: type, parents: tuple[str, ...]) -> Iterator[Column]:
    for name, hint in _fields(model).items():
        path = (*parents, name)
        inner = _without_none(hint)
        if _is_model(inner):
            yield from _columns(inner, path)
        else:
            yield Column(name="_".join(path), path=path, hint=inner)


def _fields(model: type) -> dict[str, Any]:
    """Return the fields of a pydantic model or a dataclass with their types, in the order of the JSON."""
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
