"""Stores, described for its OpenAPI document. What is below `/core/v1` only ever grows."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from functions.stores.core_edge import Capture, PaymentOrder
from functions.stores.edge import NewName, NewStore, Page, RoleChange
from functions.stores.manager_edge import Adjustment, Appointment, OldestFirst, RefundOrder, StateChange
from shared.events.users import UserDeleted
from shared.web.openapi import (
    IDEMPOTENCY_KEY,
    IDEMPOTENCY_REPLAYED,
    JSON,
    MANAGER,
    SERVICE,
    USER,
    Operation,
    ResponseSpec,
    event_operation,
    no_content,
    ok,
)


class StoreShown(BaseModel):
    """A store; its state is open, frozen or ownerless."""

    id: str
    name: str
    currency: str
    state: str
    created_at: datetime


class StoreOfMember(StoreShown):
    """A store with the caller's role in it."""

    role: str


class StoresShown(BaseModel):
    """The caller's stores."""

    items: list[StoreOfMember]


class StorePage(BaseModel):
    """One page, the oldest first."""

    items: list[StoreShown]
    next: str | None


class MemberShown(BaseModel):
    """A member."""

    username: str
    role: str


class Members(BaseModel):
    """Members of a store."""

    items: list[MemberShown]


class RoleShown(BaseModel):
    """The role of a member."""

    role: str


class StoreBalance(BaseModel):
    """Money of a store in minor units of XTS, a simulated currency; `available` is the balance less `reserved`."""

    balance: int
    reserved: int
    available: int
    currency: str


class StoreAccount(StoreShown, StoreBalance):
    """A store with its balance."""


class LedgerLine(BaseModel):
    """A posting of a store's money; a negative amount was paid."""

    number: int
    transaction_id: str
    kind: str
    amount: int
    balance: int
    booked_at: datetime
    effective_at: datetime
    reverses: str


class LedgerPage(BaseModel):
    """One page, the latest first."""

    items: list[LedgerLine]
    next: str | None


class PaymentShown(BaseModel):
    """A payment; its state is reserved, captured, released or expired."""

    id: str
    store_id: str
    amount: int
    captured: int
    state: str
    purpose: str
    reference: str
    reserved_at: datetime
    expires_at: datetime
    transaction_id: str | None


class PaymentPage(BaseModel):
    """One page, the latest first."""

    items: list[PaymentShown]
    next: str | None


class StoreWithPostings(StoreOfMember):
    """A store with the postings of one the caller owns."""

    postings: list[LedgerLine]


class StoresExported(BaseModel):
    """The stores of a user."""

    stores: list[StoreWithPostings]


class AdjustmentPreview(BaseModel):
    """The effect of an adjustment that is not made."""

    balance: int
    balance_after: int
    needs_second_manager: bool
    left_today: int


class StoreOrder(BaseModel):
    """An order of a manager."""

    id: str
    action: str
    store_id: str
    top_up_id: str
    amount: int
    reason: str
    ordered_by: str
    ordered_at: datetime
    state: str
    decided_by: str
    transaction_id: str


class StoreOrders(BaseModel):
    """One page, the oldest first."""

    items: list[StoreOrder]
    next: str | None


_PLACED = {
    201: ResponseSpec(description="Done.", content={JSON: StoreOrder}, headers=IDEMPOTENCY_REPLAYED),
    202: ResponseSpec(description="It waits for a second manager.", content={JSON: StoreOrder}),
}

OPERATIONS = {
    "create": Operation(
        summary="Open a store",
        access=USER,
        headers=IDEMPOTENCY_KEY,
        body={JSON: NewStore},
        responses=ok(StoreShown, status=201, **IDEMPOTENCY_REPLAYED),
        error_statuses=(409, 422),
    ),
    "list_stores": Operation(summary="The caller's stores", access=USER, responses=ok(StoresShown)),
    "show": Operation(summary="A store of the caller's", access=USER, responses=ok(StoreOfMember)),
    "rename": Operation(
        summary="Rename a store", access=USER, body={JSON: NewName}, responses=no_content("It has this name.")
    ),
    "list_members": Operation(summary="Members of a store", access=USER, responses=ok(Members)),
    "put_member": Operation(
        summary="Give a user a role in a store",
        access=USER,
        body={JSON: RoleChange},
        responses=no_content("They have this role."),
        error_statuses=(409,),
    ),
    "remove_member": Operation(
        summary="Remove a user from a store",
        access=USER,
        responses=no_content("They are no member."),
        error_statuses=(409,),
    ),
    "show_balance": Operation(summary="A store's balance", access=USER, responses=ok(StoreBalance)),
    "list_ledger": Operation(summary="Postings of a store's money", access=USER, query=Page, responses=ok(LedgerPage)),
    "list_payments": Operation(summary="Payments of a store", access=USER, query=Page, responses=ok(PaymentPage)),
    "export": Operation(
        summary="The caller's stores, as `GET /me/export` collects them", access=USER, responses=ok(StoresExported)
    ),
    "show_account": Operation(summary="Any store and its balance", access=MANAGER, responses=ok(StoreAccount)),
    "set_state": Operation(
        summary="Freeze a store, or open it again",
        access=MANAGER,
        body={JSON: StateChange},
        responses=no_content("It is in this state."),
        error_statuses=(409,),
    ),
    "appoint_owner": Operation(
        summary="Give a store without an owner one",
        access=MANAGER,
        body={JSON: Appointment},
        responses=no_content("It has this owner."),
        error_statuses=(409,),
    ),
    "adjust": Operation(
        summary="Give a store money of the platform's, or take it; above a limit a second manager decides",
        access=MANAGER,
        headers=IDEMPOTENCY_KEY,
        body={JSON: Adjustment},
        responses={**ok(AdjustmentPreview, "A preview; nothing changed."), **_PLACED},
        error_statuses=(409, 422),
    ),
    "refund": Operation(
        summary="Pay a part of a top-up back; above a limit a second manager decides",
        access=MANAGER,
        headers=IDEMPOTENCY_KEY,
        body={JSON: RefundOrder},
        responses=_PLACED,
        error_statuses=(409, 422),
    ),
    "list_orders": Operation(
        summary="Orders that wait for a second manager", access=MANAGER, query=OldestFirst, responses=ok(StoreOrders)
    ),
    "approve": Operation(
        summary="Do what another manager ordered", access=MANAGER, responses=ok(StoreOrder), error_statuses=(409,)
    ),
    "refuse": Operation(
        summary="Refuse what another manager ordered", access=MANAGER, responses=ok(StoreOrder), error_statuses=(409,)
    ),
    "list_ownerless": Operation(
        summary="Stores without an owner", access=MANAGER, query=OldestFirst, responses=ok(StorePage)
    ),
    "core_show_store": Operation(summary="A store", access=SERVICE, responses=ok(StoreShown)),
    "core_show_role": Operation(summary="The role of a user in a store", access=SERVICE, responses=ok(RoleShown)),
    "core_show_balance": Operation(summary="A store's balance", access=SERVICE, responses=ok(StoreBalance)),
    "core_list_ledger": Operation(
        summary="Postings of a store's money", access=SERVICE, query=Page, responses=ok(LedgerPage)
    ),
    "core_reserve": Operation(
        summary="Reserve money of a store for a payment",
        access=SERVICE,
        headers=IDEMPOTENCY_KEY,
        body={JSON: PaymentOrder},
        responses=ok(PaymentShown, status=201, **IDEMPOTENCY_REPLAYED),
        error_statuses=(404, 409, 422),
    ),
    "core_show_payment": Operation(summary="A payment", access=SERVICE, responses=ok(PaymentShown)),
    "core_capture": Operation(
        summary="Pay what was reserved or a part of it, and release the rest",
        access=SERVICE,
        body={JSON: Capture},
        responses=ok(PaymentShown),
        error_statuses=(409,),
    ),
    "core_release": Operation(
        summary="Give back what was reserved", access=SERVICE, responses=ok(PaymentShown), error_statuses=(409,)
    ),
    "forget_user": event_operation(UserDeleted.TYPE, "Remove a deleted user from all stores"),
}
