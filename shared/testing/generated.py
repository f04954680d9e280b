"""Hypothesis strategies for records, made from their dataclasses so that a new field needs nothing here."""

from __future__ import annotations

import types
import typing
from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Any, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from shared.domain.football.records import KINDS, Record

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
_NUMBER = st.floats(allow_nan=False, allow_infinity=False)
_VALUES: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXT,
    bool: st.booleans(),
    float: _NUMBER,
    date: st.dates(date(1900, 1, 1), date(2100, 1, 1)),
    datetime: st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(
        lambda time: time.replace(microsecond=time.microsecond // 1000 * 1000)
    ),
    tuple[str, ...]: st.lists(TEXT, max_size=3).map(tuple),
    dict[str, float]: st.dictionaries(TEXT, _NUMBER, max_size=4),
}


def records(kind: str, *, min_size: int = 0, max_size: int = 20) -> st.SearchStrategy[list[Record]]:
    """Lists of records of a kind with any values its types allow."""
    dataclass_ = KINDS[kind]
    hints = get_type_hints(dataclass_)
    one = st.builds(dataclass_, **{field.name: _value(field.name, hints[field.name]) for field in fields(dataclass_)})
    return st.lists(one, min_size=min_size, max_size=max_size)


def _value(name: str, hint: Any) -> st.SearchStrategy[Any]:
    if get_origin(hint) in (typing.Union, types.UnionType):
        (inner,) = (option for option in get_args(hint) if option is not type(None))
        return st.none() | _value(name, inner)
    if hint is int:
        return st.integers(1, 2**62) if name == "version" or name.endswith("_id") else st.integers(0, 2**31 - 1)
    return _VALUES[hint]
