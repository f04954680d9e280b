"""Holds objects to every rule."""

from __future__ import annotations

from collections.abc import Iterable

from k8s.rules import pods, reach, references, secrets, versions
from k8s.rules.findings import RULES, Finding
from k8s.rules.world import Object, World, told

CHECKED_BY = (pods, reach, references, secrets, versions)
"""Importing them makes their rules known."""

__all__ = ["CHECKED_BY", "RULES", "Finding", "check"]


def check(objects: Iterable[Object]) -> list[Finding]:
    """Everything that the objects of one rendering break, each thing once."""
    world = World(tuple(objects))
    found = {
        Finding(object=told(each), rule=rule.id, message=message)
        for rule in RULES.values()
        for each, message in rule.check(world)
    }
    return sorted(found)
