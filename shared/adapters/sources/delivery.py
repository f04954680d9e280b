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
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from shared.adapters.arrow import record_batches
from shared.adapters.sources import batches
from shared.domain.archives import editions
from shared.domain.archives.editions import Changes
from shared.domain.archives.report import Report
from shared.domain.archives.seasons import Season, SeasonKey
from shared.domain.catalogue.leagues import CATALOGUE
from shared.domain.football.records import Match, Odds, Record
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

    def take(self, season: Season, document: str, report: Report) -> None:
        """Send a season, or gather it."""

    def finish(self) -> Delivered:
        """Send what is left and return when it is stored."""


@dataclass(slots=True)
class Delivered:
    """What became of the seasons that were taken."""

    n_rows: Counter[str] = field(default_factory=Counter)
    """By kind of record."""
    changes: dict[str, Changes] = field(default_factory=dict)
    """By season's name, where an edition was compared with what was stored."""
    not_stored: list[str] = field(default_factory=list)
    """Names of seasons that were sent and are not in the tables: what reads the log is stopped, or has refused them."""


class StoredMatches(Protocol):
    """What is stored of a season, to compare an edition with."""

    def matches(self, source: str, season_id: int) -> list[Match]:
        """The current matches of a source's season, withdrawn ones included."""

    def drop_former_season(self, source: str, season_id: int, label: str) -> None:
        """Delete what is stored of a season under the id it had before, if it is the season of this label."""

    def withdraw_older(self, source: str, season_ids: Collection[int], version: int) -> None:
        """Withdraw the matches of seasons that an edition, stored before, does not have any more."""

    def wait_for(self, source: str, n_matches: dict[int, int], version: int, *, within_s: float) -> list[int]:
        """Return once so many matches of each season are stored in an edition; the seasons that are not in time."""


@dataclass(slots=True)
class Nowhere:
    """Counts only."""

    _delivered: Delivered = field(default_factory=Delivered)

    def take(self, season: Season, document: str, report: Report) -> None:
        """Make a season's rows and drop them."""
        self._delivered.n_rows.update({kind: table.num_rows for kind, table in batches.tables(season)})

    def finish(self) -> Delivered:
        """The counts."""
        return self._delivered


@dataclass(slots=True)
class AsEvents:
    """Each kind of a season as `BatchScraped` on the log."""

    log: EventLog
    clock: Clock
    stored: StoredMatches
    stored_within_s: float = 60.0
    """How long a load waits for what it has sent."""
    _delivered: Delivered = field(default_factory=Delivered)
    _has_topic: bool = False
    _sent: dict[tuple[str, int], list[Match]] = field(default_factory=dict)
    """By source and season what this load has sent, which may not be stored yet."""
    _awaited: dict[tuple[str, int], dict[int, int]] = field(default_factory=dict)
    """By source and edition how many matches of each season are to be stored."""
    _names: dict[int, str] = field(default_factory=dict)

    def take(self, season: Season, document: str, report: Report) -> None:
        """Compare a season with what is stored and append its batches; they are durable afterwards."""
        key = season.key
        known = self._known(key)
        changes = editions.reconcile(season, known, document=document, report=report)
        if changes is None:
            return
        if not self._has_topic:
            self.log.ensure_topic(BatchScraped.TOPIC, partitions=BatchScraped.PARTITIONS)
            self._has_topic = True
        entries = []
        for kind, table in batches.tables(season):
            self._delivered.n_rows[kind] += table.num_rows
            entries += [self._entry(key, kind, part) for part in record_batches.split_table(table)]
        self.log.append(BatchScraped.TOPIC, entries)
        self._note(season, known, changes)

    def finish(self) -> Delivered:
        """Wait until the matches that were sent are stored, and drop seasons stored under a former id."""
        for (source, version), n_matches in self._awaited.items():
            late = self.stored.wait_for(source, n_matches, version, within_s=self.stored_within_s)
            self._delivered.not_stored += [self._names[season_id] for season_id in late]
        return self._delivered

    def _known(self, key: SeasonKey) -> list[Match]:
        if (key.source, key.season_id) in self._sent:
            return self._sent[key.source, key.season_id]
        if key.is_calendar_year:
            self.stored.drop_former_season(key.source, key.former_id, key.label)
        return self.stored.matches(key.source, key.season_id)

    def _note(self, season: Season, known: Sequence[Match], changes: Changes) -> None:
        key, name = season.key, season.seasons[0].name
        now = {match.match_id: match for match in (*known, *season.matches)}
        self._sent[key.source, key.season_id] = list(now.values())
        self._awaited.setdefault((key.source, key.version), {})[key.season_id] = len(season.matches)
        self._names[key.season_id] = name
        self._delivered.changes[name] = changes

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
    stored: StoredMatches
    bulk_rows: int = BULK_ROWS
    _delivered: Delivered = field(default_factory=Delivered)
    _editions: dict[tuple[str, int], set[int]] = field(default_factory=dict)
    """Seasons by source and edition."""
    _waiting: dict[str, list[Record]] = field(default_factory=dict)
    _prices: list[pa.Table] = field(default_factory=list)
    _newest: dict[int, tuple[SeasonKey, int]] = field(default_factory=dict)

    def take(self, season: Season, document: str, report: Report) -> None:
        """Gather a season; kinds of which enough has come are stored."""
        self._editions.setdefault((season.key.source, season.key.version), set()).add(season.key.season_id)
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

    def finish(self) -> Delivered:
        """Store the rest, withdraw what is in it no more, and tell of the leagues of the catalogue."""
        for kind, records in self._waiting.items():
            self._store(kind, record_batches.to_table(kind, records))
        self._waiting.clear()
        self._store_prices()
        for (source, version), season_ids in self._editions.items():
            self.stored.withdraw_older(source, season_ids, version)
        for league in CATALOGUE:
            if known := self._newest.get(league.id):
                self.tell(self._news(*known))
        return self._delivered

    def _store_prices(self) -> None:
        import pyarrow as pa

        if self._prices:
            self._store(Odds.TABLE, pa.concat_tables(self._prices))
            self._prices.clear()

    def _store(self, kind: str, table: pa.Table) -> None:
        encoded = record_batches.encode(table)
        token = hashlib.sha256(encoded).hexdigest()
        self.warehouse.insert_stream(kind, table.column_names, encoded, token=f"{kind}-{token}")
        self._delivered.n_rows[kind] += table.num_rows

    def _news(self, key: SeasonKey, n_matches: int) -> LeagueUpdated:
        return LeagueUpdated(
            league_id=key.league_id,
            season_id=key.season_id,
            records="matches",
            n_rows=n_matches,
            batch_id=f"{key.source}-{key.season_id}-{key.version}",
            updated_at=self.clock.now(),
        )
