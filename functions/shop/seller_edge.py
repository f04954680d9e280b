"""The queries, bodies and answers of sellers."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Response
from pydantic import Field

from functions.shop import service
from functions.shop.models import Email, Id, Name, Phone, PostalAddress, to_address
from functions.shop.ports import Deps
from shared.domain.shop.records import Seller, SellerFields
from shared.web import callers, http, paging
from shared.web.request_models import Body, PageQuery


class NewSeller(Body):
    """A seller to be added."""

    name: Name
    email: Email
    phone: Phone = ""
    address: PostalAddress = ""
    user_id: Id | None = Field(default=None, description="the user who acts for the seller")

    def to_fields(self) -> SellerFields:
        """Return our value of it."""
        return SellerFields(name=self.name, email=to_address(self.email), phone=self.phone, address=self.address)


class SellerChanges(Body):
    """The fields of a seller that change; what is left out stays."""

    name: Name | None = None
    email: Email | None = None
    phone: Phone | None = None
    address: PostalAddress | None = None

    def to_fields(self) -> SellerFields:
        """Return our value of it."""
        return SellerFields(name=self.name, email=to_address(self.email), phone=self.phone, address=self.address)


def add(deps: Deps) -> Response:
    """201 with the seller."""
    caller, body = callers.operator(deps), http.read_body(NewSeller)
    seller = service.add_seller(caller, body.to_fields(), body.user_id, deps)
    return callers.private_json(asdict(seller), 201, Location=f"/shop/v1/sellers/{seller.id}")


def list_all(deps: Deps) -> Response:
    """One page of sellers, the newest first; the same for everybody."""
    query = http.read_query(PageQuery)
    sellers = deps.sellers.list_page(owner=None, before=paging.decode_id(query.cursor), limit=query.limit + 1)
    return http.cacheable_json(paging.page_by_id([_to_public_json(each) for each in sellers], query.limit))


def list_own(deps: Deps) -> Response:
    """One page of the sellers that the caller acts for."""
    caller, query = callers.caller(deps), http.read_query(PageQuery)
    before = paging.decode_id(query.cursor)
    sellers = service.list_own_sellers(caller, before=before, limit=query.limit + 1, deps=deps)
    return callers.private_json(paging.page_by_id([asdict(each) for each in sellers], query.limit))


def show(seller_id: str, deps: Deps) -> Response:
    """Return a seller; the same for everybody."""
    return http.cacheable_json(_to_public_json(deps.sellers.find(seller_id)))


def update(seller_id: str, deps: Deps) -> Response:
    """Return the seller with its changes."""
    caller, body = callers.caller(deps), http.read_body(SellerChanges)
    return callers.private_json(asdict(service.update_seller(caller, seller_id, body.to_fields(), deps)))


def delete(seller_id: str, deps: Deps) -> Response:
    """204, also for one that is deleted already."""
    service.delete_seller(callers.operator(deps), seller_id, deps)
    return http.no_content()


def _to_public_json(seller: Seller) -> dict[str, Any]:
    """Return a seller without the user who acts for them."""
    return {name: value for name, value in asdict(seller).items() if name != "user_id"}
