"""Checks what CloudEvents demands of an event beyond what makes it readable: the formats of its attributes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from knative.local.eventing.ingress.media_type import is_media_type
from knative.manifests.model import BrokerClass
from shared.errors import InvalidInput
from shared.events import cloudevents

_ABSOLUTE_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?:[^\x00-\x20\x7f%]|%[0-9A-Fa-f]{2})+")
_FORMATS: Mapping[str, tuple[Callable[[str], object], str]] = {
    "source": (cloudevents.is_uri_reference, "not a URI reference"),
    "dataschema": (_ABSOLUTE_URI.fullmatch, "not an absolute URI"),
    "subject": (str.strip, "empty"),
    "datacontenttype": (is_media_type, "not a media type"),
}
_UNCHECKED = {BrokerClass.KAFKA: frozenset({"datacontenttype"}), BrokerClass.CHANNEL: frozenset[str]()}
"""The Kafka broker's ingress takes any content type."""


def check(attributes: Mapping[str, object], broker_class: BrokerClass) -> None:
    """Raise `InvalidInput` that names every attribute whose format is wrong."""
    faults = {
        name: fault
        for name, (is_valid, fault) in _FORMATS.items()
        if name in attributes and name not in _UNCHECKED[broker_class] and not is_valid(str(attributes[name]))
    }
    if faults:
        listed = ", ".join(f"{name} is {fault}" for name, fault in faults.items())
        raise InvalidInput(f"not a CloudEvent 1.0: {listed}", errors=faults)
