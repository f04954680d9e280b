"""The site: pages for people, made of what the other functions answer."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import functions_framework
from flask import Blueprint, Request, Response, current_app

from functions.site import routes, wiring
from shared import lazy
from shared.settings.loading import load_settings
from shared.web import http

if TYPE_CHECKING:
    from functions.site import edge, personal_edge
else:
    edge = lazy.Module("functions.site.edge")
    personal_edge = lazy.Module("functions.site.personal_edge")

api = Blueprint("site", __name__)
settings = load_settings(wiring.Settings, os.environ, need=wiring.NEED)
deps = wiring.build(settings)


def show(page: str, **values: Any) -> Response:
    return edge.show(page, values, deps)


def show_personal(page: str, **values: Any) -> Response:
    return personal_edge.show(page, values, deps)


def post(form: str, **values: Any) -> Response:
    return personal_edge.post(form, values, deps)


@api.get("/account/export.json")
def download_export() -> Response:
    return personal_edge.download_export(deps)


@api.post("/account/identity")
def submit_identity() -> Response:
    return personal_edge.submit_identity(deps)


@api.get("/static/<file>")
def asset(file: str) -> Response:
    return edge.asset(file)


routes.add_pages(api, show)
routes.add_personal(api, show_personal)
routes.add_forms(api, post)
http.install(
    current_app,
    api,
    probes=deps.probes,
    edge=settings.edge,
    body_limit_bytes=routes.BODY_LIMIT_BYTES,
    package="functions.site",
)
current_app.wsgi_app = routes.LanguagePrefix(current_app.wsgi_app)  # type: ignore[method-assign]


@functions_framework.http
def handle(request: Request) -> Response:
    return edge.respond_unrouted(request, deps)
