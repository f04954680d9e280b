"""Postings of the ledger in ClickHouse: stored from events, read as histories, statements and sums.

Postgres decides about money; this is a projection of it, which `touchline ledger verify` compares and
`touchline ledger project` makes anew.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from shared.adapters.named_queries import queries
from shared.domain.money.history import CounterpartySum, DailySum, HistoryLine, StatementLine
from shared.events.money import PostingRecord, TransactionPosted, TransactionRecord

if TYPE_CHECKING:
    import pyarrow as pa

    from shared.adapters.clickhouse.client import ClickHouse

TABLE = "ledger_postings"
_SQL = queries(Path(__file__).with_name("ledger.sql"))
STATEMENT_LINES_AT_MOST = 100_000


class BlockTotals(NamedTuple):
    """Sums that two copies of a block's postings are compared by."""

    block: int
    n_postings: int
    numbers: int
    amounts: int
    effective: int


class ClickHouseLedger:
    """The table of postings."""

    def __init__(self, warehouse: ClickHouse) -> None:
        self._warehouse = warehouse

    def store(self, posted: TransactionPosted, *, token: str) -> None:
        """Store the postings of a block; again is the same as once."""
        self._warehouse.insert(TABLE, to_arrow(posted.block, posted.transactions), token=token)

    def history(self, account_id: int, *, before: int, limit: int) -> list[HistoryLine]:
        """Postings of an account, the latest first, with numbers below `before`."""
        params = {"account_id": account_id, "before": before, "limit": limit}
        return self._warehouse.query_tuples(_SQL["history"], params, HistoryLine)

    def counterparties(self, account_id: int) -> list[CounterpartySum]:
        """Sums by the other owner."""
        return self._warehouse.query_tuples(_SQL["counterparties"], {"account_id": account_id}, CounterpartySum)

    def opening(self, account_id: int, begins: datetime) -> int:
        """The sum of all postings that took effect before a moment."""
        params = {"account_id": account_id, "begins": begins}
        return int(self._warehouse.query(_SQL["opening"], params)[0]["amount"])

    def statement(self, account_id: int, begins: datetime, ends: datetime) -> list[StatementLine]:
        """Postings that took effect in a period, in that order."""
        params = {"account_id": account_id, "begins": begins, "ends": ends, "limit": STATEMENT_LINES_AT_MOST}
        return self._warehouse.query_tuples(_SQL["statement"], params, StatementLine)

    def daily_sums(self, account_id: int, begins: datetime, ends: datetime) -> list[DailySum]:
        """Sums by day of a period."""
        params = {"account_id": account_id, "begins": begins, "ends": ends}
        return self._warehouse.query_tuples(_SQL["daily_sums"], params, DailySum)

    def block_totals(self, first: int, last: int) -> list[BlockTotals]:
        """Return the sums of a range of blocks, for verification."""
        return self._warehouse.query_tuples(_SQL["block_totals"], {"first": first, "last": last}, BlockTotals)


def to_arrow(block: int, transactions: Sequence[TransactionRecord]) -> pa.Table:
    """The rows of a block."""
    import pyarrow as pa

    lines = [(transaction, posting) for transaction in transactions for posting in transaction.postings]
    moment = pa.timestamp("us", tz="UTC")
    columns = {
        "version": pa.array([block] * len(lines), pa.int64()),
        "account_id": pa.array([posting.account_id for _, posting in lines], pa.int64()),
        "number": pa.array([posting.number for _, posting in lines], pa.int64()),
        "owner": pa.array([posting.owner for _, posting in lines]),
        "name": pa.array([posting.name for _, posting in lines]),
        "currency": pa.array([posting.currency for _, posting in lines]),
        "part": pa.array([posting.part for _, posting in lines], pa.int32()),
        "transaction_id": pa.array([transaction.id for transaction, _ in lines]),
        "kind": pa.array([transaction.kind for transaction, _ in lines]),
        "amount": pa.array([posting.amount for _, posting in lines], pa.int64()),
        "balance": pa.array([posting.balance for _, posting in lines], pa.int64()),
        "counterparty": pa.array([counterparty(transaction, posting) for transaction, posting in lines]),
        "reverses": pa.array([transaction.reverses or "" for transaction, _ in lines]),
        "detail": pa.array([json.dumps(transaction.detail) for transaction, _ in lines]),
        "booked_at": pa.array([transaction.booked_at for transaction, _ in lines], moment),
        "effective_at": pa.array([transaction.effective_at for transaction, _ in lines], moment),
    }
    return pa.table(columns)


def counterparty(transaction: TransactionRecord, posting: PostingRecord) -> str:
    """The one owner on the other side of a posting; empty where there are several."""
    others = {
        each.owner
        for each in transaction.postings
        if each.currency == posting.currency and (each.amount > 0) != (posting.amount > 0)
    }
    return others.pop() if len(others) == 1 else ""
