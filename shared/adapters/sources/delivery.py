"""Two ways for an archive's seasons into the tables: as events like all that is collected, or in bulk.

As events a season takes the way of every scraped batch: the log, ingest-batch, the broker. That is right for the files
a person loads one by one, and each batch costs a few milliseconds whatever is in it. An archive of eight thousand
seasons would be thirty thousand events, most of them tiny, and as many news to every reader; so its rows go to
ClickHouse through the insert that ingest-batch uses, some ten thousand at a time, and the leagues that anybody
asks for are told of once. Both may be repeated: the same edition of a file makes the same batches.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from shared.adapters.arrow import record_batches
from shared.adapters.sources import batches
from shared.domain.archives.seasons import Season, SeasonKey
from shared.domain.catalogue.leagues import CATALOGUE
from shared.domain.football.records import Odds, Record
from shared.events.cloudevents import to_record
from shared.events.football import BatchScraped, LeagueUpdated
from shared.ports.clock import Clock
from shared.ports.log import EventLog, NewEntry

if TYPE_CHECKING:
    import pyarrow as pa

BULK_ROWS = 30_000
"""Rows of a kind that are gathered before they are stored: few parts for ClickHouse, some 50 MB for us."""


class Warehouse(Protocol):
    """Where rows are kept."""

    def insert_stream(self, table: str, columns: Sequence[str], encoded: bytes, *, token: str) -> None:
        """Store the rows of an Arrow stream durably; the same token again stores nothing."""


class Delivery(Protocol):
    """A way to the tables."""

    def take(self, season: Season) -> None:
        """Send a season, or gather it."""

    def finish(self) -> Counter[str]:
        """Send what is left; rows by kind."""


@dataclass(slots=True)
class Nowhere:
    """Counts only."""

    n_rows: Counter[str] = field(default_factory=Counter)

    def take(self, season: Season) -> None:
        """Make a season's rows and drop them."""
        self.n_rows.update({kind: table.num_rows for kind, table in batches.tables(season)})

    def finish(self) -> Counter[str]:
        """The counts."""
        return self.n_rows


@dataclass(slots=True)
class AsEvents:
    """Each kind of a season as `BatchScraped` on the log."""

    log: EventLog
    clock: Clock
    n_rows: Counter[str] = field(default_factory=Counter)
    _has_topic: bool = False

    def take(self, season: Season) -> None:
        """Append a season's batches; they are durable afterwards."""
        if not self._has_topic:
            self.log.ensure_topic(BatchScraped.TOPIC, partitions=BatchScraped.PARTITIONS)
            self._has_topic = True
        entries = []
        for kind, table in batches.tables(season):
            self.n_rows[kind] += table.num_rows
            entries += [self._entry(season.key, kind, part) for part in record_batches.split_table(table)]
        self.log.append(BatchScraped.TOPIC, entries)

    def finish(self) -> Counter[str]:
        """Nothing waits."""
        return self.n_rows

    def _entry(self, key: SeasonKey, kind: str, part: record_batches.Part) -> NewEntry:
        batch = BatchScraped(
            source=key.source,
            league_id=key.league_id,
            season_id=key.season_id,
            records=kind,
            n_rows=part.n_rows,
            scraped_at=self.clock.now(),
            arrow=part.arrow,
        )
        event = batch.to_event()
        headers, value = to_record(event)
        partition_key = event.extensions["partitionkey"].encode()
        return NewEntry(value=value, key=partition_key, headers=headers, dedup_id=event.id)


@dataclass(slots=True)
class InBulk:
    """Many seasons in one insert of a kind."""

    warehouse: Warehouse
    tell: Callable[[LeagueUpdated], None]
    """Tells the broker."""
    clock: Clock
    bulk_rows: int = BULK_ROWS
    n_rows: Counter[str] = field(default_factory=Counter)
    _waiting: dict[str, list[Record]] = field(default_factory=dict)
    _prices: list[pa.Table] = field(default_factory=list)
    _newest: dict[int, tuple[SeasonKey, int]] = field(default_factory=dict)

    def take(self, season: Season) -> None:
        """Gather a season; kinds of which enough has come are stored."""
        for kind, records in season.records().items():
            waiting = self._waiting.setdefault(kind, [])
            waiting += records
            if len(waiting) >= self.bulk_rows:
                self._store(kind, record_batches.to_table(kind, self._waiting.pop(kind)))
        self._prices += batches.prices(season)
        if sum(table.num_rows for table in self._prices) >= self.bulk_rows:
            self._store_prices()
        known = self._newest.get(season.key.league_id)
        if known is None or known[0].starts_in <= season.key.starts_in:
            self._newest[season.key.league_id] = season.key, len(season.matches)

    def finish(self) -> Counter[str]:
        """Store the rest and tell of the leagues of the catalogue, each by its newest season."""
        for kind, records in self._waiting.items():
            self._store(kind, record_batches.to_table(kind, records))
        self._waiting.clear()
        self._store_prices()
        for league in CATALOGUE:
            if known := self._newest.get(league.id):
                self.tell(self._news(*known))
        return self.n_rows

    def _store_prices(self) -> None:
        import pyarrow as pa

        if self._prices:
            self._store(Odds.TABLE, pa.concat_tables(self._prices))
            self._prices.clear()

    def _store(self, kind: str, table: pa.Table) -> None:
        encoded = record_batches.encode(table)
        token = hashlib.sha256(encoded).hexdigest()
        self.warehouse.insert_stream(kind, table.column_names, encoded, token=f"{kind}-{token}")
        self.n_rows[kind] += table.num_rows

    def _news(self, key: SeasonKey, n_matches: int) -> LeagueUpdated:
        return LeagueUpdated(
            league_id=key.league_id,
            season_id=key.season_id,
            records="matches",
            n_rows=n_matches,
            batch_id=f"{key.source}-{key.season_id}-{key.version}",
            updated_at=self.clock.now(),
        )
