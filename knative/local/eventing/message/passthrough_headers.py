"""Selects the HTTP headers that are not the event's own and yet travel with it through a data plane."""

from __future__ import annotations

from collections.abc import Mapping

from knative.manifests.model import BrokerClass

TRACE_HEADERS = frozenset({"traceparent", "tracestate"})
"""W3C trace context; both data planes pass it on."""
CHANNEL_HEADERS = TRACE_HEADERS | {"x-request-id", "retry-after"}
CHANNEL_PREFIXES = ("knative-", "x-b3-")


def select(headers: Mapping[str, str], broker_class: BrokerClass) -> dict[str, str]:
    """Return the headers, whose names are lower case, that are passed on; all others end here."""
    if broker_class is BrokerClass.KAFKA:
        return {name: value for name, value in headers.items() if name in TRACE_HEADERS}
    return {
        name: value for name, value in headers.items() if name in CHANNEL_HEADERS or name.startswith(CHANNEL_PREFIXES)
    }
