"""Bring money to stores from payment providers, and tell stores of it by signed hooks. All money is simulated."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from uuid import UUID

import functions_framework
from flask import Blueprint, Request, Response, current_app

from functions.top_ups import wiring
from shared import lazy
from shared.settings.loading import load_settings
from shared.web import http

if TYPE_CHECKING:
    from functions.top_ups import edge, events, hook_edge
else:
    edge, hook_edge = lazy.Module("functions.top_ups.edge"), lazy.Module("functions.top_ups.hook_edge")
    events = lazy.Module("functions.top_ups.events")

BODY_LIMIT_BYTES = 262_144
"""The largest event a provider sends, with room; what its signature covers is read whole before it is parsed."""

api = Blueprint("top_ups", __name__)
settings = load_settings(wiring.Settings, os.environ, need=wiring.NEED)
deps = wiring.build(settings)


@api.post("/top-ups")
def create() -> Response:
    return edge.create(deps)


@api.get("/top-ups")
def list_top_ups() -> Response:
    return edge.list_top_ups(deps)


@api.get("/top-ups/<uuid:top_up_id>")
def show(top_up_id: UUID) -> Response:
    return edge.show(str(top_up_id), deps)


@api.post("/top-ups/<uuid:top_up_id>/check")
def check(top_up_id: UUID) -> Response:
    return edge.check(str(top_up_id), deps)


@api.post("/top-ups/webhooks/<provider>")
def receive(provider: str) -> Response:
    return edge.receive(provider, deps)


@api.get("/top-ups/quarantine")
def list_quarantine() -> Response:
    return edge.list_quarantine(deps)


@api.put("/top-ups/quarantine/<uuid:case_id>/resolution")
def resolve_quarantine(case_id: UUID) -> Response:
    return edge.resolve_quarantine(str(case_id), deps)


@api.post("/top-ups/endpoints")
def add_endpoint() -> Response:
    return hook_edge.add_endpoint(deps)


@api.get("/top-ups/endpoints")
def list_endpoints() -> Response:
    return hook_edge.list_endpoints(deps)


@api.delete("/top-ups/endpoints/<uuid:endpoint_id>")
def remove_endpoint(endpoint_id: UUID) -> Response:
    return hook_edge.remove_endpoint(str(endpoint_id), deps)


@api.post("/top-ups/endpoints/<uuid:endpoint_id>/secret")
def rotate_secret(endpoint_id: UUID) -> Response:
    return hook_edge.rotate_secret(str(endpoint_id), deps)


@api.post("/top-ups/endpoints/<uuid:endpoint_id>/enable")
def enable_endpoint(endpoint_id: UUID) -> Response:
    return hook_edge.enable_endpoint(str(endpoint_id), deps)


@api.get("/top-ups/endpoints/<uuid:endpoint_id>/messages")
def list_messages(endpoint_id: UUID) -> Response:
    return hook_edge.list_messages(str(endpoint_id), deps)


@api.post("/events/tick")
def tick() -> Response:
    return http.receive_event(lambda event: events.tick(event, deps))


http.install(
    current_app,
    api,
    probes=deps.probes,
    edge=settings.edge,
    body_limit_bytes=BODY_LIMIT_BYTES,
    package="functions.top_ups",
)


@functions_framework.http
def handle(request: Request) -> Response:
    return http.respond_unrouted(request)
