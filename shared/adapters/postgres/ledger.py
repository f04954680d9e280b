"""The ledger in Postgres, and its only writer: other areas call it inside the transaction of what they store.

A stake and its bet, a purchase and its coins are one commit::

    def work(connection):
        posted = ledger.post(connection, NewTransaction(kind="stake", postings=transfer(coins, house, 10)), key=key)
        if not posted.replayed:
            ...  # store what was paid for
    database.transaction(work)

Each call is one round trip. Rows are locked in one order inside the SQL functions, so calls do not deadlock with each
other; a caller that locks rows of its own does so before it calls, in an order of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from shared import errors, lazy
from shared.adapters.postgres.database import to_jsonb
from shared.adapters.postgres.statements import Statements
from shared.domain.money.ledger import (
    AccountId,
    AccountState,
    AccountType,
    Balance,
    Currency,
    NewHold,
    NewTransaction,
    Posted,
    RequestKey,
    Side,
)

if TYPE_CHECKING:
    import psycopg
    from psycopg import errors as pg

    from shared.adapters.postgres.database import Connection
else:
    psycopg, pg = lazy.Module("psycopg"), lazy.Module("psycopg.errors")

T = TypeVar("T")

SQL = Statements(Path(__file__).parent / "sql" / "ledger.sql")
_EXPIRED_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """A transaction as it is stored."""

    id: str
    kind: str
    booked_at: datetime
    effective_at: datetime
    reverses: str | None
    hold_id: str | None
    detail: dict[str, Any]
    reversed_by: str | None
    postings: tuple[StoredPosting, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPosting:
    """A line of it, with the balance of the account after it and the account's own count of postings."""

    account: AccountId
    amount: int
    balance: int
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLine:
    """A posting of an account with its transaction."""

    number: int
    transaction_id: str
    kind: str
    amount: int
    balance: int
    booked_at: datetime
    effective_at: datetime
    reverses: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A hold as it is stored."""

    id: str
    amount: int
    held_at: datetime
    expires_at: datetime
    state: str
    captured: int
    transaction_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """An earlier request with the same key: its transaction, and its answer where one was stored."""

    transaction_id: str
    response: Any


@dataclass(frozen=True, slots=True)
class _PostedRow:
    transaction_id: str
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class _ReplayRow:
    transaction_id: str
    response: Any


@dataclass(frozen=True, slots=True)
class _BalanceRow:
    normal_side: str
    debits_posted: int
    credits_posted: int
    debits_pending: int
    credits_pending: int
    minimum: int | None
    maximum: int | None
    state: str

    def balance(self) -> Balance:
        return Balance(
            normal_side=Side(self.normal_side),
            debits_posted=self.debits_posted,
            credits_posted=self.credits_posted,
            debits_pending=self.debits_pending,
            credits_pending=self.credits_pending,
            minimum=self.minimum,
            maximum=self.maximum,
            state=AccountState(self.state),
        )


@dataclass(frozen=True, slots=True)
class _PostingRow:
    owner: str
    name: str
    currency: str
    scale: int
    part: int
    amount: int
    balance: int
    number: int

    def posting(self) -> StoredPosting:
        currency = Currency(code=self.currency, scale=self.scale)
        account = AccountId(owner=self.owner, name=self.name, currency=currency, part=self.part)
        return StoredPosting(account=account, amount=self.amount, balance=self.balance, number=self.number)


def open_account(connection: Connection, owner: str, type: AccountType) -> bool:
    """Open the account of an owner with all its parts; whether it is new. An open one stays as it is."""
    with map_refusals():
        opened = SQL.values(
            connection,
            "open",
            owner=owner,
            name=type.name,
            currency=type.currency.code,
            scale=type.currency.scale,
            normal_side=type.normal_side,
            minimum=type.minimum,
            maximum=type.maximum,
            parts=type.parts,
        )
    return any(opened)


def set_limits(connection: Connection, account: AccountId, minimum: int | None, maximum: int | None) -> None:
    """Change the limits of an account; `InsufficientFunds` or `Conflict` when its balance breaks them already."""
    _run(
        connection,
        "set_limits",
        owner=account.owner,
        name=account.name,
        currency=account.currency.code,
        minimum=minimum,
        maximum=maximum,
    )


def post(
    connection: Connection, transaction: NewTransaction, *, key: RequestKey | None = None, enforced: bool = False
) -> Posted:
    """Post a transaction in the database transaction at hand.

    Parameters
    ----------
    key : the same key with the same request is answered with the first transaction, and nothing is posted.
    enforced : also debit accounts that are frozen or closing.

    Raises
    ------
    NotFound : one of the accounts is not open yet.
    InsufficientFunds : an account would fall below its minimum.
    Conflict : an account would exceed its maximum, or is frozen or closed.
    KeyReused : the key was used for another request.
    InProgress : a request with the same key is under way for longer than two seconds.
    """
    row = _fetch_one(
        connection,
        _PostedRow,
        "post",
        kind=transaction.kind,
        **_account_columns([each.account for each in transaction.postings]),
        amounts=[each.amount for each in transaction.postings],
        effective_at=transaction.effective_at,
        detail=to_jsonb(dict(transaction.detail)),
        enforced=enforced,
        **key_columns(key),
    )
    return Posted(transaction_id=row.transaction_id, replayed=row.replayed)


def reverse(
    connection: Connection,
    transaction_id: str,
    *,
    kind: str = "reversal",
    effective_at: datetime | None = None,
    detail: dict[str, Any] | None = None,
) -> Posted:
    """Post the opposite of a transaction, with an effective date of its own.

    Raises
    ------
    NotFound : there is no such transaction.
    Conflict : it was reversed before, or is a reversal itself.
    InsufficientFunds : what was received is spent.
    """
    row = _fetch_one(
        connection,
        _PostedRow,
        "reverse",
        transaction_id=transaction_id,
        kind=kind,
        effective_at=effective_at,
        detail=to_jsonb(detail or {}),
    )
    return Posted(transaction_id=row.transaction_id)


def hold(connection: Connection, new: NewHold) -> str:
    """Reserve an amount; the hold's id. Errors as `post`."""
    with map_refusals():
        hold_id: str = SQL.value(
            connection,
            "hold",
            **_account_columns([new.source, new.target]),
            amount=new.amount,
            lasts_s=new.lasts_s,
            detail=to_jsonb(dict(new.detail)),
        )
    return hold_id


def capture(
    connection: Connection,
    hold_id: str,
    amount: int,
    *,
    kind: str,
    effective_at: datetime | None = None,
    detail: dict[str, Any] | None = None,
) -> Posted:
    """Post a hold's amount or a part of it, and release the rest; the same capture again is a replay.

    Raises
    ------
    NotFound : there is no such hold.
    Conflict : it was captured with another amount, or is released or expired.
    InvalidInput : the amount is more than is held, or less than 1.
    """
    row = _fetch_one(
        connection,
        _PostedRow,
        "capture",
        hold_id=hold_id,
        amount=amount,
        kind=kind,
        effective_at=effective_at,
        detail=to_jsonb(detail or {}),
    )
    return Posted(transaction_id=row.transaction_id, replayed=row.replayed)


def release(connection: Connection, hold_id: str) -> bool:
    """Give back what a hold reserves; whether it did, as it is released or expired at most once.

    `NotFound` without such a hold, `Conflict` when it is captured.
    """
    with map_refusals():
        return bool(SQL.value(connection, "release", hold_id=hold_id))


def expire_holds(connection: Connection) -> int:
    """End holds whose time is over; how many. Fewer than 500: none is left."""
    with map_refusals():
        return int(SQL.value(connection, "expire", at_most=_EXPIRED_AT_ONCE))


def set_state(connection: Connection, account: AccountId, state: AccountState) -> None:
    """Bring an account into a state; `Conflict` when it is closed with a balance or with open holds."""
    _run(
        connection,
        "set_state",
        owner=account.owner,
        name=account.name,
        currency=account.currency.code,
        state=state,
    )


def claim(connection: Connection, key: RequestKey, transaction_id: str) -> Replay | None:
    """Claim a key for work of several steps; the earlier request when there was one. Errors as `post`.

    `post` does this itself. Whoever claims first posts without a key, and stores what they answer with `answer`.
    """
    params = {**key_columns(key), "transaction_id": transaction_id}
    rows = _fetch(connection, _ReplayRow, "claim", **params)
    return Replay(transaction_id=rows[0].transaction_id, response=rows[0].response) if rows else None


def answer(connection: Connection, key: RequestKey, response: Any) -> None:
    """Store what a claimed request is answered, for those that replay it."""
    _run(connection, "answer", scope=key.scope, key=key.key, response=json.dumps(response))


def forget_requests(connection: Connection, *, before: datetime) -> int:
    """Drop idempotency keys that were claimed before; how many, 10,000 at most."""
    return SQL.execute(connection, "forget_requests", before=before)


def balance(connection: Connection, account: AccountId) -> Balance:
    """The counters of an account, all its parts together; `NotFound` when it is not open yet."""
    rows = _fetch(connection, _BalanceRow, "balance", **_account_columns_one(account))
    if not rows:
        raise errors.NotFound(f"account {account.owner}/{account.name}")
    return rows[0].balance()


def balance_as_of(connection: Connection, account: AccountId, at: datetime, *, by: str = "effective") -> int:
    """The balance at a moment.

    Parameters
    ----------
    by : ``effective``, what had taken effect then as we know today; or ``booked``, what was known then.
    """
    if by not in ("effective", "booked"):
        raise ValueError(f"no date {by!r}")
    amount: int = SQL.value(connection, f"balance_{by}", **_account_columns_one(account), at=at)
    return amount if balance(connection, account).normal_side is Side.CREDIT else -amount


def transaction(connection: Connection, transaction_id: str) -> Transaction:
    """A transaction with its postings; `NotFound` when there is none."""
    rows = _fetch(connection, Transaction, "transaction", transaction_id=transaction_id)
    if not rows:
        raise errors.NotFound(f"transaction {transaction_id}")
    postings = _fetch(connection, _PostingRow, "postings", transaction_id=transaction_id)
    return replace(rows[0], postings=tuple(row.posting() for row in postings))


def history(connection: Connection, account: AccountId, *, before: int, limit: int) -> Sequence[HistoryLine]:
    """Postings of an account before its posting of a number, the latest first, as they are at this moment."""
    return _fetch(connection, HistoryLine, "history", **_account_columns_one(account), before=before, limit=limit)


def find_hold(connection: Connection, hold_id: str) -> Hold:
    """A hold as it is now; `NotFound` when there is none."""
    rows = _fetch(connection, Hold, "find_hold", hold_id=hold_id)
    if not rows:
        raise errors.NotFound(f"hold {hold_id}")
    return rows[0]


def find_holds(connection: Connection, hold_ids: Sequence[str]) -> dict[str, Hold]:
    """Holds by their ids, as they are now."""
    return {each.id: each for each in _fetch(connection, Hold, "find_holds", hold_ids=list(hold_ids))}


@contextmanager
def map_refusals() -> Iterator[None]:
    """Turn what the ledger's SQL functions and CHECKs refuse into our errors; for SQL functions that call them, too."""
    try:
        yield
    except pg.LockNotAvailable as exc:
        raise errors.InProgress("a request with this idempotency key is under way; send it again later") from exc
    except pg.NumericValueOutOfRange as exc:
        raise errors.InvalidInput("the amount does not fit 64 bits") from exc
    except psycopg.Error as exc:
        refusal = _refusal(exc)
        if refusal is None:
            raise
        raise refusal from exc


def _refusal(exc: psycopg.Error) -> errors.TouchlineError | None:
    message = exc.diag.message_primary or ""
    if exc.sqlstate == _CHECK_VIOLATION:
        return _limit_refusal(exc.diag.constraint_name or "")
    kind = _REFUSALS.get(exc.sqlstate or "")
    return kind(message) if kind else None


def _limit_refusal(constraint: str) -> errors.TouchlineError | None:
    if constraint == "ledger_accounts_minimum":
        return errors.InsufficientFunds()
    if constraint == "ledger_accounts_maximum":
        return errors.Conflict("the account would exceed its limit")
    return None


_CHECK_VIOLATION = "23514"
_REFUSALS: dict[str, type[errors.TouchlineError]] = {
    "LG001": errors.NotFound,
    "LG002": errors.Conflict,
    "LG003": errors.InvalidInput,
    "LG004": errors.KeyReused,
    "LG005": errors.NotFound,
    "LG006": errors.Conflict,
    "LG007": errors.Conflict,
    "LG008": errors.Conflict,
    "22P02": errors.NotFound,  # text that is no uuid names nothing that is stored
}
"""By SQLSTATE; `0030_ledger.sql` has the same list."""


def _account_columns(accounts: Sequence[AccountId]) -> dict[str, list[Any]]:
    return {
        "owners": [each.owner for each in accounts],
        "names": [each.name for each in accounts],
        "currencies": [each.currency.code for each in accounts],
        "parts": [each.part for each in accounts],
    }


def _account_columns_one(account: AccountId) -> dict[str, str]:
    return {"owner": account.owner, "name": account.name, "currency": account.currency.code}


def key_columns(key: RequestKey | None) -> dict[str, Any]:
    """The parameters `scope`, `key` and `sha256` of the ledger's SQL functions, and of those that call them."""
    if key is None:
        return {"scope": "", "key": "", "sha256": b""}
    return {"scope": key.scope, "key": key.key, "sha256": key.sha256}


def _fetch(connection: Connection, kind: type[T], name: str, /, **params: Any) -> list[T]:
    with map_refusals():
        return SQL.rows(connection, kind, name, **params)


def _fetch_one(connection: Connection, kind: type[T], name: str, /, **params: Any) -> T:
    rows = _fetch(connection, kind, name, **params)
    assert rows, f"{name} gives a row"
    return rows[0]


def _run(connection: Connection, statement: str, /, **params: Any) -> None:
    with map_refusals():
        SQL.execute(connection, statement, **params)
