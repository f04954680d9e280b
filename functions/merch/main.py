"""Sell merch for coins: catalogue, purchases, inventory, returns."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from uuid import UUID

import functions_framework
from flask import Blueprint, Request, Response, current_app

from functions.merch import service, wiring
from shared import lazy
from shared.settings.loading import load_settings
from shared.web import http

if TYPE_CHECKING:
    from functions.merch import edge
else:
    edge = lazy.Module("functions.merch.edge")

api = Blueprint("merch", __name__)
settings = load_settings(wiring.Settings, os.environ, need=wiring.NEED)
deps = wiring.build(settings)


@api.get("/merch/items")
def list_items() -> Response:
    return edge.list_items(deps)


@api.put("/merch/items/<name>")
def put_item(name: str) -> Response:
    return edge.put_item(name, deps)


@api.get("/merch/inventory")
def list_inventory() -> Response:
    return edge.list_inventory(deps)


@api.get("/merch/purchases")
def list_purchases() -> Response:
    return edge.list_purchases(deps)


@api.post("/merch/purchases")
def buy() -> Response:
    return edge.buy(deps)


@api.post("/merch/purchases/<uuid:purchase_id>/returns")
def return_items(purchase_id: UUID) -> Response:
    return edge.return_items(str(purchase_id), deps)


@api.get("/merch/export")
def export() -> Response:
    return edge.export(deps)


@api.post("/events/user-deleted")
def erase() -> Response:
    return http.receive_event(lambda event: service.erase(event, deps))


http.install(
    current_app,
    api,
    probes=deps.probes,
    edge=settings.edge,
    package="functions.merch",
)


@functions_framework.http
def handle(request: Request) -> Response:
    return http.respond_unrouted(request)
