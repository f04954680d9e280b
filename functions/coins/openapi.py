"""Coins, described for its OpenAPI document."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from functions.coins.edge import HistoryPage, Period, StatementContent, TransferOrder
from functions.coins.manager_edge import Grant, OrderPage, Reversal, StateChange
from shared.events.money import TransactionPosted
from shared.events.users import UserDeleted, UserRegistered
from shared.web.openapi import (
    IDEMPOTENCY_KEY,
    IDEMPOTENCY_REPLAYED,
    JSON,
    MANAGER,
    USER,
    Operation,
    ResponseSpec,
    event_operation,
    no_content,
    ok,
    tabular,
)


class BalanceShown(BaseModel):
    """Coins of an account; `available` is the balance less what is pending."""

    balance: int
    pending: int
    available: int
    state: str


class AccountShown(BalanceShown):
    """The balance of a named user."""

    user_id: str


class Transferred(BaseModel):
    """A transfer and the sender's balance right after it."""

    transaction_id: str
    amount: int
    balance: int


class HistoryItem(BaseModel):
    """A posting; a negative amount was paid, a positive one received."""

    number: int
    transaction_id: str
    kind: str
    amount: int
    balance: int
    counterparty: str
    booked_at: datetime
    effective_at: datetime
    reverses: str


class History(BaseModel):
    """One page, the latest first."""

    items: list[HistoryItem]
    next: str | None


class Counterparty(BaseModel):
    """All that moved between the caller and one other."""

    counterparty: str
    received: int
    sent: int
    n_transactions: int


class Counterparties(BaseModel):
    """By name."""

    items: list[Counterparty]


class ExportedPosting(BaseModel):
    """A posting without the other user."""

    number: int
    transaction_id: str
    kind: str
    amount: int
    balance: int
    booked_at: datetime
    effective_at: datetime
    reverses: str
    detail: str


class Exported(BaseModel):
    """The data that the ledger keeps of a user."""

    balance: int
    postings: list[ExportedPosting]


class PreviewShown(BaseModel):
    """The effect of an order that is not placed."""

    balance: int
    balance_after: int
    needs_second_manager: bool
    left_today: int


class OrderShown(BaseModel):
    """An order of a manager."""

    id: str
    action: str
    user_id: str
    amount: int
    reason: str
    ordered_by: str
    ordered_at: datetime
    state: str
    subject_id: str
    decided_by: str
    transaction_id: str


class Orders(BaseModel):
    """One page, the oldest first."""

    items: list[OrderShown]
    next: str | None


_ORDERED = {
    **ok(PreviewShown, "A preview; nothing changed."),
    201: ResponseSpec(description="Done.", content={JSON: OrderShown}),
    202: ResponseSpec(description="It waits for a second manager.", content={JSON: OrderShown}),
}

OPERATIONS = {
    "show_balance": Operation(summary="The caller's balance", access=USER, responses=ok(BalanceShown)),
    "list_history": Operation(
        summary="What was posted to the caller's account", access=USER, query=HistoryPage, responses=ok(History)
    ),
    "list_counterparties": Operation(
        summary="Sums of the caller's account by the other user", access=USER, responses=ok(Counterparties)
    ),
    "show_statement": Operation(
        summary="The caller's account in a period, by when postings took effect",
        access=USER,
        query=Period,
        responses=tabular(StatementContent),
        error_statuses=(406,),
    ),
    "transfer": Operation(
        summary="Send coins to another user",
        access=USER,
        headers=IDEMPOTENCY_KEY,
        body={JSON: TransferOrder},
        responses=ok(Transferred, status=201, **IDEMPOTENCY_REPLAYED),
        error_statuses=(404, 409, 422),
    ),
    "export": Operation(
        summary="What the ledger keeps of the caller, as `GET /me/export` collects it",
        access=USER,
        responses=ok(Exported),
    ),
    "show_account": Operation(summary="Another user's balance", access=MANAGER, responses=ok(AccountShown)),
    "set_state": Operation(
        summary="Freeze an account, or open it again",
        access=MANAGER,
        body={JSON: StateChange},
        responses=no_content("It is in this state."),
        error_statuses=(409,),
    ),
    "grant": Operation(
        summary="Give coins to a user; above a limit a second manager decides",
        access=MANAGER,
        body={JSON: Grant},
        responses=_ORDERED,
        error_statuses=(404, 409),
    ),
    "reverse": Operation(
        summary="Reverse a transaction, once; above a limit a second manager decides",
        access=MANAGER,
        body={JSON: Reversal},
        responses=_ORDERED,
        error_statuses=(404, 409),
    ),
    "list_orders": Operation(
        summary="Orders that wait for a second manager", access=MANAGER, query=OrderPage, responses=ok(Orders)
    ),
    "approve": Operation(
        summary="Do what another manager ordered", access=MANAGER, responses=ok(OrderShown), error_statuses=(409,)
    ),
    "refuse": Operation(
        summary="Refuse what another manager ordered", access=MANAGER, responses=ok(OrderShown), error_statuses=(409,)
    ),
    "open_account": event_operation(UserRegistered.TYPE, "Give a new user their first coins"),
    "close_account": event_operation(UserDeleted.TYPE, "Take the coins of a deleted user out of circulation"),
    "project": event_operation(TransactionPosted.TYPE, "Store the postings of a block for histories"),
    "tick": event_operation("dev.knative.sources.ping", "Do what the clock asks for: seal, expire, forget, verify"),
}
