"""Start and watch scrape jobs, and run scheduled tasks. Workers (`tasks.py`) do the collecting."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from uuid import UUID

import functions_framework
from flask import Blueprint, Request, Response, current_app

from functions.scrape_league import service, wiring
from shared import lazy
from shared.settings.loading import load_settings
from shared.web import http

if TYPE_CHECKING:
    from functions.scrape_league import edge
    from functions.scrape_league import page as pages
else:
    edge = lazy.Module("functions.scrape_league.edge")
    pages = lazy.Module("functions.scrape_league.page")

api = Blueprint("scrape_league", __name__)
settings = load_settings(wiring.Settings, os.environ, need=wiring.NEED)
deps = wiring.build(settings)


@api.post("/scrape")
def start() -> Response:
    return edge.start(deps)


@api.get("/scrape")
def page() -> Response:
    return pages.answer()


@api.get("/scrape/jobs")
def jobs() -> Response:
    return edge.jobs(deps)


@api.get("/scrape/jobs/<uuid:job_id>")
def job(job_id: UUID) -> Response:
    return edge.job(job_id, deps)


@api.get("/scrape/completeness")
def completeness() -> Response:
    return edge.completeness(deps)


@api.get("/scrape/quarantine")
def entries() -> Response:
    return edge.entries(deps)


@api.get("/scrape/quarantine/<int:entry_id>")
def entry(entry_id: int) -> Response:
    return edge.entry(entry_id, deps)


@api.post("/scrape/quarantine/<int:entry_id>/release")
def release(entry_id: int) -> Response:
    return edge.release(entry_id, deps)


@api.get("/scrape/source")
def source() -> Response:
    return edge.source(deps)


@api.post("/scrape/source/resume")
def resume() -> Response:
    return edge.resume(deps)


@api.post("/events/tick")
def tick() -> Response:
    return http.receive_event(lambda event: service.tick(event, deps))


http.install(
    current_app,
    api,
    probes=deps.probes,
    edge=settings.edge,
    package="functions.scrape_league",
)


@functions_framework.http
def handle(request: Request) -> Response:
    return http.respond_unrouted(request)
