"""Serve collect archives."""

from __future__ import annotations

import os

import functions_framework
from flask import Blueprint, Request, Response, current_app

from functions.collect_archives import service, wiring
from shared.settings.loading import load_settings
from shared.web import http, responses

api = Blueprint("collect_archives", __name__)
settings = load_settings(wiring.Settings, os.environ, need=wiring.NEED)
deps = wiring.build(settings)


@api.get("/collect-archives")
def show() -> Response:
    return responses.json_response(service.show(deps))


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
