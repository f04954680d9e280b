"""Use cases of users: balance, transfer, history, statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from functions.coins.ports import Deps
from shared.domain.money.coins import Transfer, user_of
from shared.domain.money.history import CounterpartySum, DailySum, HistoryLine, StatementLine
from shared.domain.money.ledger import Balance, RequestKey, check_amount
from shared.security.tokens import Caller

LARGEST_NUMBER = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A period of an account, by when postings took effect."""

    begins: datetime
    ends: datetime
    opening: int
    closing: int
    lines: Sequence[StatementLine]
    days: Sequence[DailySum]


def read_balance(caller: Caller, deps: Deps) -> Balance:
    """The balance of the caller."""
    return deps.coins.balance(caller.user_id)


def transfer(caller: Caller, to_username: str, amount: int, key: RequestKey, deps: Deps) -> Transfer:
    """Send coins to another user by name.

    Raises
    ------
    NotFound : nobody has this name.
    InvalidInput : it is the caller's own name, or the amount is out of range.
    InsufficientFunds, Conflict, KeyReused, InProgress : as `ledger.post`.
    """
    check_amount(amount)
    moved = deps.coins.transfer(caller.user_id, deps.names.id_of(to_username), amount, key=key)
    deps.posted()
    return moved


def read_history(caller: Caller, *, before: int, limit: int, deps: Deps) -> Sequence[HistoryLine]:
    """Return the postings of the caller's account, the latest first."""
    return deps.history.history(deps.coins.account_id(caller.user_id), before=before or LARGEST_NUMBER, limit=limit)


def read_counterparties(caller: Caller, deps: Deps) -> Sequence[CounterpartySum]:
    """Sums of the caller's account by the other owner."""
    return deps.history.counterparties(deps.coins.account_id(caller.user_id))


def read_statement(caller: Caller, begins: datetime, ends: datetime, deps: Deps) -> Statement:
    """The caller's account in a period."""
    account_id = deps.coins.account_id(caller.user_id)
    lines = deps.history.statement(account_id, begins, ends)
    opening = deps.history.opening(account_id, begins)
    return Statement(
        begins=begins,
        ends=ends,
        opening=opening,
        closing=opening + sum(line.amount for line in lines),
        lines=lines,
        days=deps.history.daily_sums(account_id, begins, ends),
    )


def names_of_owners(owners: Sequence[str], deps: Deps) -> dict[str, str]:
    """The names of owners: of users as they are called now, empty for those who were deleted; of others their ids."""
    users = {user_id for owner in owners if (user_id := user_of(owner))}
    names = deps.names.names_of(users) if users else {}
    return {owner: names[user_of(owner)] if user_of(owner) else owner for owner in owners}
