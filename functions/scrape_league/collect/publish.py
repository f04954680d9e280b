"""Records to the log: in batches small enough for one event each, durably."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from functions.scrape_league.collect import parsing
from functions.scrape_league.collect.ports import Encoder, Log
from functions.scrape_league.source.endpoints import SOURCE
from shared.domain.football.records import Record
from shared.events.cloudevents import to_record
from shared.events.football import BatchScraped
from shared.ports.log import NewEntry

Records = Mapping[tuple[int, str], Sequence[Record]]
"""By season and kind."""


def append(records: Records, league_id: int, log: Log, encode: Encoder, now: datetime, *, rebuild: str = "") -> int:
    """Return once all is durable; how many rows. `rebuild` names the run that makes them anew."""
    entries, n_rows = [], 0
    for (season_id, kind), found in sorted(records.items()):
        for part in encode(kind, parsing.distinct(kind, found)):
            n_rows += part.n_rows
            batch = BatchScraped(
                source=SOURCE,
                league_id=league_id,
                season_id=season_id,
                records=kind,
                n_rows=part.n_rows,
                scraped_at=now,
                arrow=part.arrow,
                rebuild=rebuild,
            )
            entries.append(_entry(batch))
    if entries:
        log.append(BatchScraped.TOPIC, entries)
    return n_rows


def _entry(batch: BatchScraped) -> NewEntry:
    event = batch.to_event()
    headers, value = to_record(event)
    return NewEntry(value=value, key=event.extensions["partitionkey"].encode(), headers=headers, dedup_id=event.id)
