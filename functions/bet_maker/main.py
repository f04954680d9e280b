"""Serve the first bet maker's API: bets on events made by hand, and users for operators."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from uuid import UUID

import functions_framework
from flask import Blueprint, Request, Response, current_app

from functions.bet_maker import wiring
from shared import lazy
from shared.domain.betting.events import SIMULATED_HEADER
from shared.settings.loading import load_settings
from shared.web import http

if TYPE_CHECKING:
    from functions.bet_maker import edge
else:
    edge = lazy.Module("functions.bet_maker.edge")

api = Blueprint("bet_maker", __name__)
settings = load_settings(wiring.Settings, os.environ, need=wiring.NEED)
deps = wiring.build(settings)


@api.post("/api/bet")
def place() -> Response:
    return edge.place(deps)


@api.get("/api/bets")
def list_bets() -> Response:
    return edge.list_bets(deps, own=False)


@api.get("/api/my/bets")
def list_own_bets() -> Response:
    return edge.list_bets(deps, own=True)


@api.get("/api/get-one/<uuid:bet_id>")
def read_bet(bet_id: UUID) -> Response:
    return edge.read_bet(str(bet_id), deps)


@api.delete("/api/delete-bet/<uuid:bet_id>")
def delete_bet(bet_id: UUID) -> Response:
    return edge.delete_bet(str(bet_id), deps)


@api.get("/api/events")
def list_events() -> Response:
    return edge.list_events(deps)


@api.get("/api/users/get-all")
def list_users() -> Response:
    return edge.list_users(deps)


@api.get("/api/users/get-one/<uuid:user_id>")
def read_user(user_id: UUID) -> Response:
    return edge.read_user(str(user_id), deps)


@api.post("/api/users/create")
def create_user() -> Response:
    return edge.create_user(deps)


@api.patch("/api/users/update/<uuid:user_id>")
def update_user(user_id: UUID) -> Response:
    return edge.update_user(str(user_id), deps)


@api.delete("/api/users/delete-user-by-id/<uuid:user_id>")
def delete_user(user_id: UUID) -> Response:
    return edge.delete_user(str(user_id), deps)


@current_app.after_request
def mark_simulated(response: Response) -> Response:
    response.headers.update(SIMULATED_HEADER)
    return response


http.install(
    current_app,
    api,
    probes=deps.probes,
    edge=settings.edge,
    package="functions.bet_maker",
)


@functions_framework.http
def handle(request: Request) -> Response:
    return http.respond_unrouted(request)
