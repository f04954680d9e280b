"""A rule, what breaks it, and the register of all rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from k8s.rules.object_index import Object, ObjectIndex

Violations = Iterator[tuple[Object, str]]
"""Objects, and what to say of each."""
Check = Callable[[ObjectIndex], Violations]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One thing to look for."""

    id: str
    about: str
    check: Check


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Finding:
    """An object that breaks a rule."""

    object: str
    """Kind, namespace and name."""
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.object}: {self.message} [{self.rule}]"


RULES: dict[str, Rule] = {}


def rule(id: str, about: str) -> Callable[[Check], Check]:
    """Make the decorated check the one that finds where a rule is broken."""

    def register(check: Check) -> Check:
        RULES[id] = Rule(id=id, about=about, check=check)
        return check

    return register
