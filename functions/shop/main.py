"""Sell the products of many sellers for money: sellers, products, customers, purchases."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from uuid import UUID

import functions_framework
from flask import Blueprint, Request, Response, current_app

from functions.shop import events, wiring
from shared import lazy
from shared.settings.loading import load_settings
from shared.web import http

if TYPE_CHECKING:
    from functions.shop import customer_edge, product_edge, purchase_edge, seller_edge
else:
    customer_edge, product_edge = (
        lazy.Module("functions.shop.customer_edge"),
        lazy.Module("functions.shop.product_edge"),
    )
    purchase_edge, seller_edge = lazy.Module("functions.shop.purchase_edge"), lazy.Module("functions.shop.seller_edge")

BODY_LIMIT_BYTES = 8_388_608
"""A bulk request: some 50,000 rows of purchases as CSV."""

api = Blueprint("shop", __name__, url_prefix="/shop/v1")
inbox = Blueprint("inbox", __name__)
settings = load_settings(wiring.Settings, os.environ, need=wiring.NEED)
deps = wiring.build(settings)


@api.post("/sellers")
def add_seller() -> Response:
    return seller_edge.add(deps)


@api.get("/sellers")
def list_sellers() -> Response:
    return seller_edge.list_all(deps)


@api.get("/sellers/mine")
def list_own_sellers() -> Response:
    return seller_edge.list_own(deps)


@api.get("/sellers/<uuid:seller_id>")
def show_seller(seller_id: UUID) -> Response:
    return seller_edge.show(str(seller_id), deps)


@api.put("/sellers/<uuid:seller_id>")
def update_seller(seller_id: UUID) -> Response:
    return seller_edge.update(str(seller_id), deps)


@api.delete("/sellers/<uuid:seller_id>")
def delete_seller(seller_id: UUID) -> Response:
    return seller_edge.delete(str(seller_id), deps)


@api.post("/products")
def add_product() -> Response:
    return product_edge.add(deps)


@api.get("/products")
def list_products() -> Response:
    return product_edge.list_all(deps)


@api.get("/categories")
def list_categories() -> Response:
    return product_edge.list_categories(deps)


@api.get("/products/<uuid:product_id>")
def show_product(product_id: UUID) -> Response:
    return product_edge.show(str(product_id), deps)


@api.put("/products/<uuid:product_id>")
def replace_product(product_id: UUID) -> Response:
    return product_edge.replace(str(product_id), deps)


@api.delete("/products/<uuid:product_id>")
def delete_product(product_id: UUID) -> Response:
    return product_edge.delete(str(product_id), deps)


@api.post("/products/bulk")
def add_products() -> Response:
    return product_edge.add_rows(deps)


@api.post("/customers")
def add_customer() -> Response:
    return customer_edge.add(deps)


@api.get("/customers")
def list_customers() -> Response:
    return customer_edge.list_all(deps)


@api.get("/customers/<uuid:customer_id>")
def show_customer(customer_id: UUID) -> Response:
    return customer_edge.show(str(customer_id), deps)


@api.put("/customers/<uuid:customer_id>")
def update_customer(customer_id: UUID) -> Response:
    return customer_edge.update(str(customer_id), deps)


@api.delete("/customers/<uuid:customer_id>")
def delete_customer(customer_id: UUID) -> Response:
    return customer_edge.delete(str(customer_id), deps)


@api.post("/customers/bulk")
def add_customers() -> Response:
    return customer_edge.add_rows(deps)


@api.post("/purchases")
def buy() -> Response:
    return purchase_edge.buy(deps)


@api.get("/purchases")
def list_purchases() -> Response:
    return purchase_edge.list_all(deps)


@api.get("/purchases/<uuid:purchase_id>")
def show_purchase(purchase_id: UUID) -> Response:
    return purchase_edge.show(str(purchase_id), deps)


@api.delete("/purchases/<uuid:purchase_id>")
def cancel_purchase(purchase_id: UUID) -> Response:
    return purchase_edge.cancel(str(purchase_id), deps)


@api.post("/purchases/bulk")
def record_purchases() -> Response:
    return purchase_edge.record_rows(deps)


@api.get("/export")
def export() -> Response:
    return customer_edge.export(deps)


@inbox.post("/events/user-deleted")
def erase() -> Response:
    return http.receive_event(lambda event: events.erase(event, deps))


@inbox.post("/events/tick")
def tick() -> Response:
    return http.receive_event(lambda event: events.tick(event, deps))


http.install(
    current_app,
    api,
    inbox,
    probes=deps.probes,
    edge=settings.edge,
    body_limit_bytes=BODY_LIMIT_BYTES,
    package="functions.shop",
)


@functions_framework.http
def handle(request: Request) -> Response:
    return http.respond_unrouted(request)
