"""Verify that an e-mail address or a phone number is the user's."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import functions_framework
from flask import Blueprint, Request, Response, current_app

from functions.verify_contact import wiring
from shared import lazy
from shared.domain.accounts.contacts import Kind
from shared.settings.loading import load_settings
from shared.web import http

if TYPE_CHECKING:
    from functions.verify_contact import edge
else:
    edge = lazy.Module("functions.verify_contact.edge")

api = Blueprint("verify_contact", __name__)
settings = load_settings(wiring.Settings, os.environ, need=wiring.NEED)
deps = wiring.build(settings)


@api.post("/contacts/<any(email, phone):kind>/code")
def send_code(kind: str) -> Response:
    return edge.send_code(Kind(kind), deps)


@api.post("/contacts/<any(email, phone):kind>/proof")
def prove(kind: str) -> Response:
    return edge.prove(Kind(kind), deps)


http.install(
    current_app,
    api,
    probes=deps.probes,
    edge=settings.edge,
    after_change=deps.publish_events,
    package="functions.verify_contact",
)


@functions_framework.http
def handle(request: Request) -> Response:
    return http.respond_unrouted(request)
