"""Store a batch of records, then announce it."""

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
    """The tables of football records."""

    def insert_stream(self, table: str, columns: Sequence[str], encoded: bytes, *, token: str) -> None:
        """Insert the rows of an Arrow stream durably; a second insert with the same token stores nothing.

        Raises
        ------
        Unavailable : ClickHouse does not respond or is overloaded.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """The ports this function needs."""

    decode: Callable[[str, bytes], pa.Table]
    """Decodes a batch of one kind of records and checks its schema; raises `InvalidInput`."""
    warehouse: Warehouse
    sink: EventSink
    clock: Clock
    probes: Mapping[str, Probe] = field(default_factory=dict)


def ingest(event: Event, deps: Deps) -> None:
    """Store the batch of an event, then send `LeagueUpdated` to the broker.

    The order matters: a consumer of `LeagueUpdated` can read the rows. A second delivery stores nothing, because the
    event's id is the insert token, and sends the same event again, because the first delivery may have failed between
    the two steps.

    Raises
    ------
    InvalidInput : the batch can never be stored; a retry would only block the records behind it.
    Unavailable : ClickHouse or the broker does not respond; a retry loses nothing.
    """
    batch = BatchScraped.from_event(event)
    table = deps.decode(batch.records, batch.arrow)
    core.check(batch, table)
    if not batch.n_rows:
        return
    # Insert the bytes as they came: they were just checked, and encoding them again costs more than all checks.
    deps.warehouse.insert_stream(batch.records, table.column_names, batch.arrow, token=event.id)
    updated = LeagueUpdated(
        league_id=batch.league_id,
        season_id=batch.season_id,
        records=batch.records,
        n_rows=batch.n_rows,
        batch_id=event.id,
        updated_at=deps.clock.now(),
    )
    deps.sink.send(updated.to_event())
