"""Choice of adapters: for the HTTP function, for a worker, and for a rebuild."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from functions.scrape_league import ports
from functions.scrape_league.completeness.store import PostgresCompletenessStore
from functions.scrape_league.jobs.celery_dispatcher import CeleryDispatcher
from functions.scrape_league.jobs.store import PostgresJobs
from functions.scrape_league.quarantine.store import PostgresQuarantine
from functions.scrape_league.source.circuit_store import PostgresSourceGuard
from functions.scrape_league.source.endpoints import SOURCE
from shared import lazy
from shared.adapters.postgres.database import Postgres
from shared.adapters.valkey import limits
from shared.clock import SystemClock
from shared.security.tokens import Tokens
from shared.settings.accounts import LimitSettings, TokenSettings
from shared.settings.collection import CollectionSettings, SourceSettings
from shared.settings.edge import EdgeSettings
from shared.settings.eventing import EventLogSettings
from shared.settings.stores import ObjectStoreSettings, PostgresSettings

if TYPE_CHECKING:
    from functions.scrape_league import rebuild
    from functions.scrape_league.collect import ports as collect_ports
else:
    # Only workers need them; a cold start of the function goes without.
    collect_ports = lazy.Module("functions.scrape_league.collect.ports", warm=False)
    rebuild = lazy.Module("functions.scrape_league.rebuild", warm=False)

NEED = ("DATABASE_URL", "TASKS_URL", "TOKEN_KEYS")
REBUILD_NEED = ("DATABASE_URL", "EVENT_LOG_URL", "OBJECT_STORE_URL")
WORKER_NEED = ("DATABASE_URL", "TASKS_URL", "EVENT_LOG_URL", "SOURCE_URL", "OBJECT_STORE_URL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Settings of the HTTP function."""

    edge: EdgeSettings
    postgres: PostgresSettings
    tokens: TokenSettings
    limits: LimitSettings
    collection: CollectionSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """Settings of a worker."""

    postgres: PostgresSettings
    objects: ObjectStoreSettings
    event_log: EventLogSettings
    collection: CollectionSettings
    source: SourceSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildSettings:
    """Settings of a rebuild."""

    postgres: PostgresSettings
    objects: ObjectStoreSettings
    event_log: EventLogSettings


def build(settings: Settings) -> ports.Deps:
    """Return the dependencies of the HTTP function; nothing connects yet."""
    database, clock = Postgres(settings.postgres.url), SystemClock()
    return ports.Deps(
        jobs=PostgresJobs(database),
        source=PostgresSourceGuard(database, SOURCE),
        completeness=PostgresCompletenessStore(database),
        quarantine=PostgresQuarantine(database),
        dispatcher=CeleryDispatcher(settings.collection.tasks_url),
        tokens=Tokens(settings.tokens.keys, clock, limits.revocations(settings.limits)),
        clock=clock,
        # The function is ready without the broker: an unreachable broker only delays jobs.
        probes={"postgres": database.probe},
        leagues=settings.collection.leagues,
        rate_per_s=settings.collection.rate_per_s,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """The adapters of a worker process."""

    deps: collect_ports.Deps
    expire: Callable[[Callable[[], bool]], int]
    """Deletes old raw responses as long as its argument returns True; returns the number of objects."""
    close: Callable[[], None]


def build_worker(settings: WorkerSettings, runtime: collect_ports.Runtime) -> Worker:
    """Return the adapters of a worker; browser, database and log are opened by the first unit of work."""
    from functions.scrape_league.collect.publish import TopicCreatingLog, encode_records
    from functions.scrape_league.jobs.queue import PostgresQueue
    from functions.scrape_league.raw import expiry
    from functions.scrape_league.raw.archive import Archive
    from functions.scrape_league.raw.expiry_store import PostgresExpiryStore
    from functions.scrape_league.raw.index import PostgresIndex
    from shared.adapters import event_log, objects
    from shared.adapters.browser import executable
    from shared.adapters.browser.pages import BrowserPages

    database, clock = Postgres(settings.postgres.url), SystemClock()
    log, store = event_log.connect(settings.event_log.url), objects.build_objects(settings.objects)
    keep_days = settings.source.raw_keep_days
    pages = BrowserPages(
        settings.source.url,
        executable=lambda: executable.find_executable(settings.source.browser_path),
        n_pages=settings.source.browser_pages,
        sandbox=settings.source.browser_sandbox,
    )

    def close() -> None:
        pages.close()
        log.close()
        database.close()

    def expire(should_continue: Callable[[], bool]) -> int:
        expired = PostgresExpiryStore(database)
        return expiry.expire_responses(keep_days, expired, store, clock, should_continue=should_continue)

    deps = collect_ports.Deps(
        queue=PostgresQueue(database),
        quarantine=PostgresQuarantine(database),
        guard=PostgresSourceGuard(database, SOURCE),
        pages=pages,
        archive=Archive(store, PostgresIndex(database), clock),
        log=TopicCreatingLog(log),
        encode=encode_records,
        clock=clock,
        runtime=runtime,
        rate_per_s=settings.collection.rate_per_s,
    )
    return Worker(deps=deps, expire=expire, close=close)


def build_rebuild(settings: RebuildSettings) -> tuple[rebuild.Deps, Callable[[], None]]:
    """Return the dependencies of a rebuild, and a function that closes them."""
    from functions.scrape_league.collect.publish import TopicCreatingLog, encode_records
    from functions.scrape_league.raw.archive import Archive
    from functions.scrape_league.raw.expiry_store import PostgresExpiryStore
    from functions.scrape_league.raw.index import PostgresIndex
    from shared.adapters import event_log, objects

    database, clock, log = Postgres(settings.postgres.url), SystemClock(), event_log.connect(settings.event_log.url)
    index = PostgresIndex(database)
    deps = rebuild.Deps(
        groups=index,
        expiry=PostgresExpiryStore(database),
        quarantine=PostgresQuarantine(database),
        archive=Archive(objects.build_objects(settings.objects), index, clock),
        log=TopicCreatingLog(log),
        encode=encode_records,
        clock=clock,
    )

    def close() -> None:
        log.close()
        database.close()

    return deps, close
