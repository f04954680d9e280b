"""The football events: one dataclass per type, each with a golden sample beside it (`samples/`)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from shared.errors import InvalidInput
from shared.events.envelope import Event, make_content_id

ARROW_STREAM = "application/vnd.apache.arrow.stream"


def _number(event: Event, name: str) -> int:
    try:
        return int(event.extensions[name])
    except (KeyError, ValueError) as exc:
        raise InvalidInput(f"event {event.id}: extension {name!r} is not a number") from exc


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchScraped:
    """Records of one kind, read from a source, in one Arrow IPC stream (zstd). Travels on the log topic."""

    TYPE: ClassVar[str] = "io.touchline.football.batch.scraped.v1"
    TOPIC: ClassVar[str] = "touchline.football.scraped"
    MAX_BYTES: ClassVar[int] = 900_000
    PARTITIONS: ClassVar[int] = 4
    """Partitions of the topic where its first writer creates it; batches are spread by league and season."""
    source: str
    """Name of the football source, such as ``sofascore``."""
    league_id: int
    season_id: int
    records: str
    """Kind of record: a key of `shared.domain.football.records.KINDS`."""
    n_rows: int
    scraped_at: datetime
    arrow: bytes
    rebuild: str = ""
    """The run that made them anew from raw answers; empty for what was just read."""

    def to_event(self) -> Event:
        """Return the event; its id comes from the payload, so the same records are the same event.

        A rebuild's differ from those: what is stored may have been lost while tokens of it are still remembered.
        """
        content = (self.source, str(self.league_id), str(self.season_id), self.records, self.arrow)
        rebuild = {"rebuild": self.rebuild} if self.rebuild else {}
        return Event(
            id=make_content_id(*content, *rebuild.values()),
            source=f"/touchline/sources/{self.source}",
            type=self.TYPE,
            time=self.scraped_at,
            subject=f"leagues/{self.league_id}/seasons/{self.season_id}",
            content_type=ARROW_STREAM,
            extensions={
                "league": str(self.league_id),
                "season": str(self.season_id),
                "records": self.records,
                "rows": str(self.n_rows),
                "partitionkey": f"{self.league_id}-{self.season_id}",
                **rebuild,
            },
            data=self.arrow,
        )

    @classmethod
    def from_event(cls, event: Event) -> BatchScraped:
        """Read it back; `InvalidInput` when the event is of another type or lacks an attribute."""
        if event.type != cls.TYPE:
            raise InvalidInput(f"event {event.id}: type {event.type!r} is not {cls.TYPE}")
        if event.content_type != ARROW_STREAM:
            raise InvalidInput(f"event {event.id}: content type {event.content_type!r} is not {ARROW_STREAM}")
        if not event.extensions.get("records"):
            raise InvalidInput(f"event {event.id}: extension 'records' is missing")
        return cls(
            source=event.source.rsplit("/", 1)[-1],
            league_id=_number(event, "league"),
            season_id=_number(event, "season"),
            records=event.extensions["records"],
            n_rows=_number(event, "rows"),
            scraped_at=event.time,
            arrow=event.data,
            rebuild=event.extensions.get("rebuild", ""),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LeagueUpdated:
    """New records of a league's season are stored and can be read. Travels through the broker."""

    TYPE: ClassVar[str] = "io.touchline.football.league.updated.v1"
    league_id: int
    season_id: int
    records: str
    n_rows: int
    batch_id: str
    """The batch that brought them; a second delivery of one batch is the same event."""
    updated_at: datetime

    def to_event(self) -> Event:
        """`records` is an extension too, so that a Trigger can filter by it."""
        payload = {
            "league_id": self.league_id,
            "season_id": self.season_id,
            "records": self.records,
            "n_rows": self.n_rows,
            "batch_id": self.batch_id,
        }
        return Event(
            id=make_content_id(self.TYPE, self.batch_id),
            source="/touchline/ingest-batch",
            type=self.TYPE,
            time=self.updated_at,
            subject=f"leagues/{self.league_id}/seasons/{self.season_id}",
            extensions={
                "league": str(self.league_id),
                "season": str(self.season_id),
                "records": self.records,
                "partitionkey": f"{self.league_id}-{self.season_id}",
            },
            data=json.dumps(payload, separators=(",", ":")).encode(),
        )

    @classmethod
    def from_event(cls, event: Event) -> LeagueUpdated:
        """Read it back; unknown fields are ignored, missing ones raise `InvalidInput`."""
        if event.type != cls.TYPE:
            raise InvalidInput(f"event {event.id}: type {event.type!r} is not {cls.TYPE}")
        try:
            payload = json.loads(event.data)
            return cls(
                league_id=int(payload["league_id"]),
                season_id=int(payload["season_id"]),
                records=str(payload["records"]),
                n_rows=int(payload["n_rows"]),
                batch_id=str(payload["batch_id"]),
                updated_at=event.time,
            )
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as exc:
            raise InvalidInput(f"event {event.id}: payload is not a {cls.__name__}: {exc}") from exc
