"""What a webhook complains about: a message, the fields it is about, and how several complaints become one text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

INT32_MAX = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Complaint:
    """One complaint; `paths` are relative to where it was found until `via` has led them to the root."""

    message: str
    paths: tuple[str, ...] = ()
    details: str = ""
    warning: bool = False

    def __str__(self) -> str:
        return f"{self.message}: {', '.join(self.paths)}" + (f"\n{self.details}" if self.details else "")


Complaints = list[Complaint]


def via(complaints: Iterable[Complaint], *prefix: str | int) -> Complaints:
    """The same complaints seen from further out: `prefix` names the fields and list places on the way in."""
    steps = [f"[{step}]" if isinstance(step, int) else step for step in prefix]
    return [replace(each, paths=tuple(_join([*steps, path]) for path in each.paths)) for each in complaints]


def via_key(complaints: Iterable[Complaint], key: str) -> Complaints:
    """The same complaints seen from outside a mapping."""
    return via(complaints, f"[{key}]")


def missing(*paths: str) -> Complaints:
    """A field has to be there."""
    return [Complaint("missing field(s)", paths)]


def disallowed(*paths: str, details: str = "") -> Complaints:
    """A field may not be there."""
    return [Complaint("must not set the field(s)", paths, details)]


def invalid(value: Any, path: str = "", details: str = "") -> Complaints:
    """A value that is not among the valid ones."""
    return [Complaint(f"invalid value: {value}", (path,), details)]


def invalid_key(key: str, path: str = "", details: str = "") -> Complaints:
    """A key that may not be one."""
    return [Complaint(f"invalid key name {quoted(key)}", (path,), details)]


def out_of_bounds(value: Any, least: Any, most: Any, path: str = "") -> Complaints:
    """A number or duration outside its bounds."""
    return [Complaint(f"expected {least} <= {value} <= {most}", (path,))]


def neither(*paths: str) -> Complaints:
    """Exactly one of these has to be there, and none is."""
    return [Complaint("expected exactly one, got neither", paths)]


def both(*paths: str) -> Complaints:
    """Exactly one of these may be there, and several are."""
    return [Complaint("expected exactly one, got both", paths)]


def generic(message: str, *paths: str, details: str = "") -> Complaints:
    """Any other complaint."""
    return [Complaint(message, paths, details)]


def merged(complaints: Iterable[Complaint]) -> list[Complaint]:
    """Equal complaints about several fields become one, then all are put in order, as the webhook prints them."""
    paths: dict[tuple[str, str, bool], list[str]] = {}
    for each in complaints:
        known = paths.setdefault((each.message, each.details, each.warning), [])
        known += [path for path in dict.fromkeys(each.paths) if path not in known]
    return [
        Complaint(message, tuple(sorted(paths[message, details, warning])), details, warning)
        for message, details, warning in sorted(paths)
    ]


def on_one_line(words: str) -> str:
    """The webhook's words without line ends."""
    return words.removesuffix(": ").replace(": \n", ": ").replace("\n", "; ")


def quoted(text: str) -> str:
    """A text in Go's double quotes."""
    return '"' + "".join(_quoted_character(each) for each in text) + '"'


def listed(texts: Sequence[str]) -> str:
    """A list of texts as Go prints it."""
    return f"[{' '.join(texts)}]"


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ESCAPES["\v"] = "\\v"


def _quoted_character(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _join(steps: Sequence[str]) -> str:
    """One path from its steps; a list place or key belongs to the field before it."""
    found: list[str] = []
    for part in (part for step in steps for part in step.split(".")):
        if not part:
            continue
        if found and part.startswith("[") and part.endswith("]"):
            found[-1] += part
        else:
            found.append(part)
    return ".".join(found)
