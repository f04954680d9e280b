"""Reads the source's JSON by name and type, and says which match and which field is wrong when it is."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any, NoReturn, Protocol

from shared.domain.sofascore.responses import judge
from shared.errors import InvalidInput

Json = dict[str, Any]

SOURCE = "sofascore"
REVISION = 1
"""Revision of the parsers, at most 999. Raise it when a parser makes other records of a match than before: a rebuild
from raw responses then replaces all rows of the parsers before. The source's change times are whole seconds; the last
three digits of a match's version are this revision."""

_LARGEST = 2**63 - 1
_INFINITE = float("inf")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_LONGEST_LIFE_S = 150 * 366 * 86_400


class MatchKeys(Protocol):
    """What identifies a match and its sides; a `Match` record has it."""

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
    """The object an answer holds.

    Raises
    ------
    InvalidInput : the body is not JSON, is cut off, or holds something else than an object.
    NotFound, Blocked, Overloaded, Unavailable : it is one of the source's error objects (`judge`).
    """
    answer = read_json(body, what)
    if type(answer) is not dict:
        raise InvalidInput(f"{what}: the answer is {_kind(answer)}, not an object")
    if isinstance(answer.get("error"), dict):
        judge(200, body).raise_for(what)
    return answer


def read_json(body: str | bytes, what: str) -> Any:
    """Any JSON value of a body, or `InvalidInput`; NaN and Infinity, which JSON does not know, are refused."""
    try:
        return json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError) as exc:
        raise InvalidInput(f"{what}: the answer is not JSON ({exc})") from exc


def version_of(read_at: datetime) -> int:
    """The version of what the source gives no change time for: milliseconds since 1970.

    Raises
    ------
    InvalidInput : `read_at` has no zone.
    """
    if read_at.tzinfo is None:
        raise InvalidInput("read_at has no zone")
    return (read_at - _EPOCH) // _MILLISECOND


def change_of(version: int) -> int:
    """A match's version without the parsers' part in it: when the source changed it, in milliseconds."""
    return version - version % 1000


def objects(parent: Json, key: str, what: str) -> list[Json]:
    """A required list of objects."""
    found = parent.get(key)
    if type(found) is not list:
        raise fault(what, key, "is missing" if found is None else f"is {_kind(found)}, not a list")
    for position, item in enumerate(found):
        if type(item) is not dict:
            raise fault(what, f"{key}[{position}]", f"is {_kind(item)}, not an object")
    return found


def optional_objects(parent: Json, key: str, what: str) -> list[Json]:
    """A list of objects; absent, null and PHP's `{}`-turned-`[]` are empty."""
    found = parent.get(key)
    return objects(parent, key, what) if found else []


def part(parent: Json, key: str, what: str) -> Json:
    """A nested object; absent, null and `[]` (PHP's way to write `{}`) are empty."""
    found = parent.get(key)
    if type(found) is dict:
        return found
    if found is None or found == []:
        return {}
    raise fault(what, key, f"is {_kind(found)}, not an object")


def identifier(parent: Json, key: str, what: str, path: str = "") -> int:
    """A required id: a whole number above zero."""
    found = parent.get(key)
    if type(found) is int and 0 < found <= _LARGEST:
        return found
    raise fault(what, path or key, "is missing" if found is None else f"is no id: {_shown(found)}")


def whole(parent: Json, key: str, what: str, path: str = "") -> int:
    """A required whole number."""
    found = optional_whole(parent, key, what, path)
    if found is None:
        raise fault(what, path or key, "is missing")
    return found


def optional_whole(parent: Json, key: str, what: str, path: str = "") -> int | None:
    """A whole number, or None when the source gives none; 2.0 counts as 2."""
    found = parent.get(key)
    if found is None or type(found) is int:
        return found
    if type(found) is float and found.is_integer():
        return int(found)
    raise fault(what, path or key, f"is not a whole number: {_shown(found)}")


def number(parent: Json, key: str, what: str, path: str = "") -> float:
    """A required finite number."""
    found = optional_number(parent, key, what, path)
    if found is None:
        raise fault(what, path or key, "is missing")
    return found


def optional_number(parent: Json, key: str, what: str, path: str = "") -> float | None:
    """A finite number, or None when the source gives none."""
    found = parent.get(key)
    if found is None:
        return None
    # Bounds instead of math.isfinite: 1e999 is JSON and reads as infinity, huge whole numbers fit no double.
    if type(found) is int and -_LARGEST <= found <= _LARGEST:
        return float(found)
    if type(found) is float and -_INFINITE < found < _INFINITE:
        return found
    raise fault(what, path or key, f"is not a number: {_shown(found)}")


def text(parent: Json, key: str, what: str, path: str = "") -> str:
    """A text; absent and null are empty."""
    found = parent.get(key)
    if type(found) is str:
        return found
    if found is None:
        return ""
    raise fault(what, path or key, f"is not a text: {_shown(found)}")


def required_text(parent: Json, key: str, what: str, path: str = "") -> str:
    """A text that is not blank."""
    found = text(parent, key, what, path)
    if not found.strip():
        raise fault(what, path or key, "is missing")
    return found


def flag(parent: Json, key: str, what: str, path: str = "") -> bool:
    """A truth value; absent and null are false."""
    return bool(optional_flag(parent, key, what, path))


def optional_flag(parent: Json, key: str, what: str, path: str = "") -> bool | None:
    """A truth value, or None when the source gives none."""
    found = parent.get(key)
    if found is None or type(found) is bool:
        return found
    raise fault(what, path or key, f"is neither true nor false: {_shown(found)}")


def moment(parent: Json, key: str, what: str) -> datetime:
    """A required time, given in seconds since 1970."""
    seconds = whole(parent, key, what)
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as exc:
        raise fault(what, key, f"is no time: {_shown(seconds)}") from exc


def optional_day(parent: Json, key: str, what: str) -> date | None:
    """A day within a lifetime of 1970, given in seconds since then (negative before)."""
    seconds = optional_whole(parent, key, what)
    if seconds is None:
        return None
    if abs(seconds) > _LONGEST_LIFE_S:
        raise fault(what, key, f"is no day: {_shown(seconds)}")
    return (_EPOCH + timedelta(seconds=seconds)).date()


def fault(what: str, path: str, problem: str) -> InvalidInput:
    """The refusal of an answer, to be raised: `what` names the match, `path` the field."""
    return InvalidInput(f"{what}: {path} {problem}", errors={path: problem})


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "a truth value", type(None): "null"}
    return names.get(type(value), "a number")


def _shown(value: Any) -> str:
    shown = repr(value) if not isinstance(value, int) or abs(value) <= _LARGEST else "a huge number"
    return shown if len(shown) <= 60 else shown[:57] + "..."
