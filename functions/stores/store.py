"""Stores and their members in Postgres, and payments for other functions."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from functions.stores.ports import Line
from shared.adapters.postgres import ads_hooks, ads_stores, audit, ledger
from shared.adapters.postgres.ads_stores import SQL, PaymentRow
from shared.domain.accounts.audit import CLOCK, Actor, AuditEntry
from shared.domain.ads.stores import (
    MEMBERS_AT_MOST,
    Member,
    Membership,
    NewPayment,
    Payment,
    Role,
    Store,
    StoreState,
    funds_of,
)
from shared.domain.money.ledger import AccountState, Balance, RequestKey
from shared.errors import Conflict, NotFound

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection, Postgres


@dataclass(frozen=True, slots=True)
class _StoreOfUser:
    id: str
    name: str
    currency: str
    state: str
    created_at: datetime
    role: str

    def membership(self) -> Membership:
        store = Store(id=self.id, name=self.name, currency=self.currency, state=self.state, created_at=self.created_at)
        return Membership(store=store, role=Role(self.role))


class PostgresStores:
    """The tables of stores and members."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def create(self, user_id: str, name: str, *, key: RequestKey, now: datetime) -> tuple[Store, bool]:
        """A new store, or that of an earlier request with this key (True)."""

        def work(connection: Connection) -> tuple[Store, bool]:
            store_id = SQL.value(connection, "new_id")
            if replay := ledger.claim(connection, key, store_id):
                return ads_stores.find_store(connection, replay.transaction_id), True
            return ads_stores.create_store(connection, store_id, name, user_id, now=now), False

        return self._database.transaction(work)

    def of_user(self, user_id: str) -> Sequence[Membership]:
        """The stores that a user is a member of."""
        rows = SQL.rows(self._database, _StoreOfUser, "stores_of_user", user_id=user_id)
        return [row.membership() for row in rows]

    def find(self, store_id: str) -> Store:
        """A store, whoever asks."""
        with self._database.connection() as connection:
            return ads_stores.find_store(connection, store_id)

    def read(self, user_id: str, store_id: str) -> Membership:
        """A store as one of its members sees it."""
        with self._database.connection() as connection:
            role = ads_stores.require_role(connection, store_id, user_id, Role.VIEWER)
            return Membership(store=ads_stores.find_store(connection, store_id), role=role)

    def rename(self, user_id: str, store_id: str, name: str) -> None:
        """Rename a store as its owner."""

        def work(connection: Connection) -> None:
            ads_stores.require_role(connection, store_id, user_id, Role.OWNER)
            SQL.execute(connection, "rename", store_id=store_id, name=name)

        self._database.transaction(work)

    def members(self, user_id: str, store_id: str) -> Sequence[Member]:
        """Members of a store."""
        with self._database.connection() as connection:
            ads_stores.require_role(connection, store_id, user_id, Role.VIEWER)
            return SQL.rows(connection, Member, "members", store_id=store_id)

    def role_of(self, store_id: str, user_id: str) -> Role:
        """The role of a member, whoever asks."""
        with self._database.connection() as connection:
            return ads_stores.require_role(connection, store_id, user_id, Role.VIEWER)

    def put_member(self, user_id: str, store_id: str, member_id: str, role: Role, *, by: Actor, now: datetime) -> None:
        """Give a user a role as an owner."""

        def work(connection: Connection) -> None:
            _lock(connection, store_id)
            ads_stores.require_role(connection, store_id, user_id, Role.OWNER)
            members = {each.user_id: each for each in SQL.rows(connection, Member, "members", store_id=store_id)}
            if member_id not in members:
                ads_stores.count_stores(connection, member_id)
                if len(members) >= MEMBERS_AT_MOST:
                    raise Conflict(f"a store has at most {MEMBERS_AT_MOST} members")
            SQL.execute(connection, "put_member", store_id=store_id, user_id=member_id, role=role, now=now)
            _require_owner(connection, store_id)
            detail = {"store": store_id, "role": str(role)}
            entry = AuditEntry(action="ads.member.put", by=by, user_id=member_id, detail=detail)
            audit.write(connection, entry, now=now)

        self._database.transaction(work)

    def remove_member(self, user_id: str, store_id: str, member_id: str, *, by: Actor, now: datetime) -> None:
        """Remove a member as an owner, or oneself."""

        def work(connection: Connection) -> None:
            _lock(connection, store_id)
            needed = Role.VIEWER if user_id == member_id else Role.OWNER
            ads_stores.require_role(connection, store_id, user_id, needed)
            if not SQL.execute(connection, "remove_member", store_id=store_id, user_id=member_id):
                raise NotFound(f"store {store_id} has no such member")
            _require_owner(connection, store_id)
            entry = AuditEntry(action="ads.member.remove", by=by, user_id=member_id, detail={"store": store_id})
            audit.write(connection, entry, now=now)

        self._database.transaction(work)

    def balance(self, store_id: str) -> Balance:
        """The counters of a store's money."""
        with self._database.connection() as connection:
            ads_stores.find_store(connection, store_id)
            return ads_stores.balance(connection, store_id)

    def ledger(self, store_id: str, *, before: int, limit: int) -> Sequence[Line]:
        """Postings of a store's money, the latest first."""
        with self._database.connection() as connection:
            ads_stores.find_store(connection, store_id)
            lines = ledger.history(connection, funds_of(store_id), before=before, limit=limit)
        return [
            Line(
                number=each.number,
                transaction_id=each.transaction_id,
                kind=each.kind,
                amount=each.amount,
                balance=each.balance,
                booked_at=each.booked_at,
                effective_at=each.effective_at,
                reverses=each.reverses,
            )
            for each in lines
        ]

    def payments(self, store_id: str, *, before: str, limit: int) -> Sequence[Payment]:
        """Payments of a store, the latest first."""
        with self._database.connection() as connection:
            rows = SQL.rows(connection, PaymentRow, "payments", store_id=store_id, before=before, limit=limit)
            return ads_stores.to_payments(connection, rows)

    def forget_user(self, user_id: str, *, now: datetime) -> None:
        """Remove a deleted user from all stores; one without an owner left spends nothing any more."""
        for membership in self.of_user(user_id):
            work = partial(_forget, store_id=membership.store.id, user_id=user_id, now=now)
            self._database.transaction(work)


class PostgresPayments:
    """Payments of stores, each step a commit of its own."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def reserve(self, new: NewPayment, *, key: RequestKey, now: datetime) -> tuple[Payment, bool]:
        """Reserve, or the payment of an earlier request with this key (True)."""

        def work(connection: Connection) -> tuple[Payment, bool]:
            if replay := ledger.claim(connection, key, str(uuid.uuid4())):
                return ads_stores.find_payment(connection, replay.response["payment_id"]), True
            payment_id = ads_stores.reserve(connection, new, now=now)
            ledger.answer(connection, key, {"payment_id": payment_id})
            return ads_stores.find_payment(connection, payment_id), False

        return self._database.transaction(work)

    def find(self, payment_id: str) -> Payment:
        """A payment."""
        with self._database.connection() as connection:
            return ads_stores.find_payment(connection, payment_id)

    def capture(self, payment_id: str, amount: int) -> Payment:
        """Pay what was reserved or a part of it."""
        return self._database.transaction(lambda connection: ads_stores.capture(connection, payment_id, amount))

    def release(self, payment_id: str) -> Payment:
        """Give back what was reserved."""
        return self._database.transaction(lambda connection: ads_stores.release(connection, payment_id))


def _lock(connection: Connection, store_id: str) -> None:
    if SQL.row(connection, Store, "lock_store", store_id=store_id) is None:
        raise NotFound(f"store {store_id}")


def _owners(connection: Connection, store_id: str) -> list[Member]:
    members = SQL.rows(connection, Member, "members", store_id=store_id)
    return [each for each in members if each.role == Role.OWNER]


def _require_owner(connection: Connection, store_id: str) -> None:
    if not _owners(connection, store_id):
        raise Conflict("a store needs an owner")


def _forget(connection: Connection, store_id: str, user_id: str, now: datetime) -> None:
    _lock(connection, store_id)
    SQL.execute(connection, "remove_member", store_id=store_id, user_id=user_id)
    if _owners(connection, store_id):
        return
    SQL.execute(connection, "rename", store_id=store_id, name="")
    SQL.execute(connection, "set_state", store_id=store_id, state=StoreState.OWNERLESS)
    ledger.set_state(connection, funds_of(store_id), AccountState.FROZEN)
    ads_hooks.SQL.execute(connection, "remove_endpoints_of_store", store_id=store_id)
    audit.write(connection, AuditEntry(action="ads.store.ownerless", by=CLOCK, detail={"store": store_id}), now=now)
