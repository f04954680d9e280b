"""Renew, list and end sessions; publish the keys that verify access tokens."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from uuid import UUID

import functions_framework
from flask import Blueprint, Request, Response, current_app

from functions.session import wiring
from shared import lazy
from shared.settings.loading import load_settings
from shared.web import http

if TYPE_CHECKING:
    from functions.session import edge
else:
    edge = lazy.Module("functions.session.edge")

api = Blueprint("session", __name__)
settings = load_settings(wiring.Settings, os.environ, need=wiring.NEED)
deps = wiring.build(settings)


@api.post("/sessions/refresh")
def refresh() -> Response:
    return edge.refresh(deps)


@api.post("/sessions/logout")
def logout() -> Response:
    return edge.logout(deps)


@api.get("/sessions")
def list_sessions() -> Response:
    return edge.list_sessions(deps)


@api.delete("/sessions")
def end_sessions() -> Response:
    return edge.end_sessions(deps)


@api.delete("/sessions/<uuid:session_id>")
def end_session(session_id: UUID) -> Response:
    return edge.end_session(session_id, deps)


@api.get("/.well-known/jwks.json")
def keys() -> Response:
    return edge.keys(deps)


http.install(
    current_app,
    api,
    probes=deps.probes,
    edge=settings.edge,
    package="functions.session",
)


@functions_framework.http
def handle(request: Request) -> Response:
    return http.respond_unrouted(request)
