"""Routes of settle-bets, described for its OpenAPI document."""

from __future__ import annotations

from shared.events.betting import EventSettled
from shared.web.openapi import event_operation

OPERATIONS = {
    "settle": event_operation(EventSettled.TYPE, "Settle the bets of an event by its newest result"),
    "sweep": event_operation("dev.knative.sources.ping", "Settle what no event has told of"),
}
