"""Settle bets when results are known, once for each result."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import functions_framework
from flask import Blueprint, Request, Response, current_app

from functions.settle_bets import wiring
from shared import lazy
from shared.settings.loading import load_settings
from shared.web import http

if TYPE_CHECKING:
    from functions.settle_bets import service
else:
    service = lazy.Module("functions.settle_bets.service")

api = Blueprint("settle_bets", __name__)
settings = load_settings(wiring.Settings, os.environ, need=wiring.NEED)
deps = wiring.build(settings)


@api.post("/events/event-settled")
def settle() -> Response:
    return http.receive_event(lambda event: service.settle(event, deps))


@api.post("/events/tick")
def sweep() -> Response:
    return http.receive_event(lambda _: service.sweep(deps))


http.install(
    current_app,
    api,
    probes=deps.probes,
    edge=settings.edge,
    package="functions.settle_bets",
)


@functions_framework.http
def handle(request: Request) -> Response:
    return http.respond_unrouted(request)
