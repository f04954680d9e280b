"""Holds objects to every rule."""

from __future__ import annotations

from collections.abc import Iterable

from k8s.rules import normalization, pods, reach, references, secrets, versions
from k8s.rules.findings import RULES, Finding
from k8s.rules.object_index import Object, ObjectIndex, object_label

RULE_MODULES = (normalization, pods, reach, references, secrets, versions)
"""Importing them makes their rules known."""

__all__ = ["RULES", "RULE_MODULES", "Finding", "check"]


def check(objects: Iterable[Object]) -> list[Finding]:
    """Everything that the objects of one rendering break, each thing once."""
    index = ObjectIndex(tuple(objects))
    findings = {
        Finding(object=object_label(each), rule=rule.id, message=message)
        for rule in RULES.values()
        for each, message in rule.check(index)
    }
    return sorted(findings)
