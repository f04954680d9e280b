"""What a webhook reports about: a message, the fields it is about, and how several errors become one text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

INT32_MAX = 2**31 - 1


@dataclass(frozen=True, slots=True)
class FieldError:
    """One error; `paths` are relative to where it was found until `via` has led them to the root."""

    message: str
    paths: tuple[str, ...] = ()
    details: str = ""
    warning: bool = False

    def __str__(self) -> str:
        return f"{self.message}: {', '.join(self.paths)}" + (f"\n{self.details}" if self.details else "")


FieldErrors = list[FieldError]


def with_prefix(errors: Iterable[FieldError], *prefix: str | int) -> FieldErrors:
    """The same errors seen from further out: `prefix` names the fields and list places on the way in."""
    steps = [f"[{step}]" if isinstance(step, int) else step for step in prefix]
    return [replace(each, paths=tuple(_join([*steps, path]) for path in each.paths)) for each in errors]


def with_key(errors: Iterable[FieldError], key: str) -> FieldErrors:
    """The same errors seen from outside a mapping."""
    return with_prefix(errors, f"[{key}]")


def missing_field(*paths: str) -> FieldErrors:
    """A field has to be there."""
    return [FieldError("missing field(s)", paths)]


def disallowed_field(*paths: str, details: str = "") -> FieldErrors:
    """A field may not be there."""
    return [FieldError("must not set the field(s)", paths, details)]


def invalid_value(value: Any, path: str = "", details: str = "") -> FieldErrors:
    """A value that is not among the valid ones."""
    return [FieldError(f"invalid value: {value}", (path,), details)]


def invalid_key(key: str, path: str = "", details: str = "") -> FieldErrors:
    """A key that may not be one."""
    return [FieldError(f"invalid key name {go_quote(key)}", (path,), details)]


def out_of_bounds_value(value: Any, least: Any, most: Any, path: str = "") -> FieldErrors:
    """A number or duration outside its bounds."""
    return [FieldError(f"expected {least} <= {value} <= {most}", (path,))]


def missing_one_of(*paths: str) -> FieldErrors:
    """Exactly one of these has to be there, and none is."""
    return [FieldError("expected exactly one, got neither", paths)]


def multiple_one_of(*paths: str) -> FieldErrors:
    """Exactly one of these may be there, and several are."""
    return [FieldError("expected exactly one, got both", paths)]


def generic_error(message: str, *paths: str, details: str = "") -> FieldErrors:
    """Any other error."""
    return [FieldError(message, paths, details)]


def merge(errors: Iterable[FieldError]) -> list[FieldError]:
    """Equal errors about several fields become one, then all are put in order, as the webhook prints them."""
    paths: dict[tuple[str, str, bool], list[str]] = {}
    for each in errors:
        known = paths.setdefault((each.message, each.details, each.warning), [])
        known += [path for path in dict.fromkeys(each.paths) if path not in known]
    return [
        FieldError(message, tuple(sorted(paths[message, details, warning])), details, warning)
        for message, details, warning in sorted(paths)
    ]


def to_one_line(words: str) -> str:
    """The webhook's words without line ends."""
    return words.removesuffix(": ").replace(": \n", ": ").replace("\n", "; ")


def go_quote(text: str) -> str:
    """A text in Go's double quotes."""
    return '"' + "".join(_quote_character(each) for each in text) + '"'


def go_list(texts: Sequence[str]) -> str:
    """A list of texts as Go prints it."""
    return f"[{' '.join(texts)}]"


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ESCAPES["\v"] = "\\v"


def _quote_character(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _join(steps: Sequence[str]) -> str:
    """One path from its steps; a list place or key belongs to the field before it."""
    result: list[str] = []
    for part in (part for step in steps for part in step.split(".")):
        if not part:
            continue
        if result and part.startswith("[") and part.endswith("]"):
            result[-1] += part
        else:
            result.append(part)
    return ".".join(result)
