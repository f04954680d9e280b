"""place-bids, described for its OpenAPI document."""

from __future__ import annotations

from shared.web.openapi import event_operation

OPERATIONS = {"tick": event_operation("dev.knative.sources.ping", "Bid for every store, or rotate sealed keys")}
