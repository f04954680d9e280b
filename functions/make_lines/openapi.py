"""Make-lines, described for its OpenAPI document."""

from __future__ import annotations

from shared.events.football import LeagueUpdated
from shared.web.openapi import event_operation

OPERATIONS = {
    "league_updated": event_operation(LeagueUpdated.TYPE, "Record a league's results and make its lines anew"),
    "tick": event_operation("dev.knative.sources.ping", "Do what the clock asks for: make lines, or forget old prices"),
}
