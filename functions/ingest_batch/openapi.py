"""The OpenAPI operation of ingest-batch."""

from __future__ import annotations

from shared.events.football import BatchScraped
from shared.web.openapi import CATCH_ALL, event_operation

OPERATIONS = {CATCH_ALL: event_operation(BatchScraped.TYPE, "Store a batch of scraped records; every path accepts it")}
