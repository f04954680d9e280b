"""CORE: what other functions of the platform ask with a service token of audience `core`. Changes only add."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from flask import Response, request
from pydantic import BaseModel, ConfigDict, Field

from functions.stores import service
from functions.stores.edge import Page, balance_json, ledger_page, ledger_position, replayed_header
from functions.stores.ports import Deps
from shared.domain.ads.stores import RESERVED_S, NewPayment
from shared.domain.money.ledger import LARGEST_AMOUNT, RequestKey, request_key
from shared.errors import InvalidInput
from shared.security.tokens import Service
from shared.web import callers, http

READ, PAY = "stores:read", "payments:write"
LONGEST_S = 92 * 86_400


class PaymentOrder(BaseModel):
    """A payment of a store to be reserved."""

    model_config = ConfigDict(extra="forbid")
    store_id: UUID
    amount: int = Field(ge=1, le=LARGEST_AMOUNT, strict=True, description="minor units of XTS, a simulated currency")
    purpose: str = Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")
    reference: str = Field(default="", max_length=200, pattern=r"^[^\x00]*$")
    lasts_s: int = Field(default=int(RESERVED_S), ge=1, le=LONGEST_S, strict=True, description="then it expires")


class Capture(BaseModel):
    """A part of what was reserved, or all of it; the rest is released."""

    model_config = ConfigDict(extra="forbid", strict=True)
    amount: int = Field(ge=1, le=LARGEST_AMOUNT)


def show_store(store_id: str, deps: Deps) -> Response:
    """A store."""
    _service(deps, READ)
    return callers.private_json(asdict(deps.stores.find(store_id)))


def show_role(store_id: str, user_id: str, deps: Deps) -> Response:
    """The role of a member; 404 for none."""
    _service(deps, READ)
    return callers.private_json({"role": str(deps.stores.role_of(store_id, user_id))})


def show_balance(store_id: str, deps: Deps) -> Response:
    """A store's balance."""
    _service(deps, READ)
    return callers.private_json(balance_json(deps.stores.balance(store_id)))


def list_ledger(store_id: str, deps: Deps) -> Response:
    """One page of a store's postings."""
    _service(deps, READ)
    page = http.read_query(Page)
    before = ledger_position(page) or service.LARGEST_NUMBER
    lines = deps.stores.ledger(store_id, before=before, limit=page.limit + 1)
    return callers.private_json(ledger_page([asdict(each) for each in lines], page))


def reserve(deps: Deps) -> Response:
    """201 with the payment."""
    caller, order = _service(deps, PAY), http.read_body(PaymentOrder)
    new = NewPayment(
        store_id=str(order.store_id),
        amount=order.amount,
        purpose=order.purpose,
        reference=order.reference,
        reserved_by=caller.name,
        lasts_s=order.lasts_s,
    )
    payment, replayed = service.reserve(new, _key(caller, order.model_dump(mode="json")), deps)
    return callers.private_json(asdict(payment), 201, **replayed_header(replayed))


def show_payment(payment_id: str, deps: Deps) -> Response:
    """A payment."""
    _service(deps, READ)
    return callers.private_json(asdict(deps.payments.find(payment_id)))


def capture(payment_id: str, deps: Deps) -> Response:
    """200 with the payment; the same capture again changes nothing."""
    _service(deps, PAY)
    return callers.private_json(asdict(service.capture(payment_id, http.read_body(Capture).amount, deps)))


def release(payment_id: str, deps: Deps) -> Response:
    """200 with the payment; again it changes nothing."""
    _service(deps, PAY)
    return callers.private_json(asdict(deps.payments.release(payment_id)))


def _service(deps: Deps, scope: str) -> Service:
    return callers.service(deps.service_tokens, scope=scope)


def _key(caller: Service, payload: Any) -> RequestKey:
    key = request_key(f"services/{caller.name}/reserve", request.headers.get(callers.IDEMPOTENCY_KEY, ""), payload)
    if key is None:
        raise InvalidInput(
            f"send {callers.IDEMPOTENCY_KEY} with a text of your own choice",
            errors={callers.IDEMPOTENCY_KEY: "missing"},
        )
    return key
