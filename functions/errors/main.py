"""Take reports of errors from any Sentry SDK, group them into issues, and let operators resolve or mute these."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import functions_framework
from flask import Blueprint, Request, Response, current_app

from functions.errors import service, wiring
from shared import lazy
from shared.settings.loading import load_settings
from shared.web import http

if TYPE_CHECKING:
    from functions.errors import edge
else:
    edge = lazy.Module("functions.errors.edge")

BODY_LIMIT_BYTES = 2_097_152
"""An event of the largest size and its envelope fit in."""

api = Blueprint("errors", __name__)
settings = load_settings(wiring.Settings, os.environ, need=wiring.NEED)
deps = wiring.build(settings)


@api.post("/api/1/envelope/")
def receive() -> Response:
    return edge.receive(deps)


@api.get("/errors/issues")
def list_issues() -> Response:
    return edge.list_issues(deps)


@api.get("/errors/issues/<int:issue_id>")
def show_issue(issue_id: int) -> Response:
    return edge.show_issue(issue_id, deps)


@api.get("/errors/issues/<int:issue_id>/events")
def list_events(issue_id: int) -> Response:
    return edge.list_events(issue_id, deps)


@api.put("/errors/issues/<int:issue_id>/state")
def set_status(issue_id: int) -> Response:
    return edge.set_status(issue_id, deps)


@api.post("/events/tick")
def tick() -> Response:
    return http.receive_event(lambda event: service.tick(event, deps))


http.install(
    current_app,
    api,
    probes=deps.probes,
    edge=settings.edge,
    body_limit_bytes=BODY_LIMIT_BYTES,
    content_codings=("gzip", "deflate"),
    after_change=deps.publish_events,
    package="functions.errors",
)


@functions_framework.http
def handle(request: Request) -> Response:
    return http.respond_unrouted(request)
