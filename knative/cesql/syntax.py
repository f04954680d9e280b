"""The tree of an expression. Every node is frozen and compares by content."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

INTEGER_MIN, INTEGER_MAX = -(2**31), 2**31 - 1
KEYWORDS = frozenset({"AND", "OR", "XOR", "NOT", "LIKE", "EXISTS", "IN", "TRUE", "FALSE"})
MAX_DEPTH = 100
"""Levels of nesting an expression may have; operands of AND, OR and XOR side by side are one level."""


@dataclass(frozen=True, slots=True)
class Boolean:
    """``TRUE`` or ``FALSE``."""

    value: bool


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number of 32 bits, with its sign."""

    value: int


@dataclass(frozen=True, slots=True)
class Text:
    """A text between quotes."""

    value: str


@dataclass(frozen=True, slots=True)
class Attribute:
    """A context attribute of the event, in lower case."""

    name: str


@dataclass(frozen=True, slots=True)
class Exists:
    """``EXISTS name``."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function invocation; the name in upper case."""

    function: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """``NOT operand``."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Negate:
    """``-operand``."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Like:
    """``operand [NOT] LIKE 'pattern'``."""

    operand: Expression
    pattern: Text
    negated: bool = False


@dataclass(frozen=True, slots=True)
class In:
    """``operand [NOT] IN (members)``."""

    operand: Expression
    members: tuple[Expression, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """``left operator right``; one of ``* / % + -``."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Comparison:
    """``left operator right``; one of ``= != < <= > >=`` (``<>`` is read as ``!=``)."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Logic:
    """Operands side by side joined by ``AND``, ``OR``, ``XOR``, which bind alike and to the right.

    ``a AND b OR c`` is ``a AND (b OR c)``: operands ``(a, b, c)``, operators ``("AND", "OR")``.
    """

    operands: tuple[Expression, ...]
    operators: tuple[str, ...]


Expression: TypeAlias = (
    Boolean | Integer | Text | Attribute | Exists | Call | Not | Negate | Like | In | Arithmetic | Comparison | Logic
)


def children(node: Expression) -> tuple[Expression, ...]:
    """The expressions directly inside a node."""
    match node:
        case Call():
            return node.arguments
        case Not() | Negate() | Like():
            return (node.operand,)
        case In():
            return (node.operand, *node.members)
        case Arithmetic() | Comparison():
            return (node.left, node.right)
        case Logic():
            return node.operands
    return ()


def depth(node: Expression) -> int:
    """Levels of nesting; a literal has one. Needs no recursion, so any tree can be measured."""
    level, n_levels = [node], 0
    while level:
        level = [child for parent in level for child in children(parent)]
        n_levels += 1
    return n_levels


_STRING = re.compile(r"'(?:\\.|''|[^'\\])*'|\"(?:\\.|\"\"|[^\"\\])*\"", re.DOTALL)


def unquote(literal: str) -> str:
    """The text a literal stands for: a backslash is dropped before the literal's own quote only, and nowhere else."""
    quote = literal[0]
    return literal[1:-1].replace(f"\\{quote}", quote)


def quote(text: str) -> str:
    """A literal that stands for a text.

    Raises
    ------
    ValueError : there is none. The language has no escape for a backslash, so a text cannot end in an odd one.
    """
    for mark in "'\"":
        literal = mark + text.replace(mark, f"\\{mark}") + mark
        if _STRING.fullmatch(literal) and unquote(literal) == text:
            return literal
    raise ValueError(f"no CESQL literal stands for {text!r}")
