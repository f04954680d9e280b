"""Which events a Trigger wants. A filter tells which part of it an event does not meet, so that one can ask why."""

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
        """The part that the event does not meet, in words; None = it matches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeFilter:
    """``filter.attributes``: every named attribute is there and equal.

    An empty value means "must be there and not be empty" on the channel broker, and nothing on the Kafka broker. An
    extension that is a number or a boolean equals no text on the channel broker; the Kafka broker compares its text.
    """

    wanted: Mapping[str, str]
    broker_class: BrokerClass
    _lookups: list[tuple[str, Lookup, str]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Choose once how each attribute is read."""
        is_kafka = self.broker_class is BrokerClass.KAFKA
        lookup = lookups.kafka if is_kafka else lookups.channel
        found = [(name, lookup(name), value) for name, value in self.wanted.items() if value or not is_kafka]
        object.__setattr__(self, "_lookups", found)

    def mismatch(self, attributes: Attributes) -> str | None:
        """The first attribute that differs."""
        for name, read, wanted in self._lookups:
            value = read(attributes)
            if value is None or (value == "" and not wanted):
                return f"filter.attributes {name}: the event has none"
            if wanted and value != wanted:
                return f"filter.attributes {name}: {value!r} is not {wanted!r}"
        return None


class DialectFilter:
    """``filters``: every item is met."""

    def __init__(self, wanted: Sequence[Dialect], broker_class: BrokerClass) -> None:
        """Prepares every item once."""
        self._items = dialects.All(dialects.compile_parts(wanted, "filters", broker_class))

    def mismatch(self, attributes: Attributes) -> str | None:
        """The innermost part that the event does not meet, by its place in the manifest."""
        try:
            return self._items.mismatch(attributes)
        except FilterAborted as broken:
            return str(broken)


def filter_for_trigger(trigger: Trigger, broker_class: BrokerClass) -> Filter:
    """The filter a Trigger asks for; `filters` takes the place of `filter`."""
    if trigger.filters:
        return DialectFilter(trigger.filters, broker_class)
    return AttributeFilter(wanted=trigger.attributes, broker_class=broker_class)
