"""ad-stats, described for its OpenAPI document."""

from __future__ import annotations

from functions.ad_stats.edge import (
    DecisionContent,
    DecisionQuery,
    PacingContent,
    PacingQuery,
    StatsContent,
    StatsQuery,
)
from shared.web.openapi import USER, Operation, ok

OPERATIONS = {
    "show_stats": Operation(
        summary="Spend, clicks, position, cost per click and order, share of advertising in revenue; simulated money",
        access=USER,
        query=StatsQuery,
        responses=ok(StatsContent),
        error_statuses=(404, 406),
    ),
    "show_pacing": Operation(
        summary="Spend of the day beside its plan",
        access=USER,
        query=PacingQuery,
        responses=ok(PacingContent),
        error_statuses=(404, 406),
    ),
    "list_decisions": Operation(
        summary="Why a campaign's bids were what they were",
        access=USER,
        query=DecisionQuery,
        responses=ok(DecisionContent),
        error_statuses=(404, 406),
    ),
}
