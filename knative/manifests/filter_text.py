"""Describes filters in words."""

from __future__ import annotations

from collections.abc import Mapping

from knative.manifests.dialects import Dialect
from knative.manifests.model import Trigger

EVERYTHING = "every event"


def describe_filter(trigger: Trigger) -> str:
    """Describe which events a Trigger lets through."""
    if trigger.filters:
        return " and ".join(_describe_dialect(item) for item in trigger.filters)
    return _join_attributes(trigger.attributes, "=") or EVERYTHING


def filtered_type(trigger: Trigger) -> str:
    """The one type that can pass; empty when that cannot be said by looking."""
    attribute_filters = [item.exact for item in trigger.filters] if trigger.filters else [trigger.attributes]
    return next((attributes["type"] for attributes in attribute_filters if "type" in attributes), "")


def _describe_dialect(item: Dialect) -> str:
    for attributes, verb in ((item.exact, "="), (item.prefix, "starts with"), (item.suffix, "ends with")):
        if attributes:
            return _join_attributes(attributes, verb)
    if item.all:
        return " and ".join(_describe_dialect(one) for one in item.all)
    if item.any:
        return f"({' or '.join(_describe_dialect(one) for one in item.any)})"
    if item.negated:
        return f"not ({_describe_dialect(item.negated)})"
    return item.cesql or EVERYTHING


def _join_attributes(attributes: Mapping[str, str], verb: str) -> str:
    return ", ".join(f"{name} {verb} {value}" for name, value in attributes.items())
