"""Publish records to the event log: in batches that fit into one event each, durably."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from functions.scrape_league.collect import parsing
from functions.scrape_league.collect.ports import BatchLog, EncodedBatch, Encoder
from functions.scrape_league.source.endpoints import SOURCE
from shared.domain.football.records import Record
from shared.events.cloudevents import to_record
from shared.events.football import BatchScraped
from shared.ports.log import EventLog, NewEntry

Records = Mapping[tuple[int, str], Sequence[Record]]
"""By season and kind."""


def publish(
    records: Records, league_id: int, log: BatchLog, encode: Encoder, now: datetime, *, rebuild: str = ""
) -> int:
    """Publish records durably; return the number of rows. `rebuild` is the id of a rebuild, if it is one."""
    entries, n_rows = [], 0
    for (season_id, kind), of_kind in sorted(records.items()):
        for batch in encode(kind, parsing.distinct(kind, of_kind)):
            n_rows += batch.n_rows
            event = BatchScraped(
                source=SOURCE,
                league_id=league_id,
                season_id=season_id,
                records=kind,
                n_rows=batch.n_rows,
                scraped_at=now,
                arrow=batch.arrow,
                rebuild=rebuild,
            )
            entries.append(_entry(event))
    if entries:
        log.append(BatchScraped.TOPIC, entries)
    return n_rows


def encode_records(kind: str, records: Sequence[Record]) -> Sequence[EncodedBatch]:
    """Encode records of one kind as Arrow batches, each small enough for one event."""
    from shared.adapters.arrow import record_batches

    return record_batches.split_table(record_batches.to_table(kind, records), BatchScraped.MAX_BYTES)


class TopicCreatingLog:
    """An event log that creates a topic before its first append."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._topics: set[str] = set()

    def append(self, topic: str, entries: Sequence[NewEntry]) -> None:
        """Append durably; creating a topic twice does no harm."""
        if topic not in self._topics:
            self._log.ensure_topic(topic, partitions=BatchScraped.PARTITIONS)
            self._topics.add(topic)
        self._log.append(topic, entries)


def _entry(batch: BatchScraped) -> NewEntry:
    event = batch.to_event()
    headers, value = to_record(event)
    return NewEntry(value=value, key=event.extensions["partitionkey"].encode(), headers=headers, dedup_id=event.id)
