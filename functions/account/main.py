"""Show, change, export and delete one's account; publish the events of all account functions."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import functions_framework
from flask import Blueprint, Request, Response, current_app

from functions.account import service, wiring
from shared import lazy
from shared.settings.loading import load_settings
from shared.web import http

if TYPE_CHECKING:
    from functions.account import edge
else:
    edge = lazy.Module("functions.account.edge")

api = Blueprint("account", __name__)
settings = load_settings(wiring.Settings, os.environ, need=wiring.NEED)
deps = wiring.build(settings)


@api.get("/me")
def me() -> Response:
    return edge.me(deps)


@api.put("/me/password")
def change_password() -> Response:
    return edge.change_password(deps)


@api.put("/me/email")
def change_email() -> Response:
    return edge.change_email(deps)


@api.put("/me/phone")
def change_phone() -> Response:
    return edge.change_phone(deps)


@api.put("/me/deletion")
def request_deletion() -> Response:
    return edge.request_deletion(deps)


@api.delete("/me/deletion")
def cancel_deletion() -> Response:
    return edge.cancel_deletion(deps)


@api.get("/me/export")
def export() -> Response:
    return edge.export(deps)


@api.post("/events/tick")
def tick() -> Response:
    return http.receive_event(lambda event: service.tick(event, deps))


http.install(
    current_app,
    api,
    probes=deps.probes,
    edge=settings.edge,
    package="functions.account",
)


@functions_framework.http
def handle(request: Request) -> Response:
    return http.respond_unrouted(request)
