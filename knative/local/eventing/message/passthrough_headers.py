"""Which HTTP headers that are not the event's own travel with it through a data plane."""

from __future__ import annotations

from collections.abc import Mapping

from knative.manifests.model import BrokerClass

TRACE = frozenset({"traceparent", "tracestate"})
"""W3C trace context; both data planes hand it on."""
NAMES = TRACE | {"x-request-id", "retry-after"}
PREFIXES = ("knative-", "x-b3-")


def select(headers: Mapping[str, str], broker_class: BrokerClass) -> dict[str, str]:
    """Those of the headers, whose names are lower case, that are handed on; all others end here."""
    if broker_class is BrokerClass.KAFKA:
        return {name: value for name, value in headers.items() if name in TRACE}
    return {name: value for name, value in headers.items() if name in NAMES or name.startswith(PREFIXES)}
