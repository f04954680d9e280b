"""Log a user in."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import functions_framework
from flask import Blueprint, Request, Response, current_app

from functions.login import wiring
from shared import lazy
from shared.settings.loading import load_settings
from shared.web import http

if TYPE_CHECKING:
    from functions.login import edge
else:
    edge = lazy.Module("functions.login.edge")

api = Blueprint("login", __name__)
settings = load_settings(wiring.Settings, os.environ, need=wiring.NEED)
deps = wiring.build(settings)


@api.post("/login")
def login() -> Response:
    return edge.login(deps)


@api.post("/token")
def token() -> Response:
    return edge.token(deps)


http.install(
    current_app,
    api,
    probes=deps.probes,
    edge=settings.edge,
    package="functions.login",
)


@functions_framework.http
def handle(request: Request) -> Response:
    return http.respond_unrouted(request)
