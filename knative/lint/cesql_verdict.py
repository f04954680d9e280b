"""The verdict of a CESQL filter on an event of which only the type is known: logic with an unknown third value."""

from __future__ import annotations

from enum import Enum

from knative import cesql
from knative.cesql.syntax import Attribute, Exists, Expression, Logic, Not, children
from knative.cesql.values import to_boolean

_ALWAYS_THERE = frozenset({"id", "source", "specversion", "type"})
"""Attributes that every event has."""


class _Verdict(Enum):
    TRUE = True
    FALSE = False
    FAILED = "failed"
    """The evaluation ends in an error, which is no match."""
    UNKNOWN = None


def passes(expression: Expression, type_: str) -> bool | None:
    """Tell whether an event of this type passes; None when that depends on more than its type."""
    verdict = _judge(expression, {"specversion": "1.0", "type": type_})
    return None if verdict is _Verdict.UNKNOWN else verdict is _Verdict.TRUE


def _judge(node: Expression, known: dict[str, cesql.Value]) -> _Verdict:
    match node:
        case Not():
            return _negate(_judge(node.operand, known))
        case Logic():
            return _join([_judge(each, known) for each in node.operands], list(node.operators))
        case Exists() if node.name in _ALWAYS_THERE:
            return _Verdict.TRUE
    return _evaluate(node, known) if _attributes(node) <= set(known) else _Verdict.UNKNOWN


def _evaluate(node: Expression, known: dict[str, cesql.Value]) -> _Verdict:
    try:
        return _Verdict(to_boolean(cesql.prepare(node)(known)))
    except cesql.EvaluationError:
        return _Verdict.FAILED


def _attributes(node: Expression) -> set[str]:
    """The names that an expression reads."""
    own = {node.name} if isinstance(node, Attribute | Exists) else set()
    return own.union(*map(_attributes, children(node)))


def _negate(verdict: _Verdict) -> _Verdict:
    return {_Verdict.TRUE: _Verdict.FALSE, _Verdict.FALSE: _Verdict.TRUE}.get(verdict, verdict)


def _join(operands: list[_Verdict], operators: list[str]) -> _Verdict:
    """Operators bind alike and to the right: ``a AND b OR c`` is ``a AND (b OR c)``."""
    if not operators:
        return operands[0]
    return _combine(operands[0], operators[0], _join(operands[1:], operators[1:]))


def _combine(left: _Verdict, operator: str, right: _Verdict) -> _Verdict:
    """AND and OR do not look at the right side where the left one decides."""
    if left is _Verdict.FAILED:
        return left
    if operator == "XOR":
        if _Verdict.UNKNOWN in (left, right) or right is _Verdict.FAILED:
            return right if right is _Verdict.FAILED else _Verdict.UNKNOWN
        return _Verdict(left is not right)
    decisive = _Verdict.FALSE if operator == "AND" else _Verdict.TRUE
    if left is decisive:
        return left
    if left is _Verdict.UNKNOWN:
        return decisive if right is decisive else _Verdict.UNKNOWN
    return right
