"""The queries, bodies and answers of customers, and what the shop keeps of a user."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from flask import Response
from pydantic import Field

from functions.shop import bulk_rows, service
from functions.shop.models import Email, Id, Phone, bulk_key, bulk_response, nonblank, to_address
from functions.shop.ports import Deps
from shared.domain.shop.listing import PurchaseFilter
from shared.domain.shop.records import PERSON_NAME_LENGTH, CustomerFields
from shared.web import callers, http, paging
from shared.web.request_models import Body, PageQuery

_EXPORTED = 10_000
PersonName = Annotated[str, nonblank(PERSON_NAME_LENGTH)]


class CustomerRow(Body):
    """A customer to be added in bulk."""

    first_name: PersonName
    last_name: PersonName
    email: Email
    phone: Phone = ""

    def to_fields(self) -> CustomerFields:
        """Return our value of it."""
        return CustomerFields(
            first_name=self.first_name, last_name=self.last_name, email=to_address(self.email), phone=self.phone
        )


class NewCustomer(CustomerRow):
    """A customer to be added."""

    user_id: Id | None = Field(default=None, description="the user who the customer is; an operator's to choose")


class CustomerChanges(Body):
    """The fields of a customer that change; what is left out stays."""

    first_name: PersonName | None = None
    last_name: PersonName | None = None
    email: Email | None = None
    phone: Phone | None = None

    def to_fields(self) -> CustomerFields:
        """Return our value of it."""
        return CustomerFields(
            first_name=self.first_name, last_name=self.last_name, email=to_address(self.email), phone=self.phone
        )


class CustomersQuery(PageQuery):
    """The customers that are listed."""

    email: Email | None = None


def add(deps: Deps) -> Response:
    """201 with the customer."""
    caller, body = callers.caller(deps), http.read_body(NewCustomer)
    customer = service.add_customer(caller, body.to_fields(), body.user_id, deps)
    return callers.private_json(asdict(customer), 201, Location=f"/shop/v1/customers/{customer.id}")


def list_all(deps: Deps) -> Response:
    """One page of customers: the caller, or for operators all."""
    caller, query = callers.caller(deps), http.read_query(CustomersQuery)
    customers = service.list_customers(
        caller,
        email=to_address(query.email),
        before=paging.decode_id(query.cursor),
        limit=query.limit + 1,
        deps=deps,
    )
    return callers.private_json(paging.page_by_id([asdict(each) for each in customers], query.limit))


def show(customer_id: str, deps: Deps) -> Response:
    """Return a customer."""
    return callers.private_json(asdict(service.find_customer(callers.caller(deps), customer_id, deps)))


def update(customer_id: str, deps: Deps) -> Response:
    """Return the customer with its changes."""
    caller, body = callers.caller(deps), http.read_body(CustomerChanges)
    return callers.private_json(asdict(service.update_customer(caller, customer_id, body.to_fields(), deps)))


def delete(customer_id: str, deps: Deps) -> Response:
    """204."""
    service.delete_customer(callers.caller(deps), customer_id, deps)
    return http.no_content()


def add_rows(deps: Deps) -> Response:
    """200 with the number of rows that were added, and the faults of the others."""
    caller, key = bulk_key(deps, "customers")
    rows, faults = bulk_rows.read_rows(CustomerRow, CustomerRow.to_fields)
    return bulk_response(service.add_customers(caller, rows, faults, key, deps))


def export(deps: Deps) -> Response:
    """The caller's part of the account's export: themself as a customer, their sellers, what they bought."""
    user_id = callers.caller(deps).user_id
    customers = deps.customers.list_page(owner=user_id, email=None, before="", limit=1)
    sellers = deps.sellers.list_page(owner=user_id, before="", limit=_EXPORTED)
    purchases = [
        each
        for customer in customers
        for each in deps.purchases.list_page(
            PurchaseFilter(customer_id=customer.id), owner=user_id, before="", limit=_EXPORTED
        )
    ]
    return callers.private_json(
        {
            "customers": [asdict(each) for each in customers],
            "sellers": [asdict(each) for each in sellers],
            "purchases": [asdict(each) for each in purchases],
        }
    )
