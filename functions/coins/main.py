"""Keep users' coins: balances, transfers, histories, and what managers do about them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from uuid import UUID

import functions_framework
from flask import Blueprint, Request, Response, current_app

from functions.coins import events, wiring
from shared import lazy
from shared.settings.loading import load_settings
from shared.web import http

if TYPE_CHECKING:
    from functions.coins import edge, manager_edge
else:
    edge, manager_edge = lazy.Module("functions.coins.edge"), lazy.Module("functions.coins.manager_edge")

BODY_LIMIT_BYTES = 1_500_000
"""A block of the ledger and its headers fit in."""

api = Blueprint("coins", __name__)
settings = load_settings(wiring.Settings, os.environ, need=wiring.NEED)
deps = wiring.build(settings)


@api.get("/coins")
def show_balance() -> Response:
    return edge.show_balance(deps)


@api.get("/coins/history")
def list_history() -> Response:
    return edge.list_history(deps)


@api.get("/coins/counterparties")
def list_counterparties() -> Response:
    return edge.list_counterparties(deps)


@api.get("/coins/statement")
def show_statement() -> Response:
    return edge.show_statement(deps)


@api.post("/coins/transfers")
def transfer() -> Response:
    return edge.transfer(deps)


@api.get("/coins/export")
def export() -> Response:
    return edge.export(deps)


@api.get("/coins/accounts/<username>")
def show_account(username: str) -> Response:
    return manager_edge.show_account(username, deps)


@api.put("/coins/accounts/<username>/state")
def set_state(username: str) -> Response:
    return manager_edge.set_state(username, deps)


@api.post("/coins/grants")
def grant() -> Response:
    return manager_edge.grant(deps)


@api.post("/coins/reversals")
def reverse() -> Response:
    return manager_edge.reverse(deps)


@api.get("/coins/orders")
def list_orders() -> Response:
    return manager_edge.list_orders(deps)


@api.put("/coins/orders/<uuid:order_id>/approval")
def approve(order_id: UUID) -> Response:
    return manager_edge.decide(str(order_id), deps, approved=True)


@api.put("/coins/orders/<uuid:order_id>/refusal")
def refuse(order_id: UUID) -> Response:
    return manager_edge.decide(str(order_id), deps, approved=False)


@api.post("/events/user-registered")
def open_account() -> Response:
    return http.receive_event(lambda event: events.open_account(event, deps))


@api.post("/events/user-deleted")
def close_account() -> Response:
    return http.receive_event(lambda event: events.close_account(event, deps))


@api.post("/events/transaction-posted")
def project() -> Response:
    return http.receive_event(lambda event: events.project(event, deps))


@api.post("/events/tick")
def tick() -> Response:
    return http.receive_event(lambda event: events.tick(event, deps))


http.install(
    current_app,
    api,
    probes=deps.probes,
    edge=settings.edge,
    body_limit_bytes=BODY_LIMIT_BYTES,
    package="functions.coins",
)


@functions_framework.http
def handle(request: Request) -> Response:
    return http.respond_unrouted(request)
