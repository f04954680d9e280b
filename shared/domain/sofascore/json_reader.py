"""Typed access to the fields of JSON responses, with errors that name the match and the field."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any, NoReturn, Protocol

from shared.domain.sofascore.responses import judge
from shared.errors import InvalidInput

Json = dict[str, Any]

SOURCE = "sofascore"
REVISION = 2
"""Revision of the parsers, at most 999. Raise it when a parser makes other records of a match than before: a rebuild
from raw responses then replaces all rows of the parsers before. The source's change times are whole seconds; the last
three digits of a match's version are this revision."""

_LARGEST = 2**63 - 1
_INFINITE = float("inf")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_LONGEST_LIFE_S = 150 * 366 * 86_400


class MatchKeys(Protocol):
    """The ids of a match and its sides; a `Match` record has them."""

    @property
    def league_id(self) -> int: ...
    @property
    def season_id(self) -> int: ...
    @property
    def match_id(self) -> int: ...
    @property
    def home_id(self) -> int: ...
    @property
    def away_id(self) -> int: ...


def read_object(body: str | bytes, what: str) -> Json:
    """Return the object of a response.

    Raises
    ------
    InvalidInput : the body is not JSON, is cut off, or is no object.
    NotFound, Blocked, Overloaded, Unavailable : it is one of the source's error objects (`judge`).
    """
    content = read_json(body, what)
    if type(content) is not dict:
        raise InvalidInput(f"{what}: the response is {_kind(content)}, not an object")
    if isinstance(content.get("error"), dict):
        judge(200, body).raise_for(what)
    return content


def read_json(body: str | bytes, what: str) -> Any:
    """Return the JSON value of a body; raises `InvalidInput`, also for NaN and Infinity, which are not JSON."""
    try:
        return json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError) as exc:
        raise InvalidInput(f"{what}: the response is not JSON ({exc})") from exc


def version_of(read_at: datetime) -> int:
    """Return the version of records without a change time: milliseconds since 1970.

    Raises
    ------
    InvalidInput : `read_at` has no zone.
    """
    if read_at.tzinfo is None:
        raise InvalidInput("read_at has no zone")
    return (read_at - _EPOCH) // _MILLISECOND


def change_of(version: int) -> int:
    """Return the change time in a match's version, without the revision of the parsers, in milliseconds."""
    return version - version % 1000


def objects(parent: Json, key: str, what: str) -> list[Json]:
    """Return a required list of objects."""
    value = parent.get(key)
    if type(value) is not list:
        raise fault(what, key, "is missing" if value is None else f"is {_kind(value)}, not a list")
    for position, item in enumerate(value):
        if type(item) is not dict:
            raise fault(what, f"{key}[{position}]", f"is {_kind(item)}, not an object")
    return value


def optional_objects(parent: Json, key: str, what: str) -> list[Json]:
    """Return a list of objects; absent, null and PHP's `{}`-turned-`[]` are empty."""
    value = parent.get(key)
    return objects(parent, key, what) if value else []


def part(parent: Json, key: str, what: str) -> Json:
    """Return a nested object; absent, null and `[]` (PHP's form of `{}`) are empty."""
    value = parent.get(key)
    if type(value) is dict:
        return value
    if value is None or value == []:
        return {}
    raise fault(what, key, f"is {_kind(value)}, not an object")


def identifier(parent: Json, key: str, what: str, path: str = "") -> int:
    """Return a required id: a whole number above zero."""
    value = parent.get(key)
    if type(value) is int and 0 < value <= _LARGEST:
        return value
    raise fault(what, path or key, "is missing" if value is None else f"is no id: {_excerpt(value)}")


def whole(parent: Json, key: str, what: str, path: str = "") -> int:
    """Return a required whole number."""
    value = optional_whole(parent, key, what, path)
    if value is None:
        raise fault(what, path or key, "is missing")
    return value


def optional_whole(parent: Json, key: str, what: str, path: str = "") -> int | None:
    """Return a whole number, or None where there is none; 2.0 counts as 2."""
    value = parent.get(key)
    if value is None or type(value) is int:
        return value
    if type(value) is float and value.is_integer():
        return int(value)
    raise fault(what, path or key, f"is not a whole number: {_excerpt(value)}")


def number(parent: Json, key: str, what: str, path: str = "") -> float:
    """Return a required finite number."""
    value = optional_number(parent, key, what, path)
    if value is None:
        raise fault(what, path or key, "is missing")
    return value


def optional_number(parent: Json, key: str, what: str, path: str = "") -> float | None:
    """Return a finite number, or None where there is none."""
    value = parent.get(key)
    if value is None:
        return None
    # Bounds instead of math.isfinite: 1e999 is JSON and reads as infinity, huge whole numbers fit no double.
    if type(value) is int and -_LARGEST <= value <= _LARGEST:
        return float(value)
    if type(value) is float and -_INFINITE < value < _INFINITE:
        return value
    raise fault(what, path or key, f"is not a number: {_excerpt(value)}")


def text(parent: Json, key: str, what: str, path: str = "") -> str:
    """Return a text; absent and null are empty."""
    value = parent.get(key)
    if type(value) is str:
        return value
    if value is None:
        return ""
    raise fault(what, path or key, f"is not a text: {_excerpt(value)}")


def required_text(parent: Json, key: str, what: str, path: str = "") -> str:
    """Return a text that is not blank."""
    value = text(parent, key, what, path)
    if not value.strip():
        raise fault(what, path or key, "is missing")
    return value


def flag(parent: Json, key: str, what: str, path: str = "") -> bool:
    """Return a truth value; absent and null are false."""
    return bool(optional_flag(parent, key, what, path))


def optional_flag(parent: Json, key: str, what: str, path: str = "") -> bool | None:
    """Return a truth value, or None where there is none."""
    value = parent.get(key)
    if value is None or type(value) is bool:
        return value
    raise fault(what, path or key, f"is neither true nor false: {_excerpt(value)}")


def moment(parent: Json, key: str, what: str) -> datetime:
    """Return a required time, given in seconds since 1970."""
    seconds = whole(parent, key, what)
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as exc:
        raise fault(what, key, f"is no time: {_excerpt(seconds)}") from exc


def optional_day(parent: Json, key: str, what: str) -> date | None:
    """Return a day within a lifetime of 1970, given in seconds since then (negative before)."""
    seconds = optional_whole(parent, key, what)
    if seconds is None:
        return None
    if abs(seconds) > _LONGEST_LIFE_S:
        raise fault(what, key, f"is no day: {_excerpt(seconds)}")
    return (_EPOCH + timedelta(seconds=seconds)).date()


def fault(what: str, path: str, problem: str) -> InvalidInput:
    """Return the error to raise for a field: `what` names the match, `path` the field."""
    return InvalidInput(f"{what}: {path} {problem}", errors={path: problem})


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "a truth value", type(None): "null"}
    return names.get(type(value), "a number")


def _excerpt(value: Any) -> str:
    excerpt = repr(value) if not isinstance(value, int) or abs(value) <= _LARGEST else "a huge number"
    return excerpt if len(excerpt) <= 60 else excerpt[:57] + "..."
