"""Which adapters scrape-league runs on: the edge of callers, and the worker's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from functions.scrape_league import ports
from functions.scrape_league.completeness.store import PostgresCompletenessStore
from functions.scrape_league.jobs import dispatch, model
from functions.scrape_league.jobs.celery_dispatcher import CeleryDispatcher
from functions.scrape_league.jobs.store import PostgresQueue
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
    from functions.scrape_league.collect import ports as worker
    from shared.domain.football.records import Record
    from shared.ports.log import EventLog, NewEntry
else:
    # What only workers need: callers' cold start does without it.
    worker = lazy.Module("functions.scrape_league.collect.ports", warm=False)
    rebuild = lazy.Module("functions.scrape_league.rebuild", warm=False)

NEED = ("DATABASE_URL", "TASKS_URL", "TOKEN_KEYS")
REBUILD_NEED = ("DATABASE_URL", "EVENT_LOG_URL", "OBJECT_STORE_URL")
WORKER_NEED = ("DATABASE_URL", "TASKS_URL", "EVENT_LOG_URL", "SOURCE_URL", "OBJECT_STORE_URL")

PARTITIONS = 4
"""Of the log topic where it does not exist yet; batches are spread by league and season."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the function reads from the environment."""

    edge: EdgeSettings
    postgres: PostgresSettings
    tokens: TokenSettings
    limits: LimitSettings
    collection: CollectionSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """What a worker reads from the environment."""

    postgres: PostgresSettings
    objects: ObjectStoreSettings
    event_log: EventLogSettings
    collection: CollectionSettings
    source: SourceSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildSettings:
    """What a rebuild reads from the environment."""

    postgres: PostgresSettings
    objects: ObjectStoreSettings
    event_log: EventLogSettings


def build(settings: Settings) -> ports.Deps:
    """Wire the edge of callers and of the clock; nothing connects yet."""
    database, clock = Postgres(settings.postgres.url), SystemClock()
    return ports.Deps(
        jobs=PostgresQueue(database),
        source=PostgresSourceGuard(database, SOURCE),
        completeness=PostgresCompletenessStore(database),
        quarantine=PostgresQuarantine(database),
        dispatcher=CeleryDispatcher(settings.collection.tasks_url),
        tokens=Tokens(settings.tokens.keys, clock, limits.revocations(settings.limits)),
        clock=clock,
        # A silent broker only delays jobs, so the function is ready without it.
        probes={"postgres": database.probe},
        leagues=settings.collection.leagues,
        rate_per_s=settings.collection.rate_per_s,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """What a worker process holds, and how it is let go."""

    deps: worker.Deps
    dispatcher: model.Dispatcher
    queue: PostgresQueue
    expire: Callable[[Callable[[], bool]], int]
    """Deletes raw answers that were kept long enough, while it may go on; how many objects."""
    close: Callable[[], None]


def build_worker(
    settings: WorkerSettings,
    *,
    pause: Callable[[float], bool],
    leased: Callable[[str, bool], None],
    dispatcher: model.Dispatcher,
) -> Worker:
    """Wire a worker process; browser, database and log open with the first unit of work."""
    from functions.scrape_league.raw import expiry
    from functions.scrape_league.raw.archive import Archive
    from functions.scrape_league.raw.expiry_store import PostgresExpiryStore
    from functions.scrape_league.raw.index import PostgresIndex
    from shared.adapters import event_log, objects
    from shared.adapters.browser.pages import BrowserPages

    database, clock = Postgres(settings.postgres.url), SystemClock()
    queue, guard = PostgresQueue(database), PostgresSourceGuard(database, SOURCE)
    log, store = event_log.connect(settings.event_log.url), objects.objects(settings.objects)
    pages = BrowserPages(
        settings.source.url,
        executable=lambda: find_browser(settings.source.browser_path),
        n_pages=settings.source.browser_pages,
        sandbox=settings.source.browser_sandbox,
    )

    def close() -> None:
        pages.close()
        log.close()
        database.close()

    def call(job_id: str, kind: str, n: int) -> None:
        if n > 0:
            dispatch.dispatch(job_id, kind, n, dispatcher)

    deps = worker.Deps(
        queue=queue,
        guard=guard,
        pages=pages,
        archive=Archive(store, PostgresIndex(database), clock),
        log=TopicCreatingLog(log),
        encode=encode,
        clock=clock,
        rate_per_s=settings.collection.rate_per_s,
        pause=pause,
        leased=leased,
        call=call,
    )

    def expire(should_continue: Callable[[], bool]) -> int:
        return expiry.expire_responses(
            settings.source.raw_keep_days, PostgresExpiryStore(database), store, clock, should_continue=should_continue
        )

    return Worker(deps=deps, dispatcher=dispatcher, queue=queue, expire=expire, close=close)


def build_rebuild(settings: RebuildSettings) -> tuple[rebuild.Deps, Callable[[], None]]:
    """Wire what makes tables again from raw answers, and how it is let go."""
    from functions.scrape_league.raw.archive import Archive
    from functions.scrape_league.raw.expiry_store import PostgresExpiryStore
    from functions.scrape_league.raw.index import PostgresIndex
    from shared.adapters import event_log, objects

    database, clock, log = Postgres(settings.postgres.url), SystemClock(), event_log.connect(settings.event_log.url)
    index = PostgresIndex(database)
    deps = rebuild.Deps(
        readings=index,
        expiry=PostgresExpiryStore(database),
        waivers=PostgresQuarantine(database),
        archive=Archive(objects.objects(settings.objects), index, clock),
        log=TopicCreatingLog(log),
        encode=encode,
        clock=clock,
    )

    def close() -> None:
        log.close()
        database.close()

    return deps, close


def encode(kind: str, records: Sequence[Record]) -> Sequence[worker.Part]:
    """Records as Arrow batches, each small enough for one event."""
    from shared.adapters.arrow import record_batches as arrow
    from shared.events.football import BatchScraped

    return arrow.split_table(arrow.to_table(kind, records), BatchScraped.MAX_BYTES)


def find_browser(setting: str) -> str:
    """The browser's path, found when it is needed."""
    from shared.adapters.browser import executable as browser_path

    return browser_path.find(setting)


class TopicCreatingLog:
    """The log, whose topic is made before the first append."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._topics: set[str] = set()

    def append(self, topic: str, entries: Sequence[NewEntry]) -> None:
        """Append durably; making a topic twice does no harm."""
        if topic not in self._topics:
            self._log.ensure_topic(topic, partitions=PARTITIONS)
            self._topics.add(topic)
        self._log.append(topic, entries)
