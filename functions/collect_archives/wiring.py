"""Chooses the adapters that collect-archives runs on."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from functions.collect_archives.ports import Deps, Run
from functions.collect_archives.store import PostgresArchiveFiles
from shared.adapters.postgres.database import Postgres
from shared.adapters.postgres.source_guard import PostgresSourceGuard
from shared.adapters.valkey import limits
from shared.clock import SystemClock
from shared.domain.catalogue import competitions
from shared.domain.catalogue.competitions import Competition
from shared.domain.catalogue.leagues import NINE, by_slug
from shared.security.tokens import Tokens
from shared.settings.accounts import LimitSettings, TokenSettings
from shared.settings.archives import ArchiveSettings
from shared.settings.collection import CollectionSettings
from shared.settings.edge import EdgeSettings
from shared.settings.eventing import EventLogSettings
from shared.settings.stores import ClickHouseSettings, ObjectStoreSettings, PostgresSettings

if TYPE_CHECKING:
    from shared.adapters.sources.delivery import Delivery
    from shared.adapters.sources.downloads import Reader

NEED = ("DATABASE_URL", "CLICKHOUSE_URL", "EVENT_LOG_URL", "OBJECT_STORE_URL", "TOKEN_KEYS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Groups of settings that the function reads from the environment."""

    edge: EdgeSettings
    postgres: PostgresSettings
    clickhouse: ClickHouseSettings
    event_log: EventLogSettings
    objects: ObjectStoreSettings
    tokens: TokenSettings
    limits: LimitSettings
    collection: CollectionSettings
    archives: ArchiveSettings


def build(settings: Settings) -> Deps:
    """Wire the function; nothing connects yet."""
    database, clock = Postgres(settings.postgres.url), SystemClock()
    slugs = settings.collection.leagues or tuple(league.slug for league in NINE)
    return Deps(
        files=PostgresArchiveFiles(database),
        bases=settings.archives.bases,
        leagues=tuple(_competition(slug) for slug in slugs),
        n_seasons=settings.archives.n_seasons,
        reader=_readers(settings, database),
        delivery=_deliveries(settings),
        read_some=_read_some,
        guard=lambda source: PostgresSourceGuard(database, source),
        tokens=Tokens(settings.tokens.keys, clock, limits.revocations(settings.limits)),
        clock=clock,
        monotonic_s=time.monotonic,
        owner=uuid4().hex,
        probes={"postgres": database.probe},
    )


def _read_some(source: str, run: Run, deadline_s: float, deps: Deps) -> bool:
    from functions.collect_archives import reading

    return reading.read_some(source, run, deadline_s, deps)


def _competition(slug: str) -> Competition:
    known = competitions.by_league_id(by_slug(slug).id)
    assert known is not None, slug
    return known


def _readers(settings: Settings, database: Postgres) -> Callable[[str], Reader]:
    """Return what opens a reader of a source: one request at a time at its pace, under its circuit."""

    def open_reader(source: str) -> Reader:
        import httpx

        from shared.adapters import objects
        from shared.adapters.sources import downloads, source_files
        from shared.adapters.sources.pace import GuardedPace

        store, clock = objects.build_objects(settings.objects), SystemClock()
        rate = settings.archives.requests_per_s
        pace = GuardedPace(PostgresSourceGuard(database, source), span_s=1 / rate if rate else 0.0)
        return downloads.Reader(
            client=lambda: httpx.Client(timeout=downloads.TIMEOUT_S, follow_redirects=True),
            clock=clock,
            editions=source_files.PostgresEditions(database, source),
            keep=source_files.keeper(store, source, clock),
            kept=source_files.giver(store),
            turn=pace.acquire,
            record=pace.record,
            waits_s=(),
            jitter_s=downloads.BETWEEN_S / 2 if rate else 0.0,
        )

    return open_reader


def _deliveries(settings: Settings) -> Callable[[], Delivery]:
    def open_delivery() -> Delivery:
        from shared.adapters import event_log
        from shared.adapters.clickhouse.client import ClickHouse
        from shared.adapters.sources.delivery import AsEvents
        from shared.adapters.sources.stored_matches import ClickHouseMatches

        log = event_log.connect(settings.event_log.url)
        return AsEvents(log, SystemClock(), ClickHouseMatches(ClickHouse(settings.clickhouse.url)))

    return open_delivery
