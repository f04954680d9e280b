"""Text to tokens, by the specification's lexical grammar: the longest token wins, keywords in any case."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from knative.cesql.errors import CesqlSyntaxError
from knative.cesql.syntax import KEYWORDS

Kind = Literal["text", "integer", "name", "function", "keyword", "symbol", "end"]

_TOKEN = re.compile(
    r"""
    [ \t\r\n]+
    | (?P<text> '(?:\\.|''|[^'\\])*' | "(?:\\.|""|[^"\\])*" )
    # A sign belongs to the digits that touch it: `1 -2` is two integers, and therefore no expression.
    | (?P<integer> [+-][0-9]+ | [0-9]+(?![A-Za-z0-9]) )
    | (?P<function> [A-Za-z]+_[A-Za-z_]* )
    | (?P<name> [A-Za-z0-9]+ )
    | (?P<symbol> != | <> | <= | >= | [()=<>,*/%+-] )
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """One token; keywords are in upper case, everything else is as written. `position` counts from 0."""

    kind: Kind
    text: str
    position: int


def tokens(source: str) -> Iterator[Token]:
    """Every token of a text, and an "end" at last; raises `CesqlSyntaxError` at what is none."""
    try:
        source.encode()
    except UnicodeEncodeError as error:
        raise CesqlSyntaxError("half of a surrogate pair", error.start) from error
    position = 0
    while position < len(source):
        match = _TOKEN.match(source, position)
        if match is None:
            raise CesqlSyntaxError(_trouble(source[position]), position)
        if match.lastgroup:
            yield _token(match.lastgroup, match[0], position)
        position = match.end()
    yield Token("end", "", len(source))


def _token(group: str, text: str, position: int) -> Token:
    if group == "name" and text.upper() in KEYWORDS:
        return Token("keyword", text.upper(), position)
    return Token(group, text, position)  # type: ignore[arg-type]  # the groups are named as the kinds


def _trouble(character: str) -> str:
    return "a text without its closing quote" if character in "'\"" else f"{character!r} means nothing"
