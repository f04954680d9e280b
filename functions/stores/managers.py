"""Use cases of the platform's managers: adjust, refund, freeze; above a limit only with a second manager."""

from __future__ import annotations

from collections.abc import Sequence

from functions.stores.ports import Deps
from shared.domain.accounts.audit import Actor
from shared.domain.ads.orders import Action, NewOrder, Order, Preview, check_adjustment
from shared.domain.ads.stores import Store, StoreState
from shared.domain.money.coins import OrderState, check_reason
from shared.domain.money.ledger import Balance, RequestKey, check_amount
from shared.security import access
from shared.security.tokens import Caller


def show_store(caller: Caller, store_id: str, deps: Deps) -> tuple[Store, Balance]:
    """Any store and its balance."""
    access.require_manager(caller)
    return deps.stores.find(store_id), deps.stores.balance(store_id)


def set_state(caller: Caller, by: Actor, store_id: str, state: StoreState, reason: str, deps: Deps) -> None:
    """Freeze a store or open it again."""
    access.require_manager(caller)
    deps.orders.set_state(store_id, state, check_reason(reason), by=by, now=deps.clock.now())


def appoint_owner(caller: Caller, by: Actor, store_id: str, username: str, reason: str, deps: Deps) -> None:
    """Give a store without an owner one."""
    access.require_manager(caller)
    user_id = deps.names.id_of(username)
    deps.orders.appoint(store_id, user_id, check_reason(reason), by=by, now=deps.clock.now())


def preview_adjustment(caller: Caller, by: Actor, store_id: str, amount: int, deps: Deps) -> Preview:
    """Return the effect of an adjustment without making it."""
    access.require_manager(caller)
    new = NewOrder(action=Action.ADJUSTMENT, store_id=store_id, amount=check_adjustment(amount), reason="preview")
    return deps.orders.preview(new, by=by)


def adjust(
    caller: Caller, by: Actor, store_id: str, amount: int, reason: str, key: RequestKey, deps: Deps
) -> tuple[Order, bool]:
    """Give a store money of the platform's, or take it; or ask a second manager to."""
    access.require_manager(caller)
    check_adjustment(amount)
    new = NewOrder(action=Action.ADJUSTMENT, store_id=store_id, amount=amount, reason=check_reason(reason))
    return _place(new, by, key, deps)


def refund(
    caller: Caller, by: Actor, store_id: str, top_up_id: str, amount: int, reason: str, key: RequestKey, deps: Deps
) -> tuple[Order, bool]:
    """Pay a part of a top-up back to who paid it; or ask a second manager to. Its provider is told by the clock."""
    access.require_manager(caller)
    new = NewOrder(
        action=Action.REFUND,
        store_id=store_id,
        amount=check_amount(amount),
        reason=check_reason(reason),
        top_up_id=top_up_id,
    )
    return _place(new, by, key, deps)


def decide(caller: Caller, by: Actor, order_id: str, *, approved: bool, deps: Deps) -> Order:
    """Do or refuse what another manager ordered."""
    access.require_manager(caller)
    order = deps.orders.decide(order_id, approved=approved, by=by, now=deps.clock.now())
    if order.state == OrderState.DONE:
        deps.posted()
    return order


def list_orders(caller: Caller, *, after: str, limit: int, deps: Deps) -> Sequence[Order]:
    """Orders that wait for a second manager."""
    access.require_manager(caller)
    return deps.orders.waiting(after=after, limit=limit)


def list_ownerless(caller: Caller, *, after: str, limit: int, deps: Deps) -> Sequence[Store]:
    """Stores without an owner."""
    access.require_manager(caller)
    return deps.orders.ownerless(after=after, limit=limit)


def _place(new: NewOrder, by: Actor, key: RequestKey, deps: Deps) -> tuple[Order, bool]:
    order, replayed = deps.orders.place(new, by=by, key=key, now=deps.clock.now())
    if order.state == OrderState.DONE:
        deps.posted()
    return order, replayed
