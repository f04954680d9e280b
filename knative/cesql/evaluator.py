"""Trees to functions of an event's attributes: prepared once, called for each event.

An error ends the evaluation at once, and the outermost operator answers the zero value of its type: the error model
that the specification's compatibility kit checks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from knative.cesql import functions
from knative.cesql.arithmetic import ARITHMETIC, ORDER, wrapped
from knative.cesql.errors import ErrorKind, EvaluationError
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
    children,
)
from knative.cesql.texts import CHARACTERS, Texts
from knative.cesql.values import STRICT, Casts, Value, to_text

Attributes: TypeAlias = Mapping[str, Value]
Program: TypeAlias = Callable[[Attributes], Value]
Reader: TypeAlias = Callable[[Attributes], Value | None]


def by_name(name: str) -> Reader:
    """Reads an attribute as it stands; None = it is not there."""
    return lambda attributes: attributes.get(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """What implementations of the language differ in; the defaults are the specification's.

    `texts` is how texts are measured, `casts` how operands become what an operator takes, `reader` how an attribute of
    this name is read. With `forgiving` the evaluation goes on after an error, with the zero value of the operator's
    type in its place; an attribute that the event does not have is ``FALSE`` to functions, ``IN``, ``AND``, ``OR`` and
    ``XOR``, and an error of every other operator around it.
    """

    texts: Texts = CHARACTERS
    casts: Casts = field(default_factory=lambda: STRICT)
    reader: Callable[[str], Reader] = by_name
    forgiving: bool = False


STANDARD = Runtime()


class Evaluation(NamedTuple):
    """What an expression answers: always a value, and the error that made it so, if any."""

    value: Value
    error: EvaluationError | None = None


def evaluate(expression: Expression, attributes: Attributes, runtime: Runtime = STANDARD) -> Evaluation:
    """The value of an expression for one event; never raises."""
    operands = [_forgetting(prepare(child, runtime)) for child in children(expression)]
    try:
        return Evaluation(value=_built(expression, operands, runtime)(attributes))
    except EvaluationError as error:
        value = _zero(expression, runtime) if error.value is None else error.value
        return Evaluation(value=value, error=error)


def prepare(expression: Expression, runtime: Runtime = STANDARD) -> Program:
    """A function of the attributes that answers the expression's value, or raises `EvaluationError`."""
    operands = [prepare(child, runtime) for child in children(expression)]
    if not runtime.forgiving:
        return _built(expression, operands, runtime)
    if isinstance(expression, Call | In | Logic):
        operands = [_or_value(operand, False) for operand in operands]
    program = _built(expression, operands, runtime)
    return program if isinstance(expression, Attribute) else _or_value(program, _zero(expression, runtime))


def _or_value(program: Program, zero: Value) -> Program:
    """The value that an error carries, or else the zero value, takes the place of the error."""

    def forgiving(attributes: Attributes) -> Value:
        try:
            return program(attributes)
        except EvaluationError as error:
            return zero if error.value is None else error.value

    return forgiving


def _forgetting(program: Program) -> Program:
    """Drop the value of an operand that failed: the operator around it does not get it."""

    def forgetting(attributes: Attributes) -> Value:
        try:
            return program(attributes)
        except EvaluationError as error:
            error.value = None
            raise

    return forgetting


def _zero(node: Expression, runtime: Runtime) -> Value:
    match node:
        case Arithmetic() | Negate():
            return 0
        case Call():
            result = functions.find(runtime.texts, node.function, len(node.arguments))
            return result.answers() if result else False
    return False


def _built(node: Expression, operands: Sequence[Program], runtime: Runtime) -> Program:
    """The program of a node, given those of its `children`."""
    match node:
        case Boolean() | Integer() | Text():
            return _constant(node.value)
        case Attribute():
            return _attribute(node.name, runtime.reader(node.name))
        case Exists():
            return _exists(runtime.reader(node.name))
        case Call():
            return _call(node, operands, runtime)
        case Like():
            return _like(node, operands[0], runtime.texts)
        case Arithmetic():
            return _arithmetic(ARITHMETIC[node.operator], *operands, to_integer=runtime.casts[int])
        case Negate():
            to_integer = runtime.casts[int]
            return lambda attributes: wrapped(-to_integer(operands[0](attributes)))
    return _boolean(node, operands, runtime.casts)


def _boolean(node: Not | In | Comparison | Logic, operands: Sequence[Program], casts: Casts) -> Program:
    match node:
        case Not():
            return _not(operands[0], casts)
        case In():
            return _in(node, operands, casts)
        case Logic():
            return _logic(node, operands, casts)
    if node.operator in ORDER:
        return _order(ORDER[node.operator], *operands, to_integer=casts[int])
    return _equal(*operands, casts=casts, expected=node.operator == "=")


def _constant(value: Value) -> Program:
    return lambda attributes: value


def _attribute(name: str, read: Reader) -> Program:
    def attribute(attributes: Attributes) -> Value:
        value = read(attributes)
        if value is None:
            raise EvaluationError(ErrorKind.MISSING_ATTRIBUTE, f"the event has no attribute {name}")
        return value

    return attribute


def _exists(read: Reader) -> Program:
    return lambda attributes: read(attributes) is not None


def _not(operand: Program, casts: Casts) -> Program:
    to_boolean = casts[bool]

    def negated(attributes: Attributes) -> Value:
        value = operand(attributes)
        try:
            return not to_boolean(value)
        except EvaluationError as error:
            error.value = True  # of the zero value, false
            raise

    return negated


def _like(node: Like, operand: Program, texts: Texts) -> Program:
    fits, expected = texts.like(node.pattern.value), not node.negated
    return lambda attributes: fits(to_text(operand(attributes))) is expected


def _in(node: In, operands: Sequence[Program], casts: Casts) -> Program:
    wanted, *members = operands
    expected = not node.negated

    def is_in(attributes: Attributes) -> Value:
        value = wanted(attributes)
        to_its_type = casts[type(value)]
        result = any(to_its_type(member(attributes)) == value for member in members)
        return result is expected

    return is_in


def _equal(left: Program, right: Program, *, casts: Casts, expected: bool) -> Program:
    def equal(attributes: Attributes) -> Value:
        value, other = left(attributes), right(attributes)
        return (casts[type(other)](value) == other) is expected

    return equal


def _order(
    holds: Callable[[int, int], bool], left: Program, right: Program, *, to_integer: Callable[[Value], int]
) -> Program:
    def order(attributes: Attributes) -> Value:
        value, other = left(attributes), right(attributes)
        return holds(to_integer(value), to_integer(other))

    return order


def _arithmetic(
    result: Callable[[int, int], int], left: Program, right: Program, *, to_integer: Callable[[Value], int]
) -> Program:
    def arithmetic(attributes: Attributes) -> Value:
        value, other = left(attributes), right(attributes)
        return wrapped(result(to_integer(value), to_integer(other)))

    return arithmetic


def _logic(node: Logic, operands: Sequence[Program], casts: Casts) -> Program:
    """To the right: each operator decides, or leaves the answer to what follows; XOR with true turns it around."""
    to_boolean = casts[bool]
    *steps, last = operands
    joined = list(zip(steps, node.operators, strict=True))

    def logic(attributes: Attributes) -> Value:
        turned = False
        for operand, joint in joined:
            value = to_boolean(operand(attributes))
            if joint == "XOR":
                turned ^= value
            elif value is (joint == "OR"):
                return value is not turned
        return to_boolean(last(attributes)) is not turned

    return logic


def _call(node: Call, operands: Sequence[Program], runtime: Runtime) -> Program:
    result = functions.find(runtime.texts, node.function, len(operands))
    if result is None:
        return _missing(f"no function {node.function} takes {len(operands)} arguments")
    function, arguments = (
        result.call,
        [(operand, result.cast(at, runtime.casts)) for at, operand in enumerate(operands)],
    )

    def call(attributes: Attributes) -> Value:
        return function(*[cast(operand(attributes)) for operand, cast in arguments])

    return call


def _missing(message: str) -> Program:
    def missing(attributes: Attributes) -> Value:
        raise EvaluationError(ErrorKind.MISSING_FUNCTION, message)

    return missing
