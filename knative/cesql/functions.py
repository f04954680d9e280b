"""The built-in functions: what each takes, and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from knative.cesql.errors import ErrorKind, EvaluationError
from knative.cesql.syntax import INTEGER_MAX, INTEGER_MIN
from knative.cesql.texts import WHITESPACE, Texts
from knative.cesql.values import Casts, Value, as_boolean, to_integer, to_text


@dataclass(frozen=True, slots=True)
class Function:
    """A function of fixed arity, or one whose last parameter repeats, never or more."""

    parameters: tuple[type[Value] | None, ...]
    """The type each argument is cast to; None = any."""
    answers: type[Value]
    call: Callable[..., Value]
    variadic: bool = False

    def takes(self, n_arguments: int) -> bool:
        """Return True if it can be called with so many arguments."""
        n_parameters = len(self.parameters)
        return n_arguments >= n_parameters - 1 if self.variadic else n_arguments == n_parameters

    def cast(self, index: int, casts: Casts) -> Callable[[Value], Value]:
        """Return how the argument at this place becomes what the function takes."""
        kind = self.parameters[min(index, len(self.parameters) - 1)]
        return casts[kind] if kind else lambda value: value


def find(texts: Texts, name: str, n_arguments: int) -> Function | None:
    """The built-in function of this name and arity."""
    return next((each for each in _built_in(texts).get(name, ()) if each.takes(n_arguments)), None)


@cache
def _built_in(texts: Texts) -> dict[str, tuple[Function, ...]]:
    """All functions by name, over texts that are measured in this way."""

    def left(text: str, n: int) -> str:
        return texts.part(text, 0, _counted("LEFT", text, n))

    def right(text: str, n: int) -> str:
        length = texts.length(text)
        return texts.part(text, max(0, length - _counted("RIGHT", text, n)), length)

    def substring(text: str, position: int, n: int = INTEGER_MAX) -> str:
        length = texts.length(text)
        if position == 0:
            return ""
        if abs(position) > length:
            raise _failed(f"SUBSTRING finds no position {position} in a text of length {length}")
        if n < 0:
            raise _failed(f"SUBSTRING cannot be {n} long")
        start = position - 1 if position > 0 else length + position
        return texts.part(text, start, start + n)

    return {
        "INT": (Function((None,), int, to_integer),),
        "BOOL": (Function((None,), bool, as_boolean),),
        "STRING": (Function((None,), str, to_text),),
        "IS_INT": (Function((None,), bool, lambda value: _can(to_integer, value)),),
        "IS_BOOL": (Function((None,), bool, lambda value: _can(as_boolean, value)),),
        "ABS": (Function((int,), int, _absolute),),
        "LENGTH": (Function((str,), int, texts.length),),
        "CONCAT": (Function((str,), str, lambda *parts: texts.join("", parts), variadic=True),),
        "CONCAT_WS": (Function((str, str), str, lambda between, *parts: texts.join(between, parts), variadic=True),),
        "LOWER": (Function((str,), str, texts.lower),),
        "UPPER": (Function((str,), str, texts.upper),),
        "TRIM": (Function((str,), str, lambda text: text.strip(WHITESPACE)),),
        "LEFT": (Function((str, int), str, left),),
        "RIGHT": (Function((str, int), str, right),),
        "SUBSTRING": (Function((str, int), str, substring), Function((str, int, int), str, substring)),
    }


def _counted(function: str, text: str, n: int) -> int:
    if n < 0:
        raise _failed(f"{function} cannot take {n} characters", text)
    return n


def _failed(message: str, value: Value | None = None) -> EvaluationError:
    return EvaluationError(ErrorKind.FUNCTION_EVALUATION, message, value)


def _absolute(number: int) -> int:
    if number == INTEGER_MIN:
        raise EvaluationError(ErrorKind.MATH, f"ABS({number}) needs more than 32 bits", INTEGER_MAX)
    return abs(number)


def _can(cast: Callable[[Value], Value], value: Value) -> bool:
    try:
        cast(value)
    except EvaluationError:
        return False
    return True
