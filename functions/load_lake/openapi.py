"""The operations of load-lake, all of them events."""

from __future__ import annotations

from shared.events.shop import PurchaseCancelled, PurchaseMade
from shared.web.openapi import event_operation

OPERATIONS = {
    "receive": event_operation(
        f"{PurchaseMade.TYPE}, {PurchaseCancelled.TYPE}", "Store a purchase until it lies in a file of the lake"
    ),
    "tick": event_operation("dev.knative.sources.ping", "Write files; copy tables; forget what was kept long enough"),
}
