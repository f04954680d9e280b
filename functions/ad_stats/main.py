"""Tell owners what their campaigns cost and brought, and why a bid was what it was."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import functions_framework
from flask import Blueprint, Request, Response, current_app

from functions.ad_stats import wiring
from shared import lazy
from shared.settings.loading import load_settings
from shared.web import http

if TYPE_CHECKING:
    from functions.ad_stats import edge
else:
    edge = lazy.Module("functions.ad_stats.edge")

api = Blueprint("ad_stats", __name__)
settings = load_settings(wiring.Settings, os.environ, need=wiring.NEED)
deps = wiring.build(settings)


@api.get("/ad-stats")
def show_stats() -> Response:
    return edge.show_stats(deps)


@api.get("/ad-stats/pacing")
def show_pacing() -> Response:
    return edge.show_pacing(deps)


@api.get("/ad-stats/decisions")
def list_decisions() -> Response:
    return edge.list_decisions(deps)


http.install(
    current_app,
    api,
    probes=deps.probes,
    edge=settings.edge,
    package="functions.ad_stats",
)


@functions_framework.http
def handle(request: Request) -> Response:
    return http.respond_unrouted(request)
