"""The one spelling of a value in a query: as JSON and RFC 3339 write it, in ASCII.

pydantic reads text more generously than our documents promise: ``5_0``, ``+5``, ``1.0`` and digits of other scripts as
the integer 5, ``yes`` as true, ``0`` as the date 1970-01-01. One spelling per value also means one cache entry.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from typing import Any, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, PlainValidator, WrapValidator
from pydantic.fields import FieldInfo

_INTEGER = r"-?(?:0|[1-9][0-9]{0,18})"
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_SPELLINGS: dict[type, tuple[re.Pattern[str], str]] = {
    bool: (re.compile("true|false"), "must be true or false"),
    int: (re.compile(_INTEGER), "must be an integer in digits 0 to 9, without sign +, separators or leading zeros"),
    float: (
        re.compile(r"-?(?:0|[1-9][0-9]{0,18})(?:\.[0-9]{1,18})?(?:[eE][+-]?[0-9]{1,3})?"),
        "must be a number as JSON writes it",
    ),
    date: (re.compile(_DATE), "must be a date as YYYY-MM-DD"),
    datetime: (
        re.compile(rf"{_DATE}[Tt][0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(?:\.[0-9]+)?(?:[Zz]|[+-][0-9]{{2}}:[0-9]{{2}})"),
        "must be a time as RFC 3339 writes it, such as 2026-03-01T15:00:00Z",
    ),
}
_OWN_READERS = (BeforeValidator, PlainValidator, WrapValidator)
"""A field with one of these reads text by rules of its own."""


def find_fault(model: type[BaseModel], name: str, value: str) -> str:
    """Return the rule that the spelling of a parameter breaks; empty when it breaks none or is not ours to judge."""
    pattern, rule = _spellings(model).get(name, (None, ""))
    return "" if pattern is None or pattern.fullmatch(value) else rule


def may_be_empty(model: type[BaseModel], name: str) -> bool:
    """Return whether an empty value means something: only text that may not be left out, such as a search text."""
    field = model.model_fields.get(name)
    return field is not None and field.is_required()


@cache
def _spellings(model: type[BaseModel]) -> dict[str, tuple[re.Pattern[str], str]]:
    kinds = {name: _kind(field) for name, field in model.model_fields.items()}
    return {name: _SPELLINGS[kind] for name, kind in kinds.items() if kind is not None}


def _kind(field: FieldInfo) -> type | None:
    """Return the only type of a field that has a spelling; None for text, choices and fields with an own reader."""
    parts = list(_flatten(field.annotation, field.metadata))
    if any(isinstance(each, _OWN_READERS) for each in parts):
        return None
    kinds = [each for each in parts if isinstance(each, type) and each in _SPELLINGS]
    others = [each for each in parts if isinstance(each, type) and each not in (*_SPELLINGS, type(None))]
    return kinds[0] if len(kinds) == 1 and not others else None


def _flatten(hint: Any, metadata: list[Any]) -> Iterator[Any]:
    """Yield the types and the metadata of a hint, through `Annotated` and unions."""
    yield from metadata
    if get_origin(hint) is typing.Annotated:
        yield from _flatten(get_args(hint)[0], list(get_args(hint)[1:]))
    elif get_origin(hint) in (typing.Union, types.UnionType):
        for option in get_args(hint):
            yield from _flatten(option, [])
    else:
        yield hint
