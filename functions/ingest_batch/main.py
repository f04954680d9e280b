"""Store a batch of scraped records and announce it."""

from __future__ import annotations

import os

import functions_framework
from flask import Request, Response, current_app

from functions.ingest_batch import service, wiring
from shared.settings.loading import load_settings
from shared.web import http

BODY_LIMIT_BYTES = 1_500_000
"""A batch has at most 900 kB; as base64 in a structured event it still fits."""

deps = wiring.build(load_settings(wiring.Settings, os.environ, need=wiring.NEED))
http.install(current_app, probes=deps.probes, body_limit_bytes=BODY_LIMIT_BYTES, package="functions.ingest_batch")


@functions_framework.http
def handle(request: Request) -> Response:
    if request.method != "POST":
        return http.respond_unrouted(request)
    return http.receive_event(lambda event: service.ingest(event, deps))
