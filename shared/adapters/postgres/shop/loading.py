"""Loads a shop's past in bulk, into its tables and onto the log; loading it again changes nothing.

The log comes first: a kill between the two leaves events whose purchases come with the next run, which appends them
once more, under the same ids. The other order would leave purchases that no reader of the log ever hears of.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.adapters.postgres.shop.outbox import to_entry
from shared.adapters.postgres.statements import Statements
from shared.domain.shop.archive import Archive
from shared.domain.shop.records import Purchase
from shared.errors import Overloaded
from shared.events.shop import PARTITIONS, PurchaseMade

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection, Postgres
    from shared.ports.log import EventLog, NewEntry

_SQL = Statements(Path(__file__).with_name("loading.sql"))
_ROWS_AT_ONCE = 5_000
_APPENDED_AT_ONCE = 1_000
LOG_PATIENCE_S = 300.0
_EVENT_FIELDS = tuple(each.name for each in fields(PurchaseMade) if each.name != "purchase_id")


@dataclass(slots=True)
class Loaded:
    """The rows of a load that were new."""

    n_new: dict[str, int] = field(default_factory=dict)
    """By table."""
    n_known: int = 0
    """Purchases that were there before."""


class ShopLoader:
    """Loads archives; one at a time, as the tables say what is new."""

    def __init__(
        self,
        database: Postgres,
        log: EventLog,
        *,
        progress: Callable[[int], None] = lambda n_purchases: None,
        patience_s: float = LOG_PATIENCE_S,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Remember the stores.

        Parameters
        ----------
        progress : called with the number of purchases done so far.
        patience_s : how long a full log is waited for, until its readers have made room.
        sleep : waits.
        """
        self._database = database
        self._log = log
        self._progress = progress
        self._patience_s = patience_s
        self._sleep = sleep

    def load(self, archive: Archive) -> Loaded:
        """Load an archive; `Unavailable` or `Overloaded` when a store does not take it: run it again."""
        loaded = Loaded()
        self._log.ensure_topic(PurchaseMade.TOPIC, partitions=PARTITIONS)
        for table in ("sellers", "products", "customers"):
            loaded.n_new[table] = self._add(table, getattr(archive, table))
        n_done = loaded.n_new["purchases"] = 0
        for chunk in archive.purchases:
            n_new = self._add_purchases(chunk)
            n_done += len(chunk)
            loaded.n_new["purchases"] += n_new
            loaded.n_known += len(chunk) - n_new
            self._progress(n_done)
        return loaded

    def _add(self, table: str, records: Sequence[Any]) -> int:
        """Add what is not there yet, a part at a time: a statement must end before the time of statements does."""
        parts = [records[begin : begin + _ROWS_AT_ONCE] for begin in range(0, len(records), _ROWS_AT_ONCE)]
        return sum(self._add_part(table, part) for part in parts)

    def _add_part(self, table: str, records: Sequence[Any]) -> int:
        def work(connection: Connection) -> int:
            return _SQL.execute(connection, f"add_{table}", **_to_columns(records))

        return self._database.transaction(work)

    def _add_purchases(self, chunk: Sequence[Purchase]) -> int:
        known = set(_SQL.values(self._database, "find_purchases", ids=[each.id for each in chunk]))
        new = [each for each in chunk if each.id not in known]
        self._append(new)
        return self._add("purchases", new)

    def _append(self, purchases: Sequence[Purchase]) -> None:
        # Without dedup ids: the log would remember each for a day, and the table has remembered them already.
        entries = [replace(to_entry(_to_event(each)), dedup_id="") for each in purchases]
        for begin in range(0, len(entries), _APPENDED_AT_ONCE):
            self._append_when_there_is_room(entries[begin : begin + _APPENDED_AT_ONCE])

    def _append_when_there_is_room(self, entries: Sequence[NewEntry]) -> None:
        waited_s = 0.0
        while True:
            try:
                return self._log.append(PurchaseMade.TOPIC, entries)
            except Overloaded as exc:
                if waited_s >= self._patience_s:
                    raise
                self._sleep(exc.retry_after_s)
                waited_s += exc.retry_after_s


def _to_event(purchase: Purchase) -> PurchaseMade:
    return PurchaseMade(purchase_id=purchase.id, **{name: getattr(purchase, name) for name in _EVENT_FIELDS})


def _to_columns(records: Iterable[Any]) -> dict[str, list[Any]]:
    """Return the fields of records as columns."""
    listed = list(records)
    return {each.name: [getattr(record, each.name) for record in listed] for each in fields(listed[0])}
