"""Keep open archives of football fresh: results, prices and fixtures, a file at a time."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import functions_framework
from flask import Blueprint, Request, Response, current_app

from functions.collect_archives import service, wiring
from shared import lazy
from shared.settings.loading import load_settings
from shared.web import http

if TYPE_CHECKING:
    from functions.collect_archives import edge
else:
    edge = lazy.Module("functions.collect_archives.edge")

api = Blueprint("collect_archives", __name__)
settings = load_settings(wiring.Settings, os.environ, need=wiring.NEED)
deps = wiring.build(settings)


@api.get("/archives")
def status() -> Response:
    return edge.status(deps)


@api.get("/archives/files")
def files() -> Response:
    return edge.files(deps)


@api.post("/archives/refresh")
def refresh() -> Response:
    return edge.refresh(deps)


@api.post("/archives/collect")
def collect() -> Response:
    return edge.collect(deps)


@api.post("/archives/resume")
def resume() -> Response:
    return edge.resume(deps)


@api.post("/events/tick")
def tick() -> Response:
    return http.receive_event(lambda event: service.tick(event, deps))


http.install(
    current_app,
    api,
    probes=deps.probes,
    edge=settings.edge,
    package="functions.collect_archives",
)


@functions_framework.http
def handle(request: Request) -> Response:
    return http.respond_unrouted(request)
