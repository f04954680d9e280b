"""Stores of advertisers in Postgres: members and their roles, and payments from reserve to capture or release.

They work inside the caller's transaction, so that a campaign and what it reserves are one commit::

    def work(connection):
        ads_stores.require_role(connection, store_id, user_id, Role.BUYER)
        payment_id = ads_stores.reserve(connection, NewPayment(store_id=store_id, amount=500, ...))
        ...  # store what it pays for
    database.transaction(work)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from shared.adapters.postgres import ledger
from shared.adapters.postgres.statements import Statements
from shared.domain.ads.stores import (
    ADJUSTMENTS,
    DEBT,
    FUNDS,
    PLATFORM,
    REFUNDS,
    REVENUE,
    STORES_AT_MOST,
    XTS,
    NewPayment,
    Payment,
    PaymentState,
    Role,
    Store,
    check_open,
    check_role,
    funds_of,
    owner_of,
    revenue_from,
)
from shared.domain.money.ledger import Balance, NewHold, NewTransaction, transfer
from shared.errors import Conflict, NotFound

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection

SQL = Statements(Path(__file__).parent / "sql" / "ads_stores.sql")
_STATES = {
    "pending": PaymentState.RESERVED,
    "captured": PaymentState.CAPTURED,
    "released": PaymentState.RELEASED,
    "expired": PaymentState.EXPIRED,
}


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment without the state of its hold."""

    id: str
    store_id: str
    hold_id: str
    amount: int
    purpose: str
    reference: str
    reserved_at: datetime


def find_store(connection: Connection, store_id: str) -> Store:
    """A store; `NotFound` when there is none."""
    with ledger.map_refusals():
        store = SQL.row(connection, Store, "store", store_id=store_id)
    if store is None:
        raise NotFound(f"store {store_id}")
    return store


def require_role(connection: Connection, store_id: str, user_id: str, role: Role) -> Role:
    """The role of a member that suffices; `NotFound` when the user is no member, `Forbidden` when it is too low."""
    with ledger.map_refusals():
        found = SQL.value(connection, "role", store_id=store_id, user_id=user_id)
    return check_role(Role(found) if found else None, role, store_id)


def require_open(connection: Connection, store_id: str) -> None:
    """Return when a store may spend, and keep it so until the transaction ends.

    `NotFound` when there is no such store, `Conflict` when it is frozen or without an owner.
    """
    with ledger.map_refusals():
        state = SQL.value(connection, "store_state", store_id=store_id)
    if state is None:
        raise NotFound(f"store {store_id}")
    check_open(state, store_id)


def balance(connection: Connection, store_id: str) -> Balance:
    """The counters of a store's money: `posted`, `pending` is reserved, `available` can be spent."""
    return ledger.balance(connection, funds_of(store_id))


def reserve(connection: Connection, new: NewPayment, *, now: datetime) -> str:
    """Reserve money of a store for a payment; the payment's id.

    Raises
    ------
    NotFound : there is no such store.
    InsufficientFunds : less is available.
    Conflict : the store is frozen or without an owner.
    """
    require_open(connection, new.store_id)
    hold = NewHold(
        source=funds_of(new.store_id),
        target=revenue_from(new.store_id),
        amount=new.amount,
        lasts_s=new.lasts_s,
        detail={"purpose": new.purpose, "reference": new.reference},
    )
    hold_id = ledger.hold(connection, hold)
    payment_id: str = SQL.value(
        connection,
        "add_payment",
        store_id=new.store_id,
        hold_id=hold_id,
        amount=new.amount,
        purpose=new.purpose,
        reference=new.reference,
        reserved_by=new.reserved_by,
        now=now,
    )
    return payment_id


def capture(connection: Connection, payment_id: str, amount: int) -> Payment:
    """Pay what was reserved or a part of it, and release the rest; the same capture again changes nothing.

    Raises
    ------
    NotFound : there is no such payment.
    Conflict : it was captured with another amount, or is released or expired: a late capture is never done silently.
    InvalidInput : the amount is more than was reserved, or less than 1.
    """
    row = _payment_row(connection, payment_id)
    ledger.capture(connection, row.hold_id, amount, kind="ad-payment", detail={"payment": row.id})
    return _to_payment(row, ledger.find_hold(connection, row.hold_id))


def release(connection: Connection, payment_id: str) -> Payment:
    """Give back what was reserved; again, or after it expired, changes nothing.

    `NotFound` when there is no such payment, `Conflict` when it is captured.
    """
    row = _payment_row(connection, payment_id)
    ledger.release(connection, row.hold_id)
    return _to_payment(row, ledger.find_hold(connection, row.hold_id))


def find_payment(connection: Connection, payment_id: str) -> Payment:
    """A payment as it is now; `NotFound` when there is none."""
    row = _payment_row(connection, payment_id)
    return _to_payment(row, ledger.find_hold(connection, row.hold_id))


def create_store(connection: Connection, store_id: str, name: str, user_id: str, *, now: datetime) -> Store:
    """Open a store with its accounts and its first owner; `Conflict` when the user has too many."""
    count_stores(connection, user_id)
    SQL.execute(connection, "add_store", store_id=store_id, name=name, currency=XTS.code, now=now)
    SQL.execute(connection, "put_member", store_id=store_id, user_id=user_id, role=Role.OWNER, now=now)
    for own in (FUNDS, REFUNDS, DEBT):
        ledger.open_account(connection, owner_of(store_id), own)
    for shared in (REVENUE, ADJUSTMENTS):
        ledger.open_account(connection, PLATFORM, shared)
    return find_store(connection, store_id)


def adjust(connection: Connection, store_id: str, amount: int, *, detail: Mapping[str, str]) -> str:
    """Give a store money of the platform's, or take it where the amount is negative; the transaction's id.

    Frozen stores are adjusted too. `InsufficientFunds` when more would be taken than is available.
    """
    ours, theirs = ADJUSTMENTS.account(PLATFORM, spread_by=store_id), funds_of(store_id)
    postings = transfer(ours, theirs, amount) if amount > 0 else transfer(theirs, ours, -amount)
    new = NewTransaction(kind="adjustment", postings=postings, detail=detail)
    return ledger.post(connection, new, enforced=True).transaction_id


def count_stores(connection: Connection, user_id: str) -> None:
    """Return when a user may be a member of one more store, and let no other store of theirs come first."""
    SQL.execute(connection, "lock_user", user_id=user_id)
    if SQL.value(connection, "n_stores", user_id=user_id) >= STORES_AT_MOST:
        raise Conflict(f"nobody is a member of more than {STORES_AT_MOST} stores")


def to_payments(connection: Connection, rows: Sequence[PaymentRow]) -> list[Payment]:
    """Payments with the states of their holds."""
    holds = ledger.find_holds(connection, [row.hold_id for row in rows])
    return [_to_payment(row, holds[row.hold_id]) for row in rows]


def _to_payment(row: PaymentRow, hold: ledger.Hold) -> Payment:
    return Payment(
        id=row.id,
        store_id=row.store_id,
        amount=row.amount,
        captured=hold.captured,
        state=_STATES[hold.state],
        purpose=row.purpose,
        reference=row.reference,
        reserved_at=row.reserved_at,
        expires_at=hold.expires_at,
        transaction_id=hold.transaction_id,
    )


def _payment_row(connection: Connection, payment_id: str) -> PaymentRow:
    with ledger.map_refusals():
        row = SQL.row(connection, PaymentRow, "payment", payment_id=payment_id)
    if row is None:
        raise NotFound(f"payment {payment_id}")
    return row
