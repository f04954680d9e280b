"""Accept proofs of identity from users, and let operators decide about them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from uuid import UUID

import functions_framework
from flask import Blueprint, Request, Response, current_app

from functions.verify_identity import service, wiring
from shared import lazy
from shared.domain.accounts.identity import Part
from shared.settings.loading import load_settings
from shared.web import http

if TYPE_CHECKING:
    from functions.verify_identity import edge
else:
    edge = lazy.Module("functions.verify_identity.edge")

BODY_LIMIT_BYTES = 12_600_000
"""Three files of 4 MB, and what a form adds."""

api = Blueprint("verify_identity", __name__)
settings = load_settings(wiring.Settings, os.environ, need=wiring.NEED)
deps = wiring.build(settings)


@api.post("/identity")
def submit() -> Response:
    return edge.submit(deps)


@api.get("/identity")
def list_own() -> Response:
    return edge.list_own(deps)


@api.get("/identity/requests")
def list_requests() -> Response:
    return edge.list_requests(deps)


@api.get("/identity/requests/<uuid:request_id>")
def read_request(request_id: UUID) -> Response:
    return edge.read_request(str(request_id), deps)


@api.put("/identity/requests/<uuid:request_id>/approval")
def approve(request_id: UUID) -> Response:
    return edge.approve(str(request_id), deps)


@api.put("/identity/requests/<uuid:request_id>/rejection")
def reject(request_id: UUID) -> Response:
    return edge.reject(str(request_id), deps)


@api.get("/identity/requests/<uuid:request_id>/files/<any(document_front, document_back, selfie):part>")
def read_file(request_id: UUID, part: str) -> Response:
    return edge.read_file(str(request_id), Part(part), deps)


@api.post("/events/user-deleted")
def forget() -> Response:
    return http.receive_event(lambda event: service.forget(event, deps))


http.install(
    current_app,
    api,
    probes=deps.probes,
    edge=settings.edge,
    body_limit_bytes=BODY_LIMIT_BYTES,
    after_change=deps.publish_events,
    package="functions.verify_identity",
)


@functions_framework.http
def handle(request: Request) -> Response:
    return http.respond_unrouted(request)
