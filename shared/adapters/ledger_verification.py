"""Proves that the ledger is right: every rule recomputed from what is stored, by statements of bounded size.

What changes while it runs is no fault: balances and holds are compared within one snapshot, blocks never change, and
the projection and the sealing may lag behind by a stated time.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from shared.adapters.postgres.ledger import SQL

if TYPE_CHECKING:
    from shared.adapters.clickhouse.ledger import ClickHouseLedger
    from shared.adapters.postgres.database import Connection, Postgres

FAULTS_AT_MOST = 100
"""The largest number of faults of one kind that are reported."""
BLOCKS_AT_ONCE = 200
LAG = timedelta(minutes=5)
"""The time by which sealing and projection may be behind."""
_THREADS = 2


@dataclass(frozen=True, slots=True)
class _CheckedBlock:
    number: int
    sealed_at: datetime
    unbroken: bool
    complete: bool
    in_balance: bool
    n_postings: int
    numbers: Decimal
    amounts: Decimal
    effective: Decimal

    @property
    def totals(self) -> tuple[int, int, int, int]:
        return self.n_postings, int(self.numbers), int(self.amounts), int(self.effective)


class LedgerVerification:
    """Looks for faults in the ledger and in its projection."""

    def __init__(self, database: Postgres, projection: ClickHouseLedger | None = None, *, lag: timedelta = LAG) -> None:
        """Remember the stores; without a projection only Postgres is looked at."""
        self._database = database
        self._projection = projection
        self._lag = lag

    def find_faults(self, *, now: datetime) -> list[str]:
        """Return the faults in words; empty when every rule holds."""
        last = int(SQL.value(self._database, "last_block"))
        with ThreadPoolExecutor(_THREADS) as threads:
            in_accounts = threads.submit(self._find_in_accounts)
            in_blocks = threads.map(lambda first: self._check_blocks(first, now), range(1, last + 1, BLOCKS_AT_ONCE))
            return [*in_accounts.result(), *self._find_in_chain(now), *(each for some in in_blocks for each in some)]

    def _find_in_accounts(self) -> list[str]:
        """Balances against postings, pending amounts against holds, currencies against zero: of one moment."""

        def look(connection: Connection) -> list[str]:
            for setting in _SETTINGS_FOR_SUMS:
                connection.execute(setting)
            return [
                text.format(each)
                for name, text in _ACCOUNT_FAULTS.items()
                for each in SQL.values(connection, name, at_most=FAULTS_AT_MOST)
            ]

        return self._database.transaction(look, isolation="repeatable read")

    def _find_in_chain(self, now: datetime) -> Iterator[str]:
        for number in SQL.values(self._database, "broken_links", at_most=FAULTS_AT_MOST):
            yield f"block {number} does not follow the block before it"
        before = now - self._lag
        for transaction_id in SQL.values(self._database, "outside_blocks", before=before, at_most=FAULTS_AT_MOST):
            yield f"transaction {transaction_id} is in no block"
        n_uncounted = self._database.transaction(_count_uncounted, isolation="repeatable read")
        if n_uncounted:
            yield f"blocks lack {n_uncounted} transactions that were committed before the last block"

    def _check_blocks(self, first: int, now: datetime) -> list[str]:
        last = first + BLOCKS_AT_ONCE - 1
        blocks = SQL.rows(self._database, _CheckedBlock, "check_blocks", first=first, last=last)
        faults = [fault for block in blocks for fault in _faults_of(block)]
        if self._projection is None:
            return faults
        projected = {each.block: tuple(each[1:]) for each in self._projection.block_totals(first, last)}
        for block in blocks:
            there = projected.get(block.number)
            if there != block.totals and (there is not None or block.sealed_at < now - self._lag):
                faults.append(f"block {block.number} is projected as {there}, not as {block.totals}")
        return faults


_SETTINGS_FOR_SUMS = (
    "SET LOCAL statement_timeout TO 0",
    "SET LOCAL work_mem TO '64MB'",
    # By an index the sums of all postings read a page of the table for each of them.
    "SET LOCAL enable_indexscan TO off",
)
_ACCOUNT_FAULTS = {
    "wrong_balances": "account {}: the balance is not the sum of its postings",
    "wrong_pending": "account {}: what is pending is not the sum of its holds",
    "unbalanced_currencies": "currency {}: all accounts together are not zero",
}


def _count_uncounted(connection: Connection) -> int:
    connection.execute("SET LOCAL statement_timeout TO 0")
    return int(SQL.value(connection, "uncounted"))


def _faults_of(block: _CheckedBlock) -> Iterator[str]:
    if not block.complete:
        yield f"block {block.number} holds other numbers of transactions or postings than it says"
    if not block.unbroken:
        yield f"block {block.number} was changed after it was sealed: its hash differs"
    if not block.in_balance:
        yield f"block {block.number} holds a transaction that does not sum to zero"
