"""The operations of stream-sales, all of them events."""

from __future__ import annotations

from shared.web.openapi import event_operation

OPERATIONS = {"tick": event_operation("dev.knative.sources.ping", "Count what is on the log in its windows")}
