"""Prove that an e-mail address or a phone number is the user's."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import functions_framework
from flask import Blueprint, Request, Response, current_app

from functions.verify_contact import wiring
from shared import lazy, settings
from shared.domain.accounts.contacts import Kind
from shared.web import http

if TYPE_CHECKING:
    from functions.verify_contact import edge
else:
    edge = lazy.Module("functions.verify_contact.edge")

api = Blueprint("verify_contact", __name__)
given = settings.load(os.environ, need=wiring.NEED)
deps = wiring.build(given)


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
    body_limit_bytes=given.body_limit_bytes,
    after_change=deps.tell,
    public_origin=given.public_origin,
    trusted_proxies=given.trusted_proxies,
    package="functions.verify_contact",
)


@functions_framework.http
def handle(request: Request) -> Response:
    return http.respond_unrouted(request)
