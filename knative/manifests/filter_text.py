"""Filters in words."""

from __future__ import annotations

from collections.abc import Mapping

from knative.manifests.dialects import Dialect
from knative.manifests.model import Trigger

EVERYTHING = "every event"


def by(trigger: Trigger) -> str:
    """What a Trigger lets through."""
    if trigger.filters:
        return " and ".join(_dialect(item) for item in trigger.filters)
    return _named(trigger.attributes, "=") or EVERYTHING


def type_of(trigger: Trigger) -> str:
    """The one type that can pass; empty when that cannot be said by looking."""
    named = [item.exact for item in trigger.filters] if trigger.filters else [trigger.attributes]
    return next((wanted["type"] for wanted in named if "type" in wanted), "")


def _dialect(item: Dialect) -> str:
    for named, verb in ((item.exact, "="), (item.prefix, "starts with"), (item.suffix, "ends with")):
        if named:
            return _named(named, verb)
    if item.all:
        return " and ".join(_dialect(one) for one in item.all)
    if item.any:
        return f"({' or '.join(_dialect(one) for one in item.any)})"
    if item.denied:
        return f"not ({_dialect(item.denied)})"
    return item.cesql or EVERYTHING


def _named(wanted: Mapping[str, str], verb: str) -> str:
    return ", ".join(f"{name} {verb} {value}" for name, value in wanted.items())
