"""Bid for stores' campaigns at the market, every half minute."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import functions_framework
from flask import Blueprint, Request, Response, current_app

from functions.place_bids import wiring
from shared import lazy
from shared.settings.loading import load_settings
from shared.web import http

if TYPE_CHECKING:
    from functions.place_bids import edge
else:
    edge = lazy.Module("functions.place_bids.edge")

api = Blueprint("place_bids", __name__)
settings = load_settings(wiring.Settings, os.environ, need=wiring.NEED)
deps = wiring.build(settings)


@api.post("/events/tick")
def tick() -> Response:
    return http.receive_event(lambda event: edge.tick(event, deps))


http.install(
    current_app,
    api,
    probes=deps.probes,
    edge=settings.edge,
    package="functions.place_bids",
)


@functions_framework.http
def handle(request: Request) -> Response:
    return http.respond_unrouted(request)
