"""Takes the events of purchases from the outbox to the log: at least once, and a purchase's events in their order.

Not by way of the broker: a purchase is volume, and who reads it reads the log. An event waits in the transaction of
what it tells of until the log has it durably; a kill at any moment loses none, and one may be appended twice, under the
same id, which the log itself drops where it still remembers it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from shared.adapters.postgres.statements import Statements
from shared.events import cloudevents, tracing
from shared.events.shop import MADE_VERSION, PARTITIONS, PurchaseCancelled, PurchaseEvent, PurchaseMade
from shared.ports.log import NewEntry

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection, Postgres
    from shared.ports.log import EventLog

_SQL = Statements(Path(__file__).with_name("outbox.sql"))
_PURCHASE_FIELDS = tuple(each.name for each in fields(PurchaseMade))
_LOCK = 7_266_102_060
"""The key of our advisory lock: one relay at a time, or two would overtake each other."""
BATCH = 1_000
"""Events in one append: small enough that a failure repeats little, large enough that a full outbox drains fast."""


@dataclass(frozen=True, slots=True)
class _Row:
    position: int
    version: int
    traceparent: str
    purchase_id: str
    customer_id: str
    seller_id: str
    product_id: str
    product_name: str
    category: str
    quantity: int
    unit_price: int
    discount: int
    total: int
    currency: str
    purchased_at: datetime
    cancelled_at: datetime | None

    def entry(self) -> NewEntry:
        return to_entry(self._payload(), self.traceparent)

    def _payload(self) -> PurchaseEvent:
        purchase = {name: getattr(self, name) for name in _PURCHASE_FIELDS}
        if self.version == MADE_VERSION:
            return PurchaseMade(**purchase)
        assert self.cancelled_at is not None
        return PurchaseCancelled(**purchase, cancelled_at=self.cancelled_at)


class PurchaseRelay:
    """Shared by all threads; one relay at a time in the whole system, by the lock of the outbox."""

    def __init__(self, database: Postgres, log: EventLog) -> None:
        self._database = database
        self._log = log
        self._has_topic = False

    def publish_pending(self) -> int:
        """Append all pending events; how many. `Unavailable` when the log does not take them: they stay."""
        n_events = 0
        while n_appended := self._database.transaction(self._publish_batch):
            n_events += n_appended
        return n_events

    def _publish_batch(self, connection: Connection) -> int:
        if not _SQL.value(connection, "try_lock", lock=_LOCK):
            return 0
        waiting = _SQL.rows(connection, _Row, "list_pending", at_most=BATCH)
        if waiting:
            self._append([row.entry() for row in waiting])
            _SQL.execute(connection, "delete_appended", positions=[row.position for row in waiting])
        return len(waiting)

    def _append(self, entries: Sequence[NewEntry]) -> None:
        if not self._has_topic:
            self._log.ensure_topic(PurchaseMade.TOPIC, partitions=PARTITIONS)
            self._has_topic = True
        self._log.append(PurchaseCancelled.TOPIC, entries)


def to_entry(payload: PurchaseEvent, traceparent: str = "") -> NewEntry:
    """Return the entry of the log for a purchase's event."""
    event = payload.to_event()
    if traceparent:
        event = replace(event, extensions={**event.extensions, tracing.HEADER: traceparent})
    headers, value = cloudevents.to_record(event)
    return NewEntry(value=value, key=payload.purchase_id.encode(), headers=headers, dedup_id=event.id)
