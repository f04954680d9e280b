"""Log a user in, keep them logged in, log them out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import functions_framework
from flask import Blueprint, Request, Response, current_app

from functions.login import service, wiring
from shared import http, lazy, settings

if TYPE_CHECKING:
    from functions.login import edge
else:
    edge = lazy.Module("functions.login.edge")

api = Blueprint("login", __name__)
given = settings.load(os.environ, need=wiring.NEED)
deps = wiring.build(given)


@api.post("/login")
def login() -> Response:
    body = http.body(edge.Credentials)
    return edge.granted(service.login(body.username, body.password, deps))


@api.post("/login/refresh")
def refresh() -> Response:
    return edge.granted(service.refresh(http.body(edge.Refresh).refresh_token, deps))


@api.post("/login/logout")
def logout() -> Response:
    service.logout(http.body(edge.Refresh).refresh_token, deps)
    return Response(status=204)


http.install(
    current_app,
    api,
    probes=deps.probes,
    body_limit_bytes=given.body_limit_bytes,
    warm=("functions.login.edge", "psycopg_pool", "bcrypt", "jwt"),
)


@functions_framework.http
def handle(request: Request) -> Response:
    return http.no_route(request)
