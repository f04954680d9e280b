"""Let operators find, read and block users, change their roles, and read their audit trail."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from uuid import UUID

import functions_framework
from flask import Blueprint, Request, Response, current_app

from functions.users import wiring
from shared import lazy
from shared.settings.loading import load_settings
from shared.web import http

if TYPE_CHECKING:
    from functions.users import edge
else:
    edge = lazy.Module("functions.users.edge")

api = Blueprint("users", __name__)
settings = load_settings(wiring.Settings, os.environ, need=wiring.NEED)
deps = wiring.build(settings)


@api.get("/users")
def search() -> Response:
    return edge.search(deps)


@api.get("/users/<uuid:user_id>")
def read_user(user_id: UUID) -> Response:
    return edge.read_user(str(user_id), deps)


@api.put("/users/<uuid:user_id>/block")
def block(user_id: UUID) -> Response:
    return edge.block(str(user_id), deps)


@api.put("/users/<uuid:user_id>/roles/<role>")
def grant_role(user_id: UUID, role: str) -> Response:
    return edge.set_role(str(user_id), role, grant=True, deps=deps)


@api.delete("/users/<uuid:user_id>/roles/<role>")
def revoke_role(user_id: UUID, role: str) -> Response:
    return edge.set_role(str(user_id), role, grant=False, deps=deps)


@api.put("/users/<uuid:user_id>/deletion")
def schedule_erasure(user_id: UUID) -> Response:
    return edge.schedule_erasure(str(user_id), deps)


@api.get("/users/<uuid:user_id>/audit")
def read_audit_trail(user_id: UUID) -> Response:
    return edge.read_audit_trail(str(user_id), deps)


http.install(
    current_app,
    api,
    probes=deps.probes,
    edge=settings.edge,
    after_change=deps.publish_events,
    package="functions.users",
)


@functions_framework.http
def handle(request: Request) -> Response:
    return http.respond_unrouted(request)
