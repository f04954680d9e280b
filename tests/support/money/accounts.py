"""Accounts that tests of the ledger open, and what they look at afterwards."""

from __future__ import annotations

import uuid
from typing import Any

from shared.adapters.postgres import ledger
from shared.adapters.postgres.database import Postgres
from shared.domain.money.ledger import (
    COIN,
    AccountId,
    AccountType,
    Balance,
    NewHold,
    NewTransaction,
    Posted,
    RequestKey,
    Side,
    request_key,
    transfer,
)
from tests.support.engines.postgres import run

COINS = AccountType(name="coins", currency=COIN, normal_side=Side.CREDIT, minimum=0)
ISSUED = AccountType(name="issued", currency=COIN, normal_side=Side.DEBIT)
ISSUER = ISSUED.account("systems/coins")


def opened(database: Postgres, coins: int = 0, *, type: AccountType = COINS) -> AccountId:
    """A new owner's account that holds so many coins."""
    owner = f"users/{uuid.uuid4()}"

    def work(connection: Any) -> None:
        ledger.open_account(connection, "systems/coins", ISSUED)
        ledger.open_account(connection, owner, type)
        if coins:
            postings = transfer(ISSUER, type.account(owner), coins)
            ledger.post(connection, NewTransaction(kind="grant", postings=postings))

    database.transaction(work)
    return type.account(owner)


def pay(
    database: Postgres, source: AccountId, target: AccountId, amount: int, *, key: RequestKey | None = None
) -> Posted:
    """Move an amount in one round trip."""
    new = NewTransaction(kind="transfer", postings=transfer(source, target, amount))
    return database.statement(lambda connection: ledger.post(connection, new, key=key))


def reserve(database: Postgres, source: AccountId, target: AccountId, amount: int, *, lasts_s: float = 60) -> str:
    """Hold an amount."""
    new = NewHold(source=source, target=target, amount=amount, lasts_s=lasts_s)
    return database.statement(lambda connection: ledger.hold(connection, new))


def balance(database: Postgres, account: AccountId) -> Balance:
    """The counters of an account."""
    with database.connection() as connection:
        return ledger.balance(connection, account)


def key(text: str, payload: Any = None, *, scope: str = "users/1/transfer") -> RequestKey:
    """An idempotency key."""
    made = request_key(scope, text, payload)
    assert made is not None
    return made


def faults(database: Postgres) -> list[Any]:
    """What breaks the ledger's rules, looked for by plain SQL: transactions, balances, running balances, holds."""
    return run(
        database,
        """
        SELECT 'transaction', p.transaction_id::text FROM ledger_postings p JOIN ledger_accounts a ON a.id = account_id
        GROUP BY p.transaction_id, a.currency HAVING sum(amount) <> 0
        UNION ALL
        SELECT 'transaction without postings', t.id::text FROM ledger_transactions t
        WHERE (SELECT count(*) FROM ledger_postings WHERE transaction_id = t.id) < 2
        UNION ALL
        SELECT 'posting without transaction', p.transaction_id::text FROM ledger_postings p
        WHERE NOT EXISTS (SELECT FROM ledger_transactions WHERE id = p.transaction_id)
        UNION ALL
        SELECT 'balance', a.id::text FROM ledger_accounts a LEFT JOIN ledger_postings p ON p.account_id = a.id
        GROUP BY a.id
        HAVING debits_posted <> coalesce(sum(-amount) FILTER (WHERE amount < 0), 0)
            OR credits_posted <> coalesce(sum(amount) FILTER (WHERE amount > 0), 0)
            OR n_postings <> count(p.number) OR n_postings <> coalesce(max(p.number), 0)
        UNION ALL
        SELECT 'running balance', account_id::text FROM (
            SELECT account_id, balance,
                sum(amount) OVER (PARTITION BY account_id ORDER BY number)
                    * CASE normal_side WHEN 'credit' THEN 1 ELSE -1 END AS expected
            FROM ledger_postings JOIN ledger_accounts a ON a.id = account_id
        ) running WHERE balance <> expected
        UNION ALL
        SELECT 'pending', a.id::text FROM ledger_accounts a
        WHERE debits_pending <> coalesce(
                (SELECT sum(amount) FROM ledger_holds WHERE debit_account = a.id AND state = 'pending'), 0)
            OR credits_pending <> coalesce(
                (SELECT sum(amount) FROM ledger_holds WHERE credit_account = a.id AND state = 'pending'), 0)
        """,
    )
