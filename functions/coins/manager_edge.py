"""The bodies and queries coins accepts of managers, and how orders look outside."""

from __future__ import annotations

from dataclasses import asdict
from typing import Literal
from uuid import UUID

from flask import Response
from pydantic import BaseModel, ConfigDict, Field

from functions.coins import managers
from functions.coins.ports import Deps
from shared.domain.accounts.audit import Actor
from shared.domain.accounts.users import MANAGER
from shared.domain.money.coins import Order, OrderState
from shared.domain.money.ledger import AccountState
from shared.security.tokens import Caller
from shared.web import callers, http, paging

_REASON = Field(min_length=3, max_length=500, pattern=r"^[^\x00]*$", description="kept in the audit trail")


class Grant(BaseModel):
    """Coins for a user."""

    model_config = ConfigDict(extra="forbid", strict=True)
    username: str = Field(max_length=200)
    amount: int = Field(ge=1, le=10**15)
    reason: str = _REASON
    preview: bool = Field(default=False, description="true: change nothing, say what would change")


class Reversal(BaseModel):
    """A transaction that was a mistake."""

    model_config = ConfigDict(extra="forbid")
    transaction_id: UUID
    reason: str = _REASON
    preview: bool = Field(default=False, strict=True, description="true: change nothing, say what would change")


class StateChange(BaseModel):
    """Freeze an account, or open it again."""

    model_config = ConfigDict(extra="forbid", strict=True)
    state: Literal["open", "frozen"]
    reason: str = _REASON


class OrderPage(BaseModel):
    """Query of the orders that wait, the oldest first."""

    model_config = ConfigDict(extra="forbid")
    limit: int = Field(default=paging.DEFAULT_LIMIT, ge=1, le=paging.MAX_LIMIT)
    cursor: str = Field(default="", max_length=200)


def show_account(username: str, deps: Deps) -> Response:
    """Another user's balance."""
    user_id, balance = managers.show_account(callers.caller(deps, role=MANAGER), username, deps)
    return callers.private_json(
        {
            "user_id": user_id,
            "balance": balance.posted,
            "pending": balance.pending,
            "available": balance.available,
            "state": balance.state,
        }
    )


def set_state(username: str, deps: Deps) -> Response:
    """204."""
    caller, by = _manager(deps)
    change = http.read_body(StateChange)
    managers.set_state(caller, by, username, AccountState(change.state), change.reason, deps)
    return http.no_content()


def grant(deps: Deps) -> Response:
    """201 with the order, 202 where it waits for a second manager, 200 with a preview."""
    caller, by = _manager(deps)
    body = http.read_body(Grant)
    if body.preview:
        return callers.private_json(asdict(managers.preview_grant(caller, by, body.username, body.amount, deps)))
    return _placed(managers.grant(caller, by, body.username, body.amount, body.reason, deps))


def reverse(deps: Deps) -> Response:
    """201 with the order, 202 where it waits for a second manager, 200 with a preview."""
    caller, by = _manager(deps)
    body = http.read_body(Reversal)
    transaction_id = str(body.transaction_id)
    if body.preview:
        return callers.private_json(asdict(managers.preview_reversal(caller, by, transaction_id, deps)))
    return _placed(managers.reverse(caller, by, transaction_id, body.reason, deps))


def list_orders(deps: Deps) -> Response:
    """One page of the orders that wait."""
    caller, page = callers.caller(deps, role=MANAGER), http.read_query(OrderPage)
    after = paging.decode_id(page.cursor)
    orders = managers.list_orders(caller, after=after, limit=page.limit + 1, deps=deps)
    return callers.private_json(paging.page_by_id([asdict(each) for each in orders], page.limit))


def decide(order_id: str, deps: Deps, *, approved: bool) -> Response:
    """200 with the order."""
    caller, by = _manager(deps)
    return callers.private_json(asdict(managers.decide(caller, by, order_id, approved=approved, deps=deps)))


def _manager(deps: Deps) -> tuple[Caller, Actor]:
    caller = callers.caller(deps, role=MANAGER)
    return caller, callers.actor(caller, operating=True)


def _placed(order: Order) -> Response:
    return callers.private_json(asdict(order), 202 if order.state is OrderState.WAITING else 201)
