"""Label selectors as Kubernetes reads them: every label and every requirement has to fit, and an empty one fits all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

OPERATORS: Mapping[str, Callable[[str | None, tuple[str, ...]], bool]] = {
    "In": lambda value, values: value in values,
    "NotIn": lambda value, values: value not in values,
    "Exists": lambda value, _: value is not None,
    "DoesNotExist": lambda value, _: value is None,
}
"""Operators on a label's value, which is None when there is no such label. A missing label is in no list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One of ``matchExpressions``."""

    key: str
    operator: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """``matchLabels`` and ``matchExpressions``."""

    labels: Mapping[str, str] = field(default_factory=dict)
    requirements: tuple[Requirement, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Return True if an object with these labels is meant."""
        if any(labels.get(key) != value for key, value in self.labels.items()):
            return False
        return all(OPERATORS[each.operator](labels.get(each.key), each.values) for each in self.requirements)
