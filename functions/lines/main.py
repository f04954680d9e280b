"""Show betting lines, and let operators and services make, stop and settle events by hand."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import functions_framework
from flask import Blueprint, Request, Response, current_app

from functions.lines import wiring
from shared import lazy
from shared.domain.betting.events import SIMULATED_HEADER
from shared.settings.loading import load_settings
from shared.web import http

if TYPE_CHECKING:
    from functions.lines import edge, provider_edge
else:
    edge = lazy.Module("functions.lines.edge")
    provider_edge = lazy.Module("functions.lines.provider_edge")

api = Blueprint("lines", __name__)
settings = load_settings(wiring.Settings, os.environ, need=wiring.NEED)
deps = wiring.build(settings)


@api.get("/lines")
def list_lines() -> Response:
    return edge.list_lines(deps)


@api.post("/lines")
def make_event() -> Response:
    return edge.make_event(deps)


@api.get("/lines/scores")
def show_scores() -> Response:
    return edge.show_scores(deps)


@api.get("/lines/<int:event_id>")
def show_event(event_id: int) -> Response:
    return edge.show_event(event_id, deps)


@api.get("/lines/<int:event_id>/prices")
def list_prices(event_id: int) -> Response:
    return edge.list_prices(event_id, deps)


@api.put("/lines/<int:event_id>/state")
def set_state(event_id: int) -> Response:
    return edge.set_state(event_id, deps)


@api.post("/lines/<int:event_id>/results")
def record_result(event_id: int) -> Response:
    return edge.record_result(event_id, deps)


def say_simulated(response: Response) -> Response:
    """Every answer says that the money is invented."""
    response.headers.update(SIMULATED_HEADER)
    return response


# The line provider's first API.
@api.post("/line-provider/event")
def provider_make_event() -> Response:
    return provider_edge.make_event(deps)


@api.get("/line-provider/events")
def provider_list_events() -> Response:
    return provider_edge.list_events(deps)


@api.get("/line-provider/event/<int:event_id>")
def provider_show_event(event_id: int) -> Response:
    return provider_edge.show_event(event_id, deps)


@api.patch("/line-provider/event/<int:event_id>/status")
def provider_set_status(event_id: int) -> Response:
    return provider_edge.set_status(event_id, deps)


@api.delete("/line-provider/event/<int:event_id>")
def provider_delete_event(event_id: int) -> Response:
    return provider_edge.delete_event(event_id, deps)


http.install(
    current_app,
    api,
    probes=deps.probes,
    edge=settings.edge,
    after_change=deps.publish_events,
    package="functions.lines",
)
current_app.register_error_handler(Exception, lambda error: provider_edge.respond_error(error))
current_app.after_request(say_simulated)


@functions_framework.http
def handle(request: Request) -> Response:
    return http.respond_unrouted(request)
