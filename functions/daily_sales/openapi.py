"""Runs of daily-sales, described for its OpenAPI document."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel

from functions.daily_sales.edge import RunOrder, RunPage
from shared.web.openapi import JSON, OPERATOR, Operation, event_operation, ok


class RunView(BaseModel):
    """A run that builds days; `up_to` is the last complete day that its aggregates know."""

    id: str
    state: str
    engine: str
    days: list[date]
    up_to: date | None
    n_purchases: int
    detail: str
    started_at: datetime
    finished_at: datetime | None


class Runs(BaseModel):
    """The latest runs, the newest first."""

    items: list[RunView]


OPERATIONS = {
    "start_run": Operation(
        summary="Build the sales of days",
        access=OPERATOR,
        body={JSON: RunOrder},
        responses=ok(RunView, status=201),
        error_statuses=(409,),
    ),
    "list_runs": Operation(summary="The latest runs", access=OPERATOR, query=RunPage, responses=ok(Runs)),
    "tick": event_operation("dev.knative.sources.ping", "Build the days that are due"),
}
