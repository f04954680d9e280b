"""Trees to text: with as few brackets as it takes to read back the same tree."""

from __future__ import annotations

from knative.cesql.parser import ATOM, BINARY, COMPARISON, IN, LIKE, LOGIC, MINUS, NOT
from knative.cesql.syntax import (
    Arithmetic,
    Attribute,
    Boolean,
    Call,
    Comparison,
    Exists,
    Expression,
    In,
    Integer,
    Like,
    Logic,
    Negate,
    Not,
    Text,
    quote,
)


def unparse(node: Expression) -> str:
    """The text of a tree; ``parse(unparse(tree)) == tree``.

    Raises
    ------
    ValueError : a text inside has no literal (`syntax.quote`).
    """
    match node:
        case Boolean():
            return "TRUE" if node.value else "FALSE"
        case Integer() | Text() | Attribute() | Exists():
            return _atom(node)
        case Call():
            return f"{node.function}({_print_list(node.arguments)})"
        case Not():
            return f"NOT {_inside(node.operand, NOT)}"
        case Negate():
            text = _inside(node.operand, MINUS)
            # A sign that touches digits belongs to them.
            return f"- {text}" if text[0].isdigit() else f"-{text}"
        case Logic():
            return _logic(node)
    return _binary(node)


def _atom(node: Integer | Text | Attribute | Exists) -> str:
    match node:
        case Integer():
            return str(node.value)
        case Text():
            return quote(node.value)
        case Exists():
            return f"EXISTS {node.name}"
    return node.name


def _binary(node: Like | In | Arithmetic | Comparison) -> str:
    match node:
        case Like():
            return f"{_inside(node.operand, LIKE)} {_negated(node)}LIKE {quote(node.pattern.value)}"
        case In():
            return f"{_inside(node.operand, IN)} {_negated(node)}IN ({_print_list(node.members)})"
    binding = BINARY[node.operator]
    return f"{_inside(node.left, binding)} {node.operator} {_inside(node.right, binding + 1)}"


def _logic(node: Logic) -> str:
    first, *rest = (_inside(operand, COMPARISON) for operand in node.operands)
    return first + "".join(f" {operator} {text}" for operator, text in zip(node.operators, rest, strict=True))


def _print_list(nodes: tuple[Expression, ...]) -> str:
    return ", ".join(unparse(node) for node in nodes)


def _negated(node: Like | In) -> str:
    return "NOT " if node.negated else ""


def _inside(node: Expression, loosest: int) -> str:
    """A part, in brackets when it binds more loosely than its place allows."""
    text = unparse(node)
    return text if _binding(node) >= loosest else f"({text})"


def _binding(node: Expression) -> int:
    match node:
        case Logic():
            return LOGIC
        case Comparison() | Arithmetic():
            return BINARY[node.operator]
        case In():
            return IN
        case Like():
            return LIKE
    return ATOM  # NOT and minus too: nothing binds tighter, and what stands before them cannot take part of them
