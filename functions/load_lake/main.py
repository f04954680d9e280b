"""Load purchases, products and customers into the lake."""

from __future__ import annotations

import os

import functions_framework
from flask import Blueprint, Request, Response, current_app

from functions.load_lake import service, wiring
from shared.events.ticks import task_of
from shared.settings.loading import load_settings
from shared.web import http

api = Blueprint("load_lake", __name__)
deps = wiring.build(load_settings(wiring.Settings, os.environ, need=wiring.NEED))


@api.post("/events/purchase")
def receive() -> Response:
    return http.receive_event(lambda event: service.receive(event, deps))


@api.post("/events/tick")
def tick() -> Response:
    return http.receive_event(lambda event: service.TASKS[task_of(event, service.TASKS)](deps))


http.install(current_app, api, probes=deps.probes, package="functions.load_lake")


@functions_framework.http
def handle(request: Request) -> Response:
    return http.respond_unrouted(request)
