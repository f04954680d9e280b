"""Blocks of the ledger: transactions get their hash and their event a moment after their commit, off the hot path."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from shared.adapters.postgres import outbox
from shared.adapters.postgres.ledger import SQL
from shared.coalesced_task import CoalescedTask
from shared.errors import TouchlineError
from shared.events.money import PostingRecord, TransactionPosted, TransactionRecord

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection, Postgres
    from shared.outbox import OutboxRelay
    from shared.settings.eventing import SinkSettings

_log = logging.getLogger(__name__)

TRANSACTIONS_AT_MOST = 250
"""In a block, so that its event is far below what a broker takes."""
PAUSE_S = 0.5
"""Between two looks at what was posted, so that a block holds many transactions when there are many."""


@dataclass(frozen=True, slots=True)
class _Block:
    number: int
    sealed_at: datetime


@dataclass(frozen=True, slots=True)
class _TransactionRow:
    id: str
    kind: str
    booked_at: datetime
    effective_at: datetime
    reverses: str | None
    detail: dict[str, Any]
    postings: list[dict[str, Any]]

    def record(self) -> TransactionRecord:
        return TransactionRecord(
            id=self.id,
            kind=self.kind,
            booked_at=self.booked_at,
            effective_at=self.effective_at,
            reverses=self.reverses,
            detail=self.detail,
            postings=tuple(PostingRecord(**each) for each in self.postings),
        )


def seal_block(connection: Connection, *, at_most: int = TRANSACTIONS_AT_MOST) -> TransactionPosted | None:
    """Seal the oldest transactions that are in no block; None when there are none, or another process is at it."""
    number = SQL.value(connection, "seal", at_most=at_most)
    return None if number is None else read_block(connection, number)


def read_block(connection: Connection, number: int) -> TransactionPosted:
    """The event of a block that is sealed."""
    block = SQL.row(connection, _Block, "block", number=number)
    assert block is not None
    rows = SQL.rows(connection, _TransactionRow, "block_transactions", number=number)
    return TransactionPosted(block=number, sealed_at=block.sealed_at, transactions=tuple(row.record() for row in rows))


def seal_all(database: Postgres) -> int:
    """Seal all transactions, each block and its event in the outbox in one commit; the number of blocks."""

    def seal(connection: Connection) -> bool:
        posted = seal_block(connection)
        if posted is not None:
            outbox.add(connection, posted.to_event())
        return posted is not None

    n_blocks = 0
    while database.transaction(seal):
        n_blocks += 1
    return n_blocks


def project_all(database: Postgres, store: Callable[..., None]) -> int:
    """Hand every block to `store` again, under tokens that were never used; the number of blocks."""
    last = int(SQL.value(database, "last_block"))
    run_id = uuid.uuid4().hex
    for number in range(1, last + 1):
        with database.connection() as connection:
            posted = read_block(connection, number)
        store(posted, token=f"{run_id}-{number}")
    return last


class BlockSealer:
    """Seals in the background, soon after something was posted; the clock does what it leaves behind."""

    def __init__(
        self,
        database: Postgres,
        make_relay: Callable[[], OutboxRelay] | None = None,
        *,
        pause_s: float = PAUSE_S,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Remember where to seal; `make_relay` makes what hands the events to the broker, where there is one."""
        self._database = database
        self._make_relay = make_relay
        self._relay: OutboxRelay | None = None
        self._task = CoalescedTask(self.run_once, name="ledger-blocks", pause_s=pause_s, sleep=sleep)

    def notify(self) -> None:
        """Say that something was posted; returns at once."""
        self._task.request()

    def run_once(self) -> None:
        """Seal what is posted and hand over its events; trouble is logged, and the clock comes later."""
        try:
            seal_all(self._database)
            if self._make_relay is not None:
                self._relay = self._relay or self._make_relay()
                self._relay.try_run()
        except TouchlineError as exc:
            _log.warning("transactions wait to be sealed: %s", exc, extra={"action": "seal"})

    def stop(self) -> None:
        """End the thread; what was posted until then is sealed."""
        self._task.stop()


def sealer(database: Postgres, settings: SinkSettings) -> BlockSealer:
    """Build the sealer of a function; without a broker's address the events wait in the outbox."""
    return BlockSealer(database, (lambda: outbox.build_relay(database, settings)) if settings.url else None)
