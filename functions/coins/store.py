"""Orders of managers in Postgres, each with its audit entry in the commit that moves the coins; and the upkeep."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from shared.adapters.postgres import audit, ledger, user_rows
from shared.adapters.postgres.coins import close_coins, open_coins
from shared.adapters.postgres.statements import Statements
from shared.domain.accounts.audit import Actor, AuditEntry
from shared.domain.accounts.users import MANAGER
from shared.domain.money.coins import (
    CAP_WINDOW,
    COINS,
    ISSUED,
    ISSUER,
    MANAGER_DAILY_CAP,
    Action,
    Order,
    OrderState,
    Preview,
    account_of,
    check_cap,
    check_decision,
    check_manager_moves_others,
    check_reversible,
    needs_second_manager,
    user_of,
)
from shared.domain.money.ledger import AccountState, NewTransaction, transfer
from shared.errors import Conflict, NotFound

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection, Postgres
    from shared.adapters.postgres.ledger_blocks import BlockSealer

_SQL = Statements(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class _OrderRow:
    id: str
    action: str
    user_id: str
    subject_id: str
    amount: int
    reason: str
    ordered_by: str
    ordered_at: datetime
    state: str
    decided_by: str
    transaction_id: str

    def order(self) -> Order:
        return Order(
            id=self.id,
            action=Action(self.action),
            user_id=self.user_id,
            amount=self.amount,
            reason=self.reason,
            ordered_by=self.ordered_by,
            ordered_at=self.ordered_at,
            state=OrderState(self.state),
            subject_id=self.subject_id,
            decided_by=self.decided_by,
            transaction_id=self.transaction_id,
        )


class PostgresOrders:
    """The table of orders, and the ledger."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def preview(self, action: Action, user_id: str, amount: int, subject_id: str, *, by: Actor) -> Preview:
        """Return the effect of an order; the transaction is rolled back."""

        def look(connection: Connection) -> Preview:
            _check_manager(connection, by, amount)
            open_coins(connection, user_id)
            before = ledger.balance(connection, account_of(user_id)).posted
            left = MANAGER_DAILY_CAP - _ordered(connection, by)
            _execute(connection, action, user_id, amount, subject_id, by)
            after = ledger.balance(connection, account_of(user_id)).posted
            raise _Rollback(
                Preview(
                    balance=before,
                    balance_after=after,
                    needs_second_manager=needs_second_manager(amount),
                    left_today=left,
                )
            )

        try:
            return self._database.transaction(look)
        except _Rollback as rolled_back:
            return rolled_back.preview

    def place(
        self, action: Action, user_id: str, amount: int, subject_id: str, reason: str, *, by: Actor, now: datetime
    ) -> Order:
        """Do an order, or let it wait for a second manager."""

        def work(connection: Connection) -> Order:
            _check_manager(connection, by, amount)
            waits = needs_second_manager(amount)
            transaction_id = "" if waits else _execute(connection, action, user_id, amount, subject_id, by)
            order = Order(
                id="",
                action=action,
                user_id=user_id,
                amount=amount,
                reason=reason,
                ordered_by=by.id,
                ordered_at=now,
                state=OrderState.WAITING if waits else OrderState.DONE,
                subject_id=subject_id,
                transaction_id=transaction_id,
            )
            return _store(connection, order, by)

        return self._database.transaction(work)

    def decide(self, order_id: str, *, approved: bool, by: Actor, now: datetime) -> Order:
        """Do or refuse an order that waits."""

        def work(connection: Connection) -> Order:
            user_rows.require_role(connection, by, MANAGER)
            row = _SQL.row(connection, _OrderRow, "lock_order", order_id=order_id)
            if row is None:
                raise NotFound(f"order {order_id}")
            order = row.order()
            check_decision(order, by.id)
            transaction_id = (
                _execute(connection, order.action, order.user_id, order.amount, order.subject_id, by)
                if approved
                else ""
            )
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

    def waiting(self, *, after: str, limit: int) -> list[Order]:
        """Orders that wait for a second manager, the oldest first."""
        return [row.order() for row in _SQL.rows(self._database, _OrderRow, "waiting", after=after, limit=limit)]

    def set_state(self, user_id: str, state: AccountState, reason: str, *, by: Actor, now: datetime) -> None:
        """Freeze an account or open it again."""

        def work(connection: Connection) -> None:
            user_rows.require_role(connection, by, MANAGER)
            if ledger.balance(connection, account_of(user_id)).state in (AccountState.CLOSING, AccountState.CLOSED):
                raise Conflict("the account is closed")
            ledger.set_state(connection, account_of(user_id), state)
            action = "coins.freeze" if state is AccountState.FROZEN else "coins.unfreeze"
            audit.write(
                connection, AuditEntry(action=action, by=by, user_id=user_id, detail={"reason": reason}), now=now
            )

        self._database.transaction(work)

    def transaction_parties(self, transaction_id: str) -> tuple[Mapping[str, int], int]:
        """Users whose coins a transaction moved, with the amounts, and its largest amount."""
        with self._database.connection() as connection:
            postings = ledger.transaction(connection, transaction_id).postings
        coins = [each for each in postings if each.account.name == COINS.name]
        amounts = {user_of(each.account.owner): each.amount for each in coins if user_of(each.account.owner)}
        return amounts, max(abs(each.amount) for each in postings)


class LedgerUpkeep:
    """Maintenance of the ledger, started by the clock."""

    def __init__(self, database: Postgres, sealer: BlockSealer, verify: Callable[[], Sequence[str]]) -> None:
        self._database = database
        self._sealer = sealer
        self._verify = verify

    def seal(self) -> None:
        """Seal what was posted, and hand its events over."""
        self._sealer.run_once()

    def expire_holds(self) -> int:
        """End holds whose time is over, and close accounts that waited for that."""
        n_expired = 0
        while n := self._database.statement(ledger.expire_holds):
            n_expired += n
        for owner in _SQL.values(self._database, "closing"):
            self._database.transaction(partial(_close, user_id=user_of(owner)))
        return n_expired

    def forget_keys(self, *, before: datetime) -> int:
        """Drop idempotency keys that were claimed before."""
        return self._database.statement(lambda connection: ledger.forget_requests(connection, before=before))

    def verify(self) -> Sequence[str]:
        """Return the faults of the ledger."""
        return self._verify()


def _close(connection: Connection, user_id: str) -> bool:
    return close_coins(connection, user_id)


class _Rollback(Exception):
    """Ends a transaction whose outcome was only to be seen."""

    def __init__(self, preview: Preview) -> None:
        super().__init__("preview")
        self.preview = preview


def _check_manager(connection: Connection, by: Actor, amount: int) -> None:
    user_rows.require_role(connection, by, MANAGER)
    _SQL.execute(connection, "lock_manager", manager_id=by.id)
    check_cap(amount, _ordered(connection, by))


def _ordered(connection: Connection, by: Actor) -> int:
    return int(_SQL.value(connection, "ordered_within", manager_id=by.id, window=CAP_WINDOW))


def _execute(connection: Connection, action: Action, user_id: str, amount: int, subject_id: str, by: Actor) -> str:
    """Move the coins of an order; the transaction's id."""
    if action is Action.GRANT:
        source = ISSUED.account(ISSUER, spread_by=user_id)
        ledger.open_account(connection, ISSUER, ISSUED)
        open_coins(connection, user_id)
        postings = transfer(source, account_of(user_id), amount)
        return ledger.post(connection, NewTransaction(kind="grant", postings=postings)).transaction_id
    original = ledger.transaction(connection, subject_id)
    check_reversible(original.kind)
    users = {user_of(each.account.owner): each.amount for each in original.postings if user_of(each.account.owner)}
    check_manager_moves_others(by.id, *users)
    reversal = ledger.reverse(connection, subject_id)
    if original.kind == "transfer":
        receiver, sender = max(users, key=lambda user: users[user]), min(users, key=lambda user: users[user])
        _SQL.execute(connection, "take_back_flow", sender_id=sender, receiver_id=receiver, amount=users[receiver])
    return reversal.transaction_id


def _store(connection: Connection, order: Order, by: Actor) -> Order:
    order_id = _SQL.value(
        connection,
        "add_order",
        action=order.action,
        user_id=order.user_id,
        subject_id=order.subject_id,
        amount=order.amount,
        reason=order.reason,
        ordered_by=order.ordered_by,
        now=order.ordered_at,
        state=order.state,
        transaction_id=order.transaction_id,
    )
    stored = replace(order, id=order_id)
    _record(connection, "ask" if order.state is OrderState.WAITING else "do", stored, by, order.ordered_at)
    return stored


def _record(connection: Connection, step: str, order: Order, by: Actor, now: datetime) -> None:
    detail = {"order": order.id, "amount": str(order.amount), "reason": order.reason}
    if order.transaction_id:
        detail["transaction"] = order.transaction_id
    action = f"coins.{order.action}.{step}"
    audit.write(connection, AuditEntry(action=action, by=by, user_id=order.user_id, detail=detail), now=now)
