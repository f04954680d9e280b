"""What can be wrong with an expression, and with its evaluation."""

from __future__ import annotations

from enum import Enum

from shared.errors import InvalidInput


class ErrorKind(Enum):
    """The specification's kinds of errors, named as its compatibility kit names them."""

    PARSE = "parse"
    MATH = "math"
    CAST = "cast"
    MISSING_ATTRIBUTE = "missingAttribute"
    MISSING_FUNCTION = "missingFunction"
    FUNCTION_EVALUATION = "functionEvaluation"
    GENERIC = "generic"


class CesqlSyntaxError(InvalidInput):
    """The text is no CESQL expression. `position` counts characters from 0."""

    kind = ErrorKind.PARSE

    def __init__(self, message: str, position: int) -> None:
        super().__init__(f"{message} at character {position + 1}")
        self.position = position


class EvaluationError(Exception):
    """An operator or a function failed. `value` is what it answers all the same; None = the zero value of its type."""

    def __init__(self, kind: ErrorKind, message: str, value: str | int | bool | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.value = value

    def __str__(self) -> str:
        return f"{self.kind.value}: {self.args[0]}"
