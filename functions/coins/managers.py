"""Use cases of managers: grant, reverse, freeze; above a limit only with a second manager."""

from __future__ import annotations

from collections.abc import Sequence

from functions.coins.ports import Deps
from shared.domain.accounts.audit import Actor
from shared.domain.money.coins import Action, Order, OrderState, Preview, check_manager_moves_others, check_reason
from shared.domain.money.ledger import AccountState, Balance, check_amount
from shared.errors import Conflict
from shared.security import access
from shared.security.tokens import Caller


def show_account(caller: Caller, username: str, deps: Deps) -> tuple[str, Balance]:
    """The id and the balance of another user."""
    access.require_manager(caller)
    user_id = deps.names.id_of(username)
    return user_id, deps.coins.balance(user_id)


def set_state(caller: Caller, by: Actor, username: str, state: AccountState, reason: str, deps: Deps) -> None:
    """Freeze an account or open it again; nobody their own."""
    access.require_manager(caller)
    user_id = deps.names.id_of(username)
    check_manager_moves_others(caller.user_id, user_id)
    deps.coins.open(user_id)
    deps.orders.set_state(user_id, state, check_reason(reason), by=by, now=deps.clock.now())


def preview_grant(caller: Caller, by: Actor, username: str, amount: int, deps: Deps) -> Preview:
    """Return the effect of a grant without making it."""
    access.require_manager(caller)
    user_id = deps.names.id_of(username)
    check_manager_moves_others(caller.user_id, user_id)
    return deps.orders.preview(Action.GRANT, user_id, check_amount(amount), "", by=by)


def grant(caller: Caller, by: Actor, username: str, amount: int, reason: str, deps: Deps) -> Order:
    """Give coins to a user, or ask a second manager to."""
    access.require_manager(caller)
    user_id = deps.names.id_of(username)
    check_manager_moves_others(caller.user_id, user_id)
    check_amount(amount)
    deps.coins.open(user_id)
    order = deps.orders.place(Action.GRANT, user_id, amount, "", check_reason(reason), by=by, now=deps.clock.now())
    return _announced(order, deps)


def preview_reversal(caller: Caller, by: Actor, transaction_id: str, deps: Deps) -> Preview:
    """Return the effect of a reversal on the user who has to give something back, without making it."""
    access.require_manager(caller)
    user_id, amount = _subject(caller, transaction_id, deps)
    return deps.orders.preview(Action.REVERSAL, user_id, amount, transaction_id, by=by)


def reverse(caller: Caller, by: Actor, transaction_id: str, reason: str, deps: Deps) -> Order:
    """Reverse a transaction, or ask a second manager to."""
    access.require_manager(caller)
    user_id, amount = _subject(caller, transaction_id, deps)
    reason = check_reason(reason)
    order = deps.orders.place(Action.REVERSAL, user_id, amount, transaction_id, reason, by=by, now=deps.clock.now())
    return _announced(order, deps)


def decide(caller: Caller, by: Actor, order_id: str, *, approved: bool, deps: Deps) -> Order:
    """Do or refuse what another manager ordered."""
    access.require_manager(caller)
    return _announced(deps.orders.decide(order_id, approved=approved, by=by, now=deps.clock.now()), deps)


def list_orders(caller: Caller, *, after: str, limit: int, deps: Deps) -> Sequence[Order]:
    """Orders that wait for a second manager."""
    access.require_manager(caller)
    return deps.orders.waiting(after=after, limit=limit)


def _subject(caller: Caller, transaction_id: str, deps: Deps) -> tuple[str, int]:
    """The user that a reversal is about, and its amount: who received, as their coins are taken back."""
    amounts, largest = deps.orders.transaction_parties(transaction_id)
    if not amounts:
        raise Conflict(f"transaction {transaction_id} moved no user's coins")
    check_manager_moves_others(caller.user_id, *amounts)
    return max(amounts, key=lambda user_id: amounts[user_id]), largest


def _announced(order: Order, deps: Deps) -> Order:
    if order.state is OrderState.DONE:
        deps.posted()
    return order
