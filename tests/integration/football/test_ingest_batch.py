"""Batches reach real tables once: in any order, from many threads, and while ClickHouse is killed."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections.abc import Iterator, Sequence

import pytest

from functions.ingest_batch.service import Deps, ingest
from shared.adapters.arrow import record_batches
from shared.adapters.clickhouse.client import ClickHouse
from shared.domain.football.records import Match
from shared.errors import Unavailable
from shared.events.envelope import Event
from shared.events.football import LeagueUpdated
from shared.testing.batches import batch, match
from shared.testing.clock import HandClock
from shared.testing.memory_sink import MemorySink
from tests.support.engines.olap import Olap, migrated, new_olap


@pytest.fixture
def own_olap() -> Iterator[Olap]:
    """A ClickHouse process of this test alone, which the test kills."""
    process = new_olap()
    process.start()
    yield process
    process.remove()


def deps_on(url: str) -> Deps:
    """The function over a real ClickHouse and a broker in memory."""
    return Deps(decode=record_batches.decode, warehouse=ClickHouse(url), sink=MemorySink(), clock=HandClock())


@pytest.fixture
def deps(own_olap: Olap) -> Deps:
    """The function over a fresh database."""
    return deps_on(migrated(own_olap))


def warehouse(deps: Deps) -> ClickHouse:
    assert isinstance(deps.warehouse, ClickHouse)
    return deps.warehouse


def announced(deps: Deps) -> list[str]:
    """Return the ids of the announced batches, in order."""
    assert isinstance(deps.sink, MemorySink)
    return [LeagueUpdated.from_event(event).batch_id for event in deps.sink.events]


def current(deps: Deps) -> list[Match]:
    rows = warehouse(deps).query_arrow("SELECT * EXCEPT fetched_at FROM current_matches ORDER BY match_id")
    return [
        row
        for row in record_batches.to_records("matches", rows.cast(record_batches.schema("matches")))
        if isinstance(row, Match)
    ]


def stored_rows(deps: Deps) -> int:
    """Count the rows of the table itself, shown by the view or not."""
    return int(warehouse(deps).command("SELECT count() FROM matches"))


def deliver_until_accepted(event: Event, deps: Deps) -> None:
    """Deliver as a KafkaSource does: retry while the answer is 503."""
    deadline_s = time.monotonic() + 60
    while True:
        try:
            return ingest(event, deps)
        except Unavailable:
            if time.monotonic() > deadline_s:
                raise
            time.sleep(0.05)


def deliver_in_threads(events: Sequence[Event], deps: Deps, n_threads: int) -> list[threading.Thread]:
    """Start threads that each deliver a share of the events."""

    def work(share: Sequence[Event]) -> None:
        for event in share:
            deliver_until_accepted(event, deps)
        warehouse(deps).close()

    threads = [threading.Thread(target=work, args=(events[start::n_threads],)) for start in range(n_threads)]
    for thread in threads:
        thread.start()
    return threads


def test_a_batch_can_be_read_once_it_is_announced(deps: Deps) -> None:
    event = batch([match(1), match(2, home_goals=None)])
    ingest(event, deps)
    assert announced(deps) == [event.id]
    assert current(deps) == [match(1), match(2, home_goals=None)]


def test_a_second_delivery_inserts_nothing(deps: Deps) -> None:
    event = batch([match(number) for number in range(1, 501)])
    for _ in range(3):
        ingest(event, deps)
    assert stored_rows(deps) == 500
    assert announced(deps) == [event.id] * 3


def test_an_older_version_after_a_newer_leaves_the_newer(deps: Deps) -> None:
    ingest(batch([match(1, version=2, home_goals=3), match(2, version=2)]), deps)
    ingest(batch([match(1, version=1, home_goals=0), match(3, version=1)]), deps)
    assert current(deps) == [match(1, version=2, home_goals=3), match(2, version=2), match(3, version=1)]


def test_eight_threads_with_repeated_and_shuffled_batches_end_in_exact_counts(deps: Deps) -> None:
    batches = [batch([match(n * 100 + i, version=v) for i in range(1, 51)]) for n in range(20) for v in (1, 2)]
    deliveries = batches * 3
    random.Random(4).shuffle(deliveries)
    for thread in deliver_in_threads(deliveries, deps, 8):
        thread.join()
    assert current(deps) == [match(n * 100 + i, version=2) for n in range(20) for i in range(1, 51)]
    assert stored_rows(deps) <= 40 * 50
    assert sorted(announced(deps)) == sorted(event.id for event in deliveries)


def test_killing_clickhouse_during_inserts_loses_and_doubles_nothing(own_olap: Olap, deps: Deps) -> None:
    batches = [batch([match(n * 1000 + i) for i in range(1, 401)]) for n in range(120)]
    threads = deliver_in_threads(batches, deps, 4)
    for reached in (15, 40, 70):
        while len(announced(deps)) < reached:
            threads[0].join(0.005)
        own_olap.stop(signal.SIGKILL)
        own_olap.start()
    for thread in threads:
        thread.join()
    for event in batches[::5]:  # their acknowledgements were lost, so they are delivered again
        ingest(event, deps)
    (sums,) = warehouse(deps).query(
        "SELECT count() AS n, uniqExact(match_id) AS u, sum(home_goals) AS g FROM current_matches"
    )
    assert sums == {"n": 48_000, "u": 48_000, "g": 96_000}
    assert set(announced(deps)) == {event.id for event in batches}
