"""Sales, described for their OpenAPI document."""

from __future__ import annotations

from functions.sales import models
from functions.sales.edge import RESOURCES
from shared.web.openapi import OPERATOR, USER, Operation, ResponseSpec, ok, tabular

_SUMMARIES = {
    "categories": "Sales by day and category",
    "days": "Sales by day",
    "months": "Sales by month",
    "customers": "Recency, frequency and monetary value of customers",
    "products": "The products that brought most",
    "cohorts": "Customers by the month of their first purchase",
    "payouts": "What sellers get; a seller sees their own",
    "patterns": "What is usual by hour, weekday and month",
}

OPERATIONS = {
    **{
        f"show_{name}": Operation(
            summary=_SUMMARIES[name],
            access=USER if name == "payouts" else OPERATOR,
            query=resource.query,
            responses=tabular(resource.model),
        )
        for name, resource in RESOURCES.items()
    },
    "show_windows": Operation(
        summary="Sales in windows of ten minutes or an hour, as they come",
        access=OPERATOR,
        query=models.WindowQuery,
        responses=tabular(models.Windows),
    ),
    "show_top": Operation(
        summary="The five best categories of the last hours",
        access=OPERATOR,
        query=models.TopQuery,
        responses=tabular(models.Top),
    ),
    "show_monitor": Operation(
        summary="Sizes, the last 24 hours, lag and days to build again", access=OPERATOR, responses=ok(models.Monitor)
    ),
    "page": Operation(
        summary="The monitor as a page",
        responses={200: ResponseSpec(description="The page.", content={"text/html": str})},
    ),
}
