"""The queries, bodies and answers of purchases."""

from __future__ import annotations

from dataclasses import asdict

from flask import Response
from pydantic import Field

from functions.shop import bulk_rows, service
from functions.shop.models import Id, Moment, bulk_key, bulk_response, replayed_header
from functions.shop.ports import Deps
from functions.shop.product_edge import CurrencyCode, Price
from shared.domain.shop.listing import PurchaseFilter
from shared.domain.shop.records import LARGEST_PRICE, LARGEST_QUANTITY, NewPurchase, check_sale
from shared.web import callers, http, paging
from shared.web.request_models import Body, PageQuery


class PurchaseBody(Body):
    """A purchase: of which product, by whom, and how many. The rest is a seller's to say, and else the product's."""

    product_id: Id
    customer_id: Id
    quantity: int = Field(ge=1, le=LARGEST_QUANTITY)
    seller_id: Id | None = Field(default=None, description="refused unless the product is theirs")
    unit_price: Price | None = Field(
        default=None, description="in the currency's minor unit; the product's if left out"
    )
    discount: int | None = Field(default=None, ge=0, le=LARGEST_PRICE * LARGEST_QUANTITY, description="off the whole")
    currency: CurrencyCode | None = Field(default=None, description="refused unless the product is sold for it")
    purchased_at: Moment | None = Field(default=None, description="now if left out")

    def to_purchase(self) -> NewPurchase:
        """Return our value of it."""
        return NewPurchase(
            product_id=self.product_id,
            customer_id=self.customer_id,
            quantity=self.quantity,
            seller_id=self.seller_id,
            unit_price=self.unit_price,
            discount=self.discount,
            currency=self.currency,
            purchased_at=self.purchased_at,
        )


class PurchasesQuery(PageQuery):
    """The purchases that are listed."""

    customer_id: Id | None = None
    product_id: Id | None = None
    seller_id: Id | None = None
    purchased_from: Moment | None = None
    purchased_until: Moment | None = Field(default=None, description="excluded")


def buy(deps: Deps) -> Response:
    """201 with the purchase."""
    caller, body = callers.caller(deps), http.read_body(PurchaseBody)
    key = callers.idempotency_key(caller, "purchase", body.model_dump(mode="json"))
    purchase, replayed = service.buy(caller, body.to_purchase(), key, deps)
    location = f"/shop/v1/purchases/{purchase.id}"
    return callers.private_json(asdict(purchase), 201, Location=location, **replayed_header(replayed))


def list_all(deps: Deps) -> Response:
    """One page of what the caller bought and sold; for operators all."""
    caller, query = callers.caller(deps), http.read_query(PurchasesQuery)
    wanted = PurchaseFilter(**query.model_dump(exclude={"limit", "cursor"}))
    before = paging.decode_id(query.cursor)
    purchases = service.list_purchases(caller, wanted, before=before, limit=query.limit + 1, deps=deps)
    return callers.private_json(paging.page_by_id([asdict(each) for each in purchases], query.limit))


def show(purchase_id: str, deps: Deps) -> Response:
    """Return a purchase; one that was cancelled says when."""
    return callers.private_json(asdict(service.find_purchase(callers.caller(deps), purchase_id, deps)))


def cancel(purchase_id: str, deps: Deps) -> Response:
    """204, also for one that is cancelled already."""
    service.cancel_purchase(callers.caller(deps), purchase_id, deps)
    return http.no_content()


def record_rows(deps: Deps) -> Response:
    """200 with the number of rows that were recorded, and the faults of the others."""
    caller, key = bulk_key(deps, "purchases")
    now = deps.clock.now()

    def convert(row: PurchaseBody) -> NewPurchase:
        new = row.to_purchase()
        check_sale(new, now)
        return new

    rows, faults = bulk_rows.read_rows(PurchaseBody, convert)
    return bulk_response(service.record_purchases(caller, rows, faults, key, deps))
