"""Checks that a text is a JSON object to Go; raises Go's error when it is none."""

from __future__ import annotations

import re

_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'[^"\\\x00-\x1f]*')
_ESCAPE = re.compile(r'\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_NUMBER_START = re.compile(r"-?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*(?:[eE][+-]?)?|[eE][+-]?)?)?")
_LITERALS = {"t": "true", "f": "false", "n": "null"}
_KINDS = {"{": "object", "[": "array", '"': "string", "t": "bool", "f": "bool"}
_DEEPEST = 10_000


class _End(ValueError):
    """The text ends too early."""


def check_object(text: str, into: str = "map[string]interface {}") -> None:
    """ValueError in Go's words unless the text is an object or null, as a value of the Go type `into` has to be."""
    start = _skip(text, 0)
    try:
        end = _value(text, start, 0)
    except (_End, IndexError):
        raise ValueError("unexpected end of JSON input") from None
    rest = text[end:].lstrip(" \t\r\n")
    if rest:
        raise _unexpected(rest, 0, "after top-level value")
    first = text[start]
    if first not in "{n":
        raise ValueError(f"json: cannot unmarshal {_KINDS.get(first, 'number')} into Go value of type {into}")


def _value(text: str, at: int, depth: int) -> int:
    """The place after the value that starts at `at`."""
    first = text[at]
    if first in "{[":
        if depth >= _DEEPEST:
            raise ValueError("exceeded max depth")
        return _object(text, at + 1, depth + 1) if first == "{" else _array(text, at + 1, depth + 1)
    if first == '"':
        return _string(text, at)
    if first in _LITERALS:
        return _literal(text, at, _LITERALS[first])
    if first == "-" or "0" <= first <= "9":
        return _number(text, at)
    raise _unexpected(text, at, "looking for beginning of value")


def _object(text: str, at: int, depth: int) -> int:
    at = _skip(text, at)
    if text[at] == "}":
        return at + 1
    while True:
        if text[at] != '"':
            raise _unexpected(text, at, "looking for beginning of object key string")
        at = _skip(text, _string(text, at))
        if text[at] != ":":
            raise _unexpected(text, at, "after object key")
        at = _skip(text, _value(text, _skip(text, at + 1), depth))
        if text[at] == "}":
            return at + 1
        if text[at] != ",":
            raise _unexpected(text, at, "after object key:value pair")
        at = _skip(text, at + 1)


def _array(text: str, at: int, depth: int) -> int:
    at = _skip(text, at)
    if text[at] == "]":
        return at + 1
    while True:
        at = _skip(text, _value(text, at, depth))
        if text[at] == "]":
            return at + 1
        if text[at] != ",":
            raise _unexpected(text, at, "after array element")
        at = _skip(text, at + 1)


def _string(text: str, at: int) -> int:
    at += 1
    while True:
        at = _past(_STRING, text, at)
        if text[at] == '"':
            return at + 1
        if text[at] != "\\":
            raise _unexpected(text, at, "in string")
        matched = _ESCAPE.match(text, at)
        if matched is None:
            length = 6 if text[at + 1] == "u" else 2
            if len(text) < at + length:
                raise _End
            raise ValueError(f"invalid escape sequence `{text[at : at + length]}` in string")
        at = matched.end()


def _literal(text: str, at: int, literal: str) -> int:
    for place, expected in enumerate(literal):
        if text[at + place] != expected:
            raise _unexpected(text, at + place, f"in literal {literal} (expecting {_quoted(expected)})")
    return at + len(literal)


def _number(text: str, at: int) -> int:
    whole = _NUMBER.match(text, at)
    reached = _past(_NUMBER_START, text, at)
    if whole is None or whole.end() < reached:
        raise _unexpected(text, reached, "in numeric literal")
    if len(whole[0]) > 300 and float(whole[0]) in (float("inf"), float("-inf")):
        raise ValueError(f"json: cannot unmarshal number {whole[0]} into Go value of type float64")
    return whole.end()


def _skip(text: str, at: int) -> int:
    return _past(_SPACE, text, at)


def _past(pattern: re.Pattern[str], text: str, at: int) -> int:
    """Behind what fits a pattern that fits the empty text as well, and so always fits."""
    match = pattern.match(text, at)
    assert match is not None
    return match.end()


def _unexpected(text: str, at: int, where: str) -> ValueError:
    return ValueError(f"invalid character {_quoted(text[at])} {where}")


def _quoted(character: str) -> str:
    escapes = {"'": "\\'", "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    if "\udc80" <= character <= "\udcff":  # a byte that is no UTF-8
        return f"'\\x{ord(character) - 0xDC00:02x}'"
    if character in escapes or character.isprintable():
        return f"'{escapes.get(character, character)}'"
    return f"'\\x{ord(character):02x}'" if ord(character) < 0x80 else f"'\\u{ord(character):04x}'"
