"""The bodies and queries stores accepts of the platform's managers, and how orders look outside."""

from __future__ import annotations

from dataclasses import asdict
from typing import Literal
from uuid import UUID

from flask import Response
from pydantic import BaseModel, ConfigDict, Field

from functions.stores import managers
from functions.stores.edge import balance_json, replayed_header
from functions.stores.ports import Deps
from shared.domain.accounts.audit import Actor
from shared.domain.accounts.users import MANAGER
from shared.domain.ads.orders import Order
from shared.domain.ads.stores import StoreState
from shared.domain.money.coins import OrderState
from shared.domain.money.ledger import LARGEST_AMOUNT
from shared.security.tokens import Caller
from shared.web import callers, http, paging

_REASON = Field(min_length=3, max_length=500, pattern=r"^[^\x00]*$", description="kept in the audit trail")


class Adjustment(BaseModel):
    """Money for a store, or less than 0 to take it."""

    model_config = ConfigDict(extra="forbid", strict=True)
    amount: int = Field(ge=-LARGEST_AMOUNT, le=LARGEST_AMOUNT, description="minor units of XTS, not 0")
    reason: str = _REASON
    preview: bool = Field(default=False, description="true: change nothing, say what would change")


class RefundOrder(BaseModel):
    """A part of a top-up that its payer gets back."""

    model_config = ConfigDict(extra="forbid")
    top_up_id: UUID
    amount: int = Field(ge=1, le=LARGEST_AMOUNT, strict=True)
    reason: str = _REASON


class StateChange(BaseModel):
    """Freeze a store, or open it again."""

    model_config = ConfigDict(extra="forbid", strict=True)
    state: Literal["open", "frozen"]
    reason: str = _REASON


class Appointment(BaseModel):
    """An owner for a store that has none."""

    model_config = ConfigDict(extra="forbid", strict=True)
    username: str = Field(max_length=200)
    reason: str = _REASON


class OldestFirst(BaseModel):
    """Query of a page, the oldest first."""

    model_config = ConfigDict(extra="forbid")
    limit: int = Field(default=paging.DEFAULT_LIMIT, ge=1, le=paging.MAX_LIMIT)
    cursor: str = Field(default="", max_length=200)


def show_account(store_id: str, deps: Deps) -> Response:
    """Any store and its balance."""
    store, balance = managers.show_store(callers.caller(deps, role=MANAGER), store_id, deps)
    return callers.private_json({**asdict(store), **balance_json(balance)})


def set_state(store_id: str, deps: Deps) -> Response:
    """204."""
    caller, by = _manager(deps)
    change = http.read_body(StateChange)
    managers.set_state(caller, by, store_id, StoreState(change.state), change.reason, deps)
    return http.no_content()


def appoint_owner(store_id: str, deps: Deps) -> Response:
    """204."""
    caller, by = _manager(deps)
    body = http.read_body(Appointment)
    managers.appoint_owner(caller, by, store_id, body.username, body.reason, deps)
    return http.no_content()


def adjust(store_id: str, deps: Deps) -> Response:
    """201 with the order, 202 where it waits for a second manager, 200 with a preview."""
    caller, by = _manager(deps)
    body = http.read_body(Adjustment)
    if body.preview:
        return callers.private_json(asdict(managers.preview_adjustment(caller, by, store_id, body.amount, deps)))
    key = callers.idempotency_key(caller, "adjustment", [store_id, body.model_dump()])
    return _placed(*managers.adjust(caller, by, store_id, body.amount, body.reason, key, deps))


def refund(store_id: str, deps: Deps) -> Response:
    """201 with the order, 202 where it waits for a second manager."""
    caller, by = _manager(deps)
    body = http.read_body(RefundOrder)
    key = callers.idempotency_key(caller, "refund", [store_id, body.model_dump(mode="json")])
    return _placed(*managers.refund(caller, by, store_id, str(body.top_up_id), body.amount, body.reason, key, deps))


def list_orders(deps: Deps) -> Response:
    """One page of the orders that wait."""
    caller, page = callers.caller(deps, role=MANAGER), http.read_query(OldestFirst)
    after = paging.decode_id(page.cursor)
    orders = managers.list_orders(caller, after=after, limit=page.limit + 1, deps=deps)
    return callers.private_json(paging.page_by_id([asdict(each) for each in orders], page.limit))


def decide(order_id: str, deps: Deps, *, approved: bool) -> Response:
    """200 with the order."""
    caller, by = _manager(deps)
    return callers.private_json(asdict(managers.decide(caller, by, order_id, approved=approved, deps=deps)))


def list_ownerless(deps: Deps) -> Response:
    """One page of the stores without an owner."""
    caller, page = callers.caller(deps, role=MANAGER), http.read_query(OldestFirst)
    after = paging.decode_id(page.cursor)
    stores = managers.list_ownerless(caller, after=after, limit=page.limit + 1, deps=deps)
    return callers.private_json(paging.page_by_id([asdict(each) for each in stores], page.limit))


def _manager(deps: Deps) -> tuple[Caller, Actor]:
    caller = callers.caller(deps, role=MANAGER)
    return caller, callers.actor(caller, operating=True)


def _placed(order: Order, replayed: bool) -> Response:
    status = 202 if order.state == OrderState.WAITING else 201
    return callers.private_json(asdict(order), status, **replayed_header(replayed))
