"""Use cases of stores' members, and of functions that pay from a store."""

from __future__ import annotations

from collections.abc import Sequence

from functions.stores.ports import Deps, Line
from shared.domain.accounts.audit import Actor
from shared.domain.ads.stores import Membership, NewPayment, Payment, Role, Store, check_name
from shared.domain.money.ledger import Balance, RequestKey
from shared.events.envelope import Event
from shared.events.users import UserDeleted
from shared.security.tokens import Caller

LARGEST_NUMBER = 2**62


def create(caller: Caller, name: str, key: RequestKey, deps: Deps) -> tuple[Store, bool]:
    """A new store of the caller's, or that of an earlier request with this key."""
    return deps.stores.create(caller.user_id, check_name(name), key=key, now=deps.clock.now())


def list_stores(caller: Caller, deps: Deps) -> Sequence[Membership]:
    """The stores that the caller is a member of."""
    return deps.stores.of_user(caller.user_id)


def read(caller: Caller, store_id: str, deps: Deps) -> Membership:
    """A store that the caller is a member of; `NotFound`."""
    return deps.stores.read(caller.user_id, store_id)


def rename(caller: Caller, store_id: str, name: str, deps: Deps) -> None:
    """Rename a store."""
    deps.stores.rename(caller.user_id, store_id, check_name(name))


def list_members(caller: Caller, store_id: str, deps: Deps) -> list[tuple[str, str]]:
    """Names and roles of the members of a store."""
    members = deps.stores.members(caller.user_id, store_id)
    names = deps.names.names_of([each.user_id for each in members])
    return [(names[each.user_id], each.role) for each in members]


def put_member(caller: Caller, by: Actor, store_id: str, username: str, role: Role, deps: Deps) -> None:
    """Give a user a role in a store."""
    deps.stores.read(caller.user_id, store_id)  # a stranger learns nothing about names either
    member_id = deps.names.id_of(username)
    deps.stores.put_member(caller.user_id, store_id, member_id, role, by=by, now=deps.clock.now())


def remove_member(caller: Caller, by: Actor, store_id: str, username: str, deps: Deps) -> None:
    """Remove a user from a store."""
    deps.stores.read(caller.user_id, store_id)
    deps.stores.remove_member(caller.user_id, store_id, deps.names.id_of(username), by=by, now=deps.clock.now())


def read_balance(caller: Caller, store_id: str, deps: Deps) -> Balance:
    """The balance of a store that the caller is a member of."""
    deps.stores.read(caller.user_id, store_id)
    return deps.stores.balance(store_id)


def read_ledger(caller: Caller, store_id: str, *, before: int, limit: int, deps: Deps) -> Sequence[Line]:
    """Postings of a store that the caller is a member of, the latest first."""
    deps.stores.read(caller.user_id, store_id)
    return deps.stores.ledger(store_id, before=before or LARGEST_NUMBER, limit=limit)


def list_payments(caller: Caller, store_id: str, *, before: str, limit: int, deps: Deps) -> Sequence[Payment]:
    """Payments of a store that the caller is a member of, the latest first."""
    deps.stores.read(caller.user_id, store_id)
    return deps.stores.payments(store_id, before=before, limit=limit)


def reserve(new: NewPayment, key: RequestKey, deps: Deps) -> tuple[Payment, bool]:
    """Reserve money of a store for a payment."""
    return deps.payments.reserve(new, key=key, now=deps.clock.now())


def capture(payment_id: str, amount: int, deps: Deps) -> Payment:
    """Pay what was reserved or a part of it."""
    payment = deps.payments.capture(payment_id, amount)
    deps.posted()
    return payment


def forget_user(event: Event, deps: Deps) -> None:
    """Remove a deleted user from all stores; a second delivery finds none.

    The money of a store whose last owner is gone stays in it, frozen, until a manager of the platform pays it back to
    where it came from or appoints another owner: a deletion is no order to move a company's money, and whoever took
    over an account must not be able to make one of it.
    """
    deps.stores.forget_user(UserDeleted.from_event(event).user_id, now=deps.clock.now())
