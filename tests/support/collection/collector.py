"""A collector inside the test process: worker, log and site in memory over a real Postgres, without waits."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from functions.scrape_league import ports
from functions.scrape_league.collect import worker_loop
from functions.scrape_league.collect.ports import Deps
from functions.scrape_league.collect.publish import TopicCreatingLog, encode_records
from functions.scrape_league.completeness.store import PostgresCompletenessStore
from functions.scrape_league.jobs import model
from functions.scrape_league.jobs.model import JobRequest
from functions.scrape_league.jobs.queue import PostgresQueue
from functions.scrape_league.quarantine.store import PostgresQuarantine
from functions.scrape_league.raw.archive import Archive
from functions.scrape_league.raw.index import PostgresIndex
from functions.scrape_league.source import endpoints
from functions.scrape_league.source.circuit_store import PostgresSourceGuard
from shared.adapters.arrow import record_batches
from shared.adapters.memory.event_log import MemoryLog
from shared.adapters.postgres.database import Postgres
from shared.domain.football.records import KINDS, Record
from shared.events.cloudevents import from_record
from shared.events.football import BatchScraped
from shared.ports.log import EventLog
from shared.security.tokens import Tokens
from shared.testing.memory_objects import MemoryObjects
from tests.support.collection.doubles import NOW, MemorySite, RecordedPauses
from tests.support.engines.postgres import run

Tables = dict[tuple[str, tuple[Any, ...]], Record]
"""Rows by kind and key."""


def end_waits(database: Postgres) -> None:
    """End the waits of units, slots and an open circuit."""
    run(database, "UPDATE scrape_units SET not_before = '-infinity' WHERE state = 'pending'")
    run(database, "UPDATE source_state SET next_at = '-infinity'")
    run(database, "UPDATE source_state SET opened_until = now() WHERE opened_until IS NOT NULL")


class InProcessWorker:
    """A worker in this process. Leases and waits use the clock of the database, so waits are ended there."""

    def __init__(self, database: Postgres, *, site: MemorySite | None = None) -> None:
        self.database, self.queue, self.site, self.log = database, PostgresQueue(database), site or MemorySite(), None
        self.memory, self.objects = MemoryLog(), MemoryObjects()
        self.deps = Deps(
            queue=self.queue,
            quarantine=PostgresQuarantine(database),
            guard=PostgresSourceGuard(database, endpoints.SOURCE),
            pages=self.site,
            archive=Archive(self.objects, PostgresIndex(database), FixedClock()),
            log=TopicCreatingLog(self.memory),
            encode=encode_records,
            clock=FixedClock(),
            runtime=RecordedPauses(),
            rate_per_s=0,
        )

    def finish(self, job_id: str) -> model.Job:
        """Work until the job has ended, without its waits."""
        for _ in range(60):
            worker_loop.work(job_id, "plan", self.deps)
            job = self.queue.get_job(job_id)
            if job.ended_at or job.state == "blocked":
                return job
            end_waits(self.database)
        raise AssertionError("the job does not end")

    def collect(self, *seasons: str, who: str = "u1", refresh: bool = False) -> model.Job:
        """Run a job of the Russian league to its end."""
        wish = JobRequest(leagues=("russia",), seasons=seasons or ("previous",), refresh=refresh)
        return self.finish(self.queue.open_job(wish, who, ""))


class FixedClock:
    """A clock that always tells the same time."""

    def now(self) -> datetime:
        return NOW


def newest_rows(log: EventLog) -> Tables:
    """Return the current rows by kind and key: the highest version, and of equal versions the last."""
    rows: Tables = {}
    log.ensure_topic(BatchScraped.TOPIC, partitions=1)
    for entry in log.replay(BatchScraped.TOPIC):
        batch = BatchScraped.from_event(from_record(entry.headers, entry.value))
        for record in record_batches.to_records(batch.records, record_batches.decode(batch.records, batch.arrow)):
            key = (record.source, *(getattr(record, name) for name in KINDS[batch.records].KEY))
            known = rows.get((batch.records, key))
            if known is None or record.version >= known.version:
                rows[batch.records, key] = record
    return rows


def http_deps(worker: InProcessWorker, *, leagues: tuple[str, ...] = ()) -> ports.Deps:
    """Return the dependencies of the HTTP function on the stores of a worker; it dispatches to nobody."""
    return ports.Deps(
        jobs=worker.queue,
        source=PostgresSourceGuard(worker.database, endpoints.SOURCE),
        completeness=PostgresCompletenessStore(worker.database),
        quarantine=PostgresQuarantine(worker.database),
        dispatcher=lambda *_: None,
        tokens=Tokens((), FixedClock()),
        clock=FixedClock(),
        probes={},
        leagues=leagues,
        rate_per_s=0,
    )
