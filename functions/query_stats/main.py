"""Answer queries for statistics of leagues, matches, teams, players and managers."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import functions_framework
from flask import Blueprint, Request, Response, current_app

from functions.query_stats import catalogue, service, table_export, wiring
from functions.query_stats.resource import Resource, StoredTable
from shared import lazy
from shared.events.football import LeagueUpdated
from shared.settings.loading import load_settings
from shared.web import content_negotiation, http
from shared.web.tables.formats import CONVERTER
from shared.web.tables.responses import name_of_request, respond_table

if TYPE_CHECKING:
    from functions.query_stats import edge, sql_edge
else:
    edge = lazy.Module("functions.query_stats.edge")
    sql_edge = lazy.Module("functions.query_stats.sql_edge", warm=False)

api = Blueprint("query_stats", __name__)
settings = load_settings(wiring.Settings, os.environ, need=wiring.NEED)
deps = wiring.build(settings)


@api.post("/events/league-updated")
def league_updated() -> Response:
    return http.receive_event(lambda event: service.invalidate(LeagueUpdated.from_event(event), deps))


def _view(resource: Resource) -> Callable[..., Response]:
    def view(**path: Any) -> Response:
        query = http.read_query(resource.query(), ignored=content_negotiation.PARAMETER)
        response = service.get_response(resource, {**path, **query.model_dump()}, deps)
        return content_negotiation.respond(
            response.body, resource.model, remember=partial(deps.responses.encoded, response)
        )

    return view


def _table_view(table: Resource | StoredTable) -> Callable[..., Response]:
    def view(extension: str, **path: Any) -> Response:
        query = http.read_query(edge.without_page(table.query()))
        opened = table_export.open_table(table, extension, {**path, **query.model_dump()}, deps)
        return respond_table(opened, extension, name=name_of_request("/stats"))

    return view


@api.get("/stats/schema")
def schema() -> Response:
    return http.cacheable_json(sql_edge.describe())


@api.post("/stats/sql")
def sql() -> Response:
    return sql_edge.respond(deps)


for each in catalogue.RESOURCES:
    api.add_url_rule(f"/stats{each.path}", each.name, _view(each), methods=["GET"])
for table in catalogue.TABLES:
    rule = f"/stats{table.path}.<{CONVERTER}:extension>"
    api.add_url_rule(rule, f"{table.name}_table", _table_view(table), methods=["GET"])

http.install(
    current_app,
    api,
    probes=deps.probes,
    edge=settings.edge,
    package="functions.query_stats",
)


@functions_framework.http
def handle(request: Request) -> Response:
    return http.respond_unrouted(request)
