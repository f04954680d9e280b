"""Let owners of stores create, change, pause and delete campaigns."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from uuid import UUID

import functions_framework
from flask import Blueprint, Request, Response, current_app

from functions.campaigns import wiring
from shared import lazy
from shared.settings.loading import load_settings
from shared.web import http

if TYPE_CHECKING:
    from functions.campaigns import edge
else:
    edge = lazy.Module("functions.campaigns.edge")

api = Blueprint("campaigns", __name__)
settings = load_settings(wiring.Settings, os.environ, need=wiring.NEED)
deps = wiring.build(settings)


@api.get("/campaigns")
def list_campaigns() -> Response:
    return edge.list_campaigns(deps)


@api.post("/campaigns")
def create() -> Response:
    return edge.create(deps)


@api.get("/campaigns/<uuid:campaign_id>")
def show(campaign_id: UUID) -> Response:
    return edge.show(str(campaign_id), deps)


@api.patch("/campaigns/<uuid:campaign_id>")
def change(campaign_id: UUID) -> Response:
    return edge.change(str(campaign_id), deps)


@api.put("/campaigns/<uuid:campaign_id>/state")
def set_state(campaign_id: UUID) -> Response:
    return edge.set_state(str(campaign_id), deps)


@api.delete("/campaigns/<uuid:campaign_id>")
def delete(campaign_id: UUID) -> Response:
    return edge.delete(str(campaign_id), deps)


@api.put("/campaigns/market-key")
def put_market_key() -> Response:
    return edge.put_market_key(deps)


@api.get("/campaigns/market-key")
def show_market_key() -> Response:
    return edge.show_market_key(deps)


@api.delete("/campaigns/market-key")
def delete_market_key() -> Response:
    return edge.delete_market_key(deps)


http.install(
    current_app,
    api,
    probes=deps.probes,
    edge=settings.edge,
    package="functions.campaigns",
)


@functions_framework.http
def handle(request: Request) -> Response:
    return http.respond_unrouted(request)
