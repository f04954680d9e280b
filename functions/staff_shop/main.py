"""Serve the merch shop's first API: sign in, see coins and inventory, send coins, buy."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import functions_framework
from flask import Blueprint, Request, Response, current_app

from functions.staff_shop import wiring
from shared import lazy
from shared.settings.loading import load_settings
from shared.web import http

if TYPE_CHECKING:
    from functions.staff_shop import edge
else:
    edge = lazy.Module("functions.staff_shop.edge")

api = Blueprint("staff_shop", __name__)
settings = load_settings(wiring.Settings, os.environ, need=wiring.NEED)
deps = wiring.build(settings)


@api.post("/api/auth")
def sign_in() -> Response:
    return edge.sign_in(deps)


@api.get("/api/info")
def show_info() -> Response:
    return edge.show_info(deps)


@api.post("/api/sendCoin")
def send_coins() -> Response:
    return edge.send_coins(deps)


# A path, since a client may ask for anything; there is no item with a slash, so that is an unknown item.
@api.get("/api/buy/<path:item>")
def buy(item: str) -> Response:
    return edge.buy(item, deps)


http.install(
    current_app,
    api,
    probes=deps.probes,
    edge=settings.edge,
    package="functions.staff_shop",
)
current_app.register_error_handler(Exception, lambda error: edge.respond_error(error))


@functions_framework.http
def handle(request: Request) -> Response:
    return edge.respond_unrouted(request)
