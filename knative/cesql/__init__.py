"""CloudEvents SQL 1.0: expressions over the context attributes of one event, as Trigger filters use them.

`parse` reads an expression into a tree (`syntax`) or refuses it; `unparse` prints a tree, to be read back the same;
`prepare` makes a function of it, to be called for each event; `evaluate` answers with a value and at most one error.
Pure, and evaluation always ends: no loops, bounded nesting, LIKE in time linear in pattern times text.
"""

from knative.cesql.errors import CesqlSyntaxError, ErrorKind, EvaluationError
from knative.cesql.evaluator import Evaluation, Program, evaluate, prepare
from knative.cesql.parser import parse
from knative.cesql.printer import unparse
from knative.cesql.syntax import Expression
from knative.cesql.values import Value

__all__ = [
    "CesqlSyntaxError",
    "ErrorKind",
    "Evaluation",
    "EvaluationError",
    "Expression",
    "Program",
    "Value",
    "evaluate",
    "parse",
    "prepare",
    "unparse",
]
