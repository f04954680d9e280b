"""The bodies daily-sales accepts, and how runs look outside."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Literal

from flask import Response
from pydantic import BaseModel, ConfigDict, Field

from functions.daily_sales import service
from functions.daily_sales.ports import Deps
from shared.web import callers, http


class RunOrder(BaseModel):
    """Days to build."""

    model_config = ConfigDict(extra="forbid")
    days: list[date] = Field(min_length=1, max_length=3660)
    engine: Literal["", "duckdb", "spark"] = Field(default="", description="empty: by the size of the purchases")


class RunPage(BaseModel):
    """Query of the latest runs."""

    model_config = ConfigDict(extra="forbid")
    limit: int = Field(default=50, ge=1, le=500)


def start_run(deps: Deps) -> Response:
    """201 with the run, once it has finished."""
    callers.operator(deps)
    order = http.read_body(RunOrder)
    finished = service.build(order.days, deps, engine=order.engine)
    assert finished is not None
    return callers.private_json(asdict(finished), 201)


def list_runs(deps: Deps) -> Response:
    """The latest runs, the newest first."""
    callers.operator(deps)
    page = http.read_query(RunPage)
    return callers.private_json({"items": [asdict(each) for each in deps.catalogue.runs(limit=page.limit)]})
