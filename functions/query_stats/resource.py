"""What a resource is: a path, its parameters, how it is answered, and the model of the answer.

A new one is a named question in SQL, a model of its rows, and one `Resource` in the list of its module.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from importlib import import_module

from functions.query_stats.stats_request import Asked, Content

_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(2299, 12, 30)
"""What the store can hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One kind of answer under ``/stats``. Models are named, not imported: pydantic is slow to load."""

    name: str
    path: str
    """Below ``/stats``, in Flask's terms."""
    text: str
    """What it is, in one line."""
    answer: Callable[[Asked], Content]
    model: str
    """Of the answer: ``module.Model`` below `functions.query_stats.models`."""
    query: str = "Nothing"
    """Of the parameters: a model of `functions.query_stats.edge`."""

    def model_class(self) -> type:
        """The model of the answer."""
        module, _, name = self.model.rpartition(".")
        found: type = getattr(import_module(f"functions.query_stats.models.{module}"), name)
        return found


def items(question: str) -> Callable[[Asked], Content]:
    """All rows of a named question."""
    return lambda asked: {"items": asked.rows(question)}


def of_season(question: str) -> Callable[[Asked], Content]:
    """All rows of a named question about one season of a league."""
    return lambda asked: {**asked.head, "items": asked.rows(question)}


def about(name: str, question: str) -> Callable[[Asked], Content]:
    """All rows of a named question about the record whose id is this part of the path."""
    return lambda asked: {name: asked[name], "items": asked.rows(question)}


def span(asked: Asked) -> dict[str, object]:
    """The parameters of a question by season or, `whole`, between dates, both of which count."""
    first, last = asked["date_from"], asked["date_to"]
    return {"whole": bool(first or last), "date_from": first or _FIRST_DAY, "date_to": last or _LAST_DAY}
