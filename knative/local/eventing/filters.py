"""Which events a Trigger wants. A filter tells which part of it an event does not meet, so that one can ask why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from knative.local.manifests import BrokerClass, Trigger


class Filter(Protocol):
    """One filter of a Trigger."""

    def mismatch(self, attributes: Mapping[str, str]) -> str | None:
        """The part that the event does not meet, in words; None = it matches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ByAttributes:
    """``filter.attributes``: every named attribute is there and equal.

    An empty value means "must be there and not be empty" on the channel broker, and nothing on the Kafka broker.
    """

    wanted: Mapping[str, str]
    broker_class: BrokerClass

    def mismatch(self, attributes: Mapping[str, str]) -> str | None:
        """The first attribute that differs."""
        for name, value in self.wanted.items():
            if value == "" and self.broker_class is BrokerClass.KAFKA:
                continue
            found = attributes.get(name)
            if not found:
                return f"attribute {name} is not there"
            if value not in ("", found):
                return f"attribute {name} is {found!r}, not {value!r}"
        return None


def of_trigger(trigger: Trigger, broker_class: BrokerClass) -> Filter:
    """The filter a Trigger asks for."""
    return ByAttributes(wanted=trigger.attributes, broker_class=broker_class)
