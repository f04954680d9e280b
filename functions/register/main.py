"""Register a user."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import functions_framework
from flask import Blueprint, Request, Response, current_app

from functions.register import service, wiring
from shared import lazy
from shared.settings.loading import load_settings
from shared.web import callers, http

if TYPE_CHECKING:
    from functions.register import edge
else:
    edge = lazy.Module("functions.register.edge")

api = Blueprint("register", __name__)
settings = load_settings(wiring.Settings, os.environ, need=wiring.NEED)
deps = wiring.build(settings)


@api.post("/register")
def register() -> Response:
    body = http.read_body(edge.Credentials)
    user = service.register(body.username, body.password, body.email, deps, callers.actor())
    return http.json_response(edge.to_json(user), 201)


http.install(
    current_app,
    api,
    probes=deps.probes,
    edge=settings.edge,
    after_change=deps.publish_events,
    package="functions.register",
)


@functions_framework.http
def handle(request: Request) -> Response:
    return http.respond_unrouted(request)
