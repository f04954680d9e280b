"""Take bets on lines with coins: singles, accumulators, system bets; cash-out, limits, books."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from uuid import UUID

import functions_framework
from flask import Blueprint, Request, Response, current_app

from functions.bets import wiring
from shared import lazy
from shared.domain.betting.events import SIMULATED_HEADER
from shared.settings.loading import load_settings
from shared.web import http

if TYPE_CHECKING:
    from functions.bets import edge, operators, service
else:
    edge, service = lazy.Module("functions.bets.edge"), lazy.Module("functions.bets.service")
    operators = lazy.Module("functions.bets.operators")

api = Blueprint("bets", __name__)
settings = load_settings(wiring.Settings, os.environ, need=wiring.NEED)
deps = wiring.build(settings)


@api.post("/bets/quote")
def quote() -> Response:
    return edge.quote(deps)


@api.post("/bets")
def place() -> Response:
    return edge.place(deps)


@api.get("/bets")
def list_bets() -> Response:
    return edge.list_bets(deps)


@api.get("/bets/open")
def list_open() -> Response:
    return edge.list_open(deps)


@api.get("/bets/books")
def show_books() -> Response:
    return edge.show_books(deps)


@api.get("/bets/statistics")
def show_statistics() -> Response:
    return edge.show_statistics(deps)


@api.get("/bets/limits")
def show_limits() -> Response:
    return edge.show_limits(deps)


@api.put("/bets/limits")
def limit_day() -> Response:
    return edge.limit_day(deps)


@api.put("/bets/self-exclusion")
def exclude_self() -> Response:
    return edge.exclude_self(deps)


@api.get("/bets/export")
def export() -> Response:
    return edge.export(deps)


@api.get("/bets/<uuid:bet_id>")
def read_bet(bet_id: UUID) -> Response:
    return edge.read_bet(str(bet_id), deps)


@api.delete("/bets/<uuid:bet_id>")
def cancel(bet_id: UUID) -> Response:
    return edge.cancel(str(bet_id), deps)


@api.post("/bets/<uuid:bet_id>/cash-out-offers")
def offer_cash_out(bet_id: UUID) -> Response:
    return edge.offer_cash_out(str(bet_id), deps)


@api.post("/bets/cash-outs")
def take_cash_out() -> Response:
    return edge.take_cash_out(deps)


@api.post("/events/line-changed")
def forget_prices() -> Response:
    return http.receive_event(lambda _: deps.prices.forget())


@api.post("/events/user-deleted")
def erase() -> Response:
    return http.receive_event(lambda event: service.erase(event, deps))


@api.post("/events/tick")
def forget_offers() -> Response:
    return http.receive_event(lambda _: operators.forget_offers(deps))


@current_app.after_request
def mark_simulated(response: Response) -> Response:
    response.headers.update(SIMULATED_HEADER)
    return response


http.install(
    current_app,
    api,
    probes=deps.probes,
    edge=settings.edge,
    package="functions.bets",
)


@functions_framework.http
def handle(request: Request) -> Response:
    return http.respond_unrouted(request)
