"""The filter of a Trigger. It names the part that an event does not match, so that people can ask why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from knative.local.eventing.filters import attribute_lookups as lookups
from knative.local.eventing.filters import dialects
from knative.local.eventing.filters.attribute_lookups import Attributes, Lookup
from knative.local.eventing.filters.dialects import FilterAborted
from knative.manifests.dialects import Dialect
from knative.manifests.model import BrokerClass, Trigger


class Filter(Protocol):
    """One filter of a Trigger."""

    def mismatch(self, attributes: Attributes) -> str | None:
        """Describe the part that the event does not match; None = it matches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeFilter:
    """``filter.attributes``: every named attribute is present and equal.

    An empty value means "present and not empty" on the channel broker, and nothing on the Kafka broker. An
    extension that is a number or a boolean equals no text on the channel broker; the Kafka broker compares its text.
    """

    expected: Mapping[str, str]
    broker_class: BrokerClass
    _lookups: list[tuple[str, Lookup, str]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Choose once how each attribute is read."""
        is_kafka = self.broker_class is BrokerClass.KAFKA
        lookup = lookups.kafka_lookup if is_kafka else lookups.channel_lookup
        chosen = [(name, lookup(name), value) for name, value in self.expected.items() if value or not is_kafka]
        object.__setattr__(self, "_lookups", chosen)

    def mismatch(self, attributes: Attributes) -> str | None:
        """Describe the first attribute that differs."""
        for name, read, expected in self._lookups:
            value = read(attributes)
            if value is None or (value == "" and not expected):
                return f"filter.attributes {name}: the event has none"
            if expected and value != expected:
                return f"filter.attributes {name}: {value!r} is not {expected!r}"
        return None


class DialectFilter:
    """``filters``: every item matches."""

    def __init__(self, items: Sequence[Dialect], broker_class: BrokerClass) -> None:
        """Compile every item once."""
        self._items = dialects.AllOf(dialects.compile_parts(items, "filters", broker_class))

    def mismatch(self, attributes: Attributes) -> str | None:
        """Describe the innermost part that the event does not match, by its place in the YAML."""
        try:
            return self._items.mismatch(attributes)
        except FilterAborted as aborted:
            return str(aborted)


def filter_for_trigger(trigger: Trigger, broker_class: BrokerClass) -> Filter:
    """Return the filter of a Trigger; `filters` takes the place of `filter`."""
    if trigger.filters:
        return DialectFilter(trigger.filters, broker_class)
    return AttributeFilter(expected=trigger.attributes, broker_class=broker_class)
