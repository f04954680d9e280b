"""Store a batch, then say so: the steps in reading order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from functions.ingest_batch import core
from shared.events.envelope import Event
from shared.events.football import BatchScraped, LeagueUpdated
from shared.ports.clock import Clock
from shared.ports.events import EventSink
from shared.ports.probes import Probe

if TYPE_CHECKING:
    import pyarrow as pa


class Warehouse(Protocol):
    """Where rows are kept."""

    def insert_stream(self, table: str, columns: Sequence[str], encoded: bytes, *, token: str) -> None:
        """Store the rows of an Arrow stream durably; the same token again stores nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """What the function stands on."""

    decode: Callable[[str, bytes], pa.Table]
    """Kind of record and encoded batch to its fully checked table, or `InvalidInput`."""
    warehouse: Warehouse
    sink: EventSink
    clock: Clock
    probes: Mapping[str, Probe] = field(default_factory=dict)


def ingest(event: Event, deps: Deps) -> None:
    """Store the batch an event carries and tell the broker that its league has news.

    The order matters: whoever hears the news can read it. A second delivery stores nothing, by the token, and sends
    the same event again, as the first may have ended between the two.

    Raises
    ------
    InvalidInput : the batch can never be stored; retrying it would block what stands behind it.
    Unavailable : ClickHouse or the broker is silent; nothing is lost by trying again.
    """
    batch = BatchScraped.from_event(event)
    table = deps.decode(batch.records, batch.arrow)
    core.check(batch, table)
    if not batch.n_rows:
        return
    # The event's own bytes go on: they were checked above, and encoding them anew would cost more than the checks.
    deps.warehouse.insert_stream(batch.records, table.column_names, batch.arrow, token=event.id)
    news = LeagueUpdated(
        league_id=batch.league_id,
        season_id=batch.season_id,
        records=batch.records,
        n_rows=batch.n_rows,
        batch_id=event.id,
        updated_at=deps.clock.now(),
    )
    deps.sink.send(news.to_event())
