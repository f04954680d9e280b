"""Show the sales of the shop, which run built them, and the state of the lake."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

import functions_framework
from flask import Blueprint, Request, Response, current_app

from functions.sales import service, wiring
from shared import lazy
from shared.settings.loading import load_settings
from shared.web import http

if TYPE_CHECKING:
    from functions.sales import edge
else:
    edge = lazy.Module("functions.sales.edge")

api = Blueprint("sales", __name__)
settings = load_settings(wiring.Settings, os.environ, need=wiring.NEED)
deps = wiring.build(settings)


@api.get("/shop/v1/sales")
def page() -> Response:
    return edge.page()


def _view(name: str) -> Callable[[], Response]:
    return lambda: edge.show(name, deps)


for each in service.AGGREGATES:
    api.add_url_rule(f"/shop/v1/sales/{each}", f"show_{each}", _view(each), methods=["GET"])


@api.get("/shop/v1/sales/windows")
def show_windows() -> Response:
    return edge.show_windows(deps)


@api.get("/shop/v1/sales/top")
def show_top() -> Response:
    return edge.show_top(deps)


@api.get("/shop/v1/sales/monitor")
def show_monitor() -> Response:
    return edge.show_monitor(deps)


http.install(current_app, api, probes=deps.probes, edge=settings.edge, package="functions.sales")


@functions_framework.http
def handle(request: Request) -> Response:
    return http.respond_unrouted(request)
