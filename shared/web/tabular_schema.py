"""What columns a described answer has, and in which forms its rows can be told.

A column is a field of the row's model; of an object inside a row each field is one, as ``home_id`` of ``home``. The
types come from the model, not from the values, so that every page of a collection has one schema, the empty one too.
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
PARQUET = "application/vnd.apache.parquet"
ARROW = "application/vnd.apache.arrow.stream"

Row = Mapping[str, Any]
_LISTS = ("items", "rows")
"""What collections call their rows; a list of another name is a part of one thing, such as the seasons of a team."""


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
    """The field of an answer that lists its rows, and their model; None for an answer that is no collection."""
    for name, hint in _fields(model).items():
        if name in _LISTS and get_origin(hint) is list and _is_model(item := get_args(hint)[0]):
            return name, item
    return None


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
