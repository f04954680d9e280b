"""Keep advertisers' stores: members, balances in a simulated currency, payments from reserve to capture."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from uuid import UUID

import functions_framework
from flask import Blueprint, Request, Response, current_app

from functions.stores import wiring
from shared import lazy
from shared.settings.loading import load_settings
from shared.web import http

if TYPE_CHECKING:
    from functions.stores import core_edge, edge, manager_edge, service
else:
    edge, core_edge = lazy.Module("functions.stores.edge"), lazy.Module("functions.stores.core_edge")
    manager_edge, service = lazy.Module("functions.stores.manager_edge"), lazy.Module("functions.stores.service")

api = Blueprint("stores", __name__)
settings = load_settings(wiring.Settings, os.environ, need=wiring.NEED)
deps = wiring.build(settings)


@api.post("/stores")
def create() -> Response:
    return edge.create(deps)


@api.get("/stores")
def list_stores() -> Response:
    return edge.list_stores(deps)


@api.get("/stores/<uuid:store_id>")
def show(store_id: UUID) -> Response:
    return edge.show(str(store_id), deps)


@api.put("/stores/<uuid:store_id>/name")
def rename(store_id: UUID) -> Response:
    return edge.rename(str(store_id), deps)


@api.get("/stores/<uuid:store_id>/members")
def list_members(store_id: UUID) -> Response:
    return edge.list_members(str(store_id), deps)


@api.put("/stores/<uuid:store_id>/members/<username>")
def put_member(store_id: UUID, username: str) -> Response:
    return edge.put_member(str(store_id), username, deps)


@api.delete("/stores/<uuid:store_id>/members/<username>")
def remove_member(store_id: UUID, username: str) -> Response:
    return edge.remove_member(str(store_id), username, deps)


@api.get("/stores/<uuid:store_id>/balance")
def show_balance(store_id: UUID) -> Response:
    return edge.show_balance(str(store_id), deps)


@api.get("/stores/<uuid:store_id>/ledger")
def list_ledger(store_id: UUID) -> Response:
    return edge.list_ledger(str(store_id), deps)


@api.get("/stores/<uuid:store_id>/payments")
def list_payments(store_id: UUID) -> Response:
    return edge.list_payments(str(store_id), deps)


@api.get("/stores/export")
def export() -> Response:
    return edge.export(deps)


@api.get("/stores/<uuid:store_id>/account")
def show_account(store_id: UUID) -> Response:
    return manager_edge.show_account(str(store_id), deps)


@api.put("/stores/<uuid:store_id>/state")
def set_state(store_id: UUID) -> Response:
    return manager_edge.set_state(str(store_id), deps)


@api.put("/stores/<uuid:store_id>/owner")
def appoint_owner(store_id: UUID) -> Response:
    return manager_edge.appoint_owner(str(store_id), deps)


@api.post("/stores/<uuid:store_id>/adjustments")
def adjust(store_id: UUID) -> Response:
    return manager_edge.adjust(str(store_id), deps)


@api.post("/stores/<uuid:store_id>/refunds")
def refund(store_id: UUID) -> Response:
    return manager_edge.refund(str(store_id), deps)


@api.get("/stores/orders")
def list_orders() -> Response:
    return manager_edge.list_orders(deps)


@api.put("/stores/orders/<uuid:order_id>/approval")
def approve(order_id: UUID) -> Response:
    return manager_edge.decide(str(order_id), deps, approved=True)


@api.put("/stores/orders/<uuid:order_id>/refusal")
def refuse(order_id: UUID) -> Response:
    return manager_edge.decide(str(order_id), deps, approved=False)


@api.get("/stores/ownerless")
def list_ownerless() -> Response:
    return manager_edge.list_ownerless(deps)


@api.get("/core/v1/stores/<uuid:store_id>")
def core_show_store(store_id: UUID) -> Response:
    return core_edge.show_store(str(store_id), deps)


@api.get("/core/v1/stores/<uuid:store_id>/members/<uuid:user_id>")
def core_show_role(store_id: UUID, user_id: UUID) -> Response:
    return core_edge.show_role(str(store_id), str(user_id), deps)


@api.get("/core/v1/stores/<uuid:store_id>/balance")
def core_show_balance(store_id: UUID) -> Response:
    return core_edge.show_balance(str(store_id), deps)


@api.get("/core/v1/stores/<uuid:store_id>/ledger")
def core_list_ledger(store_id: UUID) -> Response:
    return core_edge.list_ledger(str(store_id), deps)


@api.post("/core/v1/payments")
def core_reserve() -> Response:
    return core_edge.reserve(deps)


@api.get("/core/v1/payments/<uuid:payment_id>")
def core_show_payment(payment_id: UUID) -> Response:
    return core_edge.show_payment(str(payment_id), deps)


@api.post("/core/v1/payments/<uuid:payment_id>/capture")
def core_capture(payment_id: UUID) -> Response:
    return core_edge.capture(str(payment_id), deps)


@api.post("/core/v1/payments/<uuid:payment_id>/release")
def core_release(payment_id: UUID) -> Response:
    return core_edge.release(str(payment_id), deps)


@api.post("/events/user-deleted")
def forget_user() -> Response:
    return http.receive_event(lambda event: service.forget_user(event, deps))


http.install(
    current_app,
    api,
    probes=deps.probes,
    edge=settings.edge,
    package="functions.stores",
)


@functions_framework.http
def handle(request: Request) -> Response:
    return http.respond_unrouted(request)
