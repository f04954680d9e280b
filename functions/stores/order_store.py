"""Orders of managers in Postgres, each with its audit entry in the commit of what it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from shared.adapters.postgres import ads_stores, ads_top_ups, audit, ledger, user_rows
from shared.adapters.postgres.statements import Statements
from shared.domain.accounts.audit import Actor, AuditEntry
from shared.domain.accounts.users import MANAGER
from shared.domain.ads.orders import (
    CAP_WINDOW,
    MANAGER_DAILY_CAP,
    Action,
    NewOrder,
    Order,
    Preview,
    check_cap,
    check_decision,
    needs_second_manager,
)
from shared.domain.ads.stores import Role, Store, StoreState, funds_of
from shared.domain.money.coins import OrderState
from shared.domain.money.ledger import AccountState, RequestKey
from shared.errors import Conflict, Forbidden, InsufficientFunds, NotFound

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection, Postgres

_SQL = Statements(Path(__file__).with_name("orders.sql"))


class PostgresOrders:
    """The table of orders."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def preview(self, new: NewOrder, *, by: Actor) -> Preview:
        """The effect of an adjustment."""

        def look(connection: Connection) -> Preview:
            _check_manager(connection, by, new)
            balance = ads_stores.balance(connection, new.store_id)
            if balance.available + new.amount < 0:
                raise InsufficientFunds()
            return Preview(
                balance=balance.posted,
                balance_after=balance.posted + new.amount,
                needs_second_manager=needs_second_manager(new.amount),
                left_today=MANAGER_DAILY_CAP - _ordered(connection, by),
            )

        return self._database.transaction(look)

    def place(self, new: NewOrder, *, by: Actor, key: RequestKey, now: datetime) -> tuple[Order, bool]:
        """Do an order or let it wait, or that of an earlier request with this key (True)."""

        def work(connection: Connection) -> tuple[Order, bool]:
            order_id = _SQL.value(connection, "new_order_id")
            if replay := ledger.claim(connection, key, order_id):
                return _find(connection, replay.transaction_id), True
            _check_manager(connection, by, new)
            waits = needs_second_manager(new.amount)
            _check_top_up(connection, new.store_id, new.top_up_id)
            _SQL.execute(
                connection,
                "add_order",
                order_id=order_id,
                action=new.action,
                store_id=new.store_id,
                top_up_id=new.top_up_id,
                amount=new.amount,
                reason=new.reason,
                ordered_by=by.id,
                now=now,
                state=OrderState.WAITING if waits else OrderState.DONE,
                transaction_id="" if waits else _execute(connection, order_id, new, now),
            )
            order = _find(connection, order_id)
            _record(connection, "ask" if waits else "do", order, by, now)
            return order, False

        return self._database.transaction(work)

    def decide(self, order_id: str, *, approved: bool, by: Actor, now: datetime) -> Order:
        """Do or refuse an order that waits."""

        def work(connection: Connection) -> Order:
            user_rows.require_role(connection, by, MANAGER)
            order = _find(connection, order_id)
            check_decision(order, by.id)
            _check_stranger(connection, order.store_id, by)
            new = NewOrder(
                action=Action(order.action),
                store_id=order.store_id,
                amount=order.amount,
                reason=order.reason,
                top_up_id=order.top_up_id,
            )
            transaction_id = _execute(connection, order_id, new, now) if approved else ""
            state = OrderState.DONE if approved else OrderState.REFUSED
            _SQL.execute(
                connection,
                "decide",
                order_id=order_id,
                state=state,
                decided_by=by.id,
                now=now,
                transaction_id=transaction_id,
            )
            decided = replace(order, state=state, decided_by=by.id, transaction_id=transaction_id)
            _record(connection, "approve" if approved else "refuse", decided, by, now)
            return decided

        return self._database.transaction(work)

    def waiting(self, *, after: str, limit: int) -> Sequence[Order]:
        """Orders that wait, the oldest first."""
        return _SQL.rows(self._database, Order, "waiting", after=after, limit=limit)

    def set_state(self, store_id: str, state: StoreState, reason: str, *, by: Actor, now: datetime) -> None:
        """Freeze a store or open it again."""

        def work(connection: Connection) -> None:
            user_rows.require_role(connection, by, MANAGER)
            store = _lock(connection, store_id)
            _check_stranger(connection, store_id, by)
            if store.state == StoreState.OWNERLESS:
                raise Conflict(f"store {store_id} has no owner; appoint one")
            _change_state(connection, store_id, state)
            action = "ads.store.freeze" if state is StoreState.FROZEN else "ads.store.unfreeze"
            detail = {"store": store_id, "reason": reason}
            audit.write(connection, AuditEntry(action=action, by=by, detail=detail), now=now)

        self._database.transaction(work)

    def appoint(self, store_id: str, user_id: str, reason: str, *, by: Actor, now: datetime) -> None:
        """Give a store without an owner one."""

        def work(connection: Connection) -> None:
            user_rows.require_role(connection, by, MANAGER)
            store = _lock(connection, store_id)
            _check_stranger(connection, store_id, by)
            if store.state != StoreState.OWNERLESS:
                raise Conflict(f"store {store_id} has an owner")
            if user_id == by.id:
                raise Forbidden("a manager cannot appoint themselves")
            ads_stores.count_stores(connection, user_id)
            ads_stores.SQL.execute(
                connection, "put_member", store_id=store_id, user_id=user_id, role=Role.OWNER, now=now
            )
            _change_state(connection, store_id, StoreState.OPEN)
            detail = {"store": store_id, "reason": reason}
            entry = AuditEntry(action="ads.store.appoint", by=by, user_id=user_id, detail=detail)
            audit.write(connection, entry, now=now)

        self._database.transaction(work)

    def ownerless(self, *, after: str, limit: int) -> Sequence[Store]:
        """Stores without an owner, the oldest first."""
        return _SQL.rows(self._database, Store, "ownerless", after=after, limit=limit)


def _check_manager(connection: Connection, by: Actor, new: NewOrder) -> None:
    user_rows.require_role(connection, by, MANAGER)
    ads_stores.find_store(connection, new.store_id)
    _check_stranger(connection, new.store_id, by)
    _SQL.execute(connection, "lock_manager", manager_id=by.id)
    check_cap(new.amount, _ordered(connection, by))


def _check_stranger(connection: Connection, store_id: str, by: Actor) -> None:
    """Nobody decides about money of their own."""
    if ads_stores.SQL.value(connection, "role", store_id=store_id, user_id=by.id):
        raise Forbidden("a manager cannot act on a store that they are a member of")


def _check_top_up(connection: Connection, store_id: str, top_up_id: str) -> None:
    if top_up_id and ads_top_ups.lock(connection, top_up_id).store_id != store_id:
        raise NotFound(f"top-up {top_up_id} of store {store_id}")


def _ordered(connection: Connection, by: Actor) -> int:
    return int(_SQL.value(connection, "ordered_within", manager_id=by.id, window=CAP_WINDOW))


def _execute(connection: Connection, order_id: str, new: NewOrder, now: datetime) -> str:
    """Do an order; the transaction's id."""
    if new.action is Action.ADJUSTMENT:
        return ads_stores.adjust(connection, new.store_id, new.amount, detail={"order": order_id})
    return ads_top_ups.request_refund(connection, new.top_up_id, new.amount, now=now)[1]


def _lock(connection: Connection, store_id: str) -> Store:
    store = ads_stores.SQL.row(connection, Store, "lock_store", store_id=store_id)
    if store is None:
        raise NotFound(f"store {store_id}")
    return store


def _change_state(connection: Connection, store_id: str, state: StoreState) -> None:
    ads_stores.SQL.execute(connection, "set_state", store_id=store_id, state=state)
    account_state = AccountState.FROZEN if state is StoreState.FROZEN else AccountState.OPEN
    ledger.set_state(connection, funds_of(store_id), account_state)


def _find(connection: Connection, order_id: str) -> Order:
    order = _SQL.row(connection, Order, "order", order_id=order_id)
    if order is None:
        raise NotFound(f"order {order_id}")
    return order


def _record(connection: Connection, step: str, order: Order, by: Actor, now: datetime) -> None:
    detail = {"order": order.id, "store": order.store_id, "amount": str(order.amount), "reason": order.reason}
    if order.transaction_id:
        detail["transaction"] = order.transaction_id
    audit.write(connection, AuditEntry(action=f"ads.{order.action}.{step}", by=by, detail=detail), now=now)
