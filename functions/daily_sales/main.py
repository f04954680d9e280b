"""Build the sales of days from the lake."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import functions_framework
from flask import Blueprint, Request, Response, current_app

from functions.daily_sales import service, wiring
from shared import lazy
from shared.events.ticks import task_of
from shared.settings.loading import load_settings
from shared.web import http

if TYPE_CHECKING:
    from functions.daily_sales import edge
else:
    edge = lazy.Module("functions.daily_sales.edge")

api = Blueprint("daily_sales", __name__)
settings = load_settings(wiring.Settings, os.environ, need=wiring.NEED)
deps = wiring.build(settings)


@api.post("/shop/v1/sales-runs")
def start_run() -> Response:
    return edge.start_run(deps)


@api.get("/shop/v1/sales-runs")
def list_runs() -> Response:
    return edge.list_runs(deps)


@api.post("/events/tick")
def tick() -> Response:
    return http.receive_event(lambda event: service.TASKS[task_of(event, service.TASKS)](deps))


http.install(current_app, api, probes=deps.probes, edge=settings.edge, package="functions.daily_sales")


@functions_framework.http
def handle(request: Request) -> Response:
    return http.respond_unrouted(request)
