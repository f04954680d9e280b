"""Findings and rules of the linter; a rule has an id, one line about it, and a hint how to fix it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from knative.lint.object_index import ObjectIndex
    from knative.lint.yaml_objects import Object

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One thing to look for."""

    id: str
    severity: Severity
    about: str
    hint: str
    """A hint how to fix it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A rule that something breaks, and where."""

    file: str
    line: int
    object: str
    """Kind, namespace and name; empty where no object could be read."""
    severity: Severity
    rule: str
    message: str
    hint: str


Violations = Iterator[tuple["Object", str, str]]
"""An object, the path of the field that is to blame, and what to say."""
Check = Callable[["ObjectIndex"], Violations]

RULES: dict[str, Rule] = {}
CHECKS: dict[str, Check] = {}


def declare_rule(id: str, severity: Severity, about: str, hint: str) -> None:
    """Make a rule known whose breaking is found elsewhere: while reading, or by the webhook."""
    RULES[id] = Rule(id=id, severity=severity, about=about, hint=hint)


def rule(id: str, severity: Severity, about: str, hint: str) -> Callable[[Check], Check]:
    """Make the decorated check the one that finds where a rule is broken."""

    def register(check: Check) -> Check:
        declare_rule(id, severity, about, hint)
        CHECKS[id] = check
        return check

    return register
