"""One suite over the fake and the real outbox, and that no kill loses a fact."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

import pytest

from shared.adapters.postgres.accounts import PostgresUsers
from shared.adapters.postgres.database import Postgres
from shared.adapters.postgres.outbox import BATCH, PostgresOutbox
from shared.adapters.postgres.outbox import add as add_event
from shared.domain.accounts import usernames
from shared.errors import Unavailable
from shared.events import tracing
from shared.events.envelope import Event
from shared.events.users import UserDeleted, UserRegistered
from shared.outbox import OutboxRelay
from shared.ports.events import Outbox
from shared.testing.clock import HandClock
from shared.testing.memory_outbox import MemoryOutbox
from shared.testing.memory_sink import MemorySink
from tests.support.reference import ROOT
from tests.support.waiting import eventually

HASH = "$2b$04$" + "a" * 53


@dataclass
class Store:
    """An outbox of one kind."""

    outbox: Outbox
    put: Callable[[Event], None]


@pytest.fixture(params=["memory", "postgres"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    if request.param == "memory":
        memory = MemoryOutbox()
        yield Store(memory, memory.put)
        return
    database = Postgres(request.getfixturevalue("emptied_database_url"), acquire_timeout_s=20)
    yield Store(
        PostgresOutbox(database), lambda event: database.transaction(lambda connection: add_event(connection, event))
    )
    database.close()


def registered(n: int) -> Event:
    user_id = f"00000000-0000-7000-8000-{n:012}"
    return UserRegistered(user_id=user_id, occurred_at=HandClock().now()).to_event()


def deleted(n: int) -> Event:
    return UserDeleted(user_id=registered(n).extensions["user"], occurred_at=HandClock().now()).to_event()


class Picky(MemorySink):
    """A broker that refuses some events."""

    def __init__(self, refused: list[Event]) -> None:
        super().__init__()
        self.refused = refused

    def send(self, event: Event) -> None:
        if event in self.refused:
            raise Unavailable("the broker answers 500")
        super().send(event)


def test_facts_are_handed_over_once_and_in_their_order(store: Store) -> None:
    facts = [event for n in range(BATCH) for event in (registered(n), deleted(n))]
    for event in facts:
        store.put(event)
    sink = MemorySink()
    relay = OutboxRelay(store.outbox, sink, HandClock())
    relay.run()
    assert sink.events == facts
    relay.run()
    assert sink.events == facts


def test_a_silent_broker_costs_nothing_but_time(store: Store) -> None:
    for n in range(10):
        store.put(registered(n))
    sink = MemorySink()
    sink.silent = True
    relay = OutboxRelay(store.outbox, sink, HandClock())
    with pytest.raises(Unavailable):
        relay.run()
    relay.try_run()
    sink.silent = False
    relay.run()
    assert sink.events == [registered(n) for n in range(10)]


def test_a_refused_fact_holds_up_its_own_user_only(store: Store) -> None:
    for event in (registered(1), registered(2), deleted(1), deleted(2)):
        store.put(event)
    sink = Picky([registered(1)])
    relay = OutboxRelay(store.outbox, sink, HandClock())
    with pytest.raises(Unavailable, match="of 1 users"):
        relay.run()
    assert sink.events == [registered(2), deleted(2)]
    sink.refused = []
    relay.run()
    assert sink.events[2:] == [registered(1), deleted(1)]


def test_relays_at_the_same_time_do_not_overtake_each_other(store: Store) -> None:
    facts = [event for n in range(20) for event in (registered(n), deleted(n))]
    for event in facts:
        store.put(event)
    sink = MemorySink()
    relays = [OutboxRelay(store.outbox, sink, HandClock()) for _ in range(6)]
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(OutboxRelay.run, relays))
    assert sink.events == facts


def test_what_was_delivered_is_forgotten_in_time_and_what_waits_never(store: Store) -> None:
    clock, sink = HandClock(), MemorySink()
    store.put(registered(1))
    OutboxRelay(store.outbox, sink, clock).run()
    store.put(registered(2))
    assert store.outbox.forget(before=clock.now()) == 0
    assert store.outbox.forget(before=clock.now() + timedelta(days=1)) == 1
    OutboxRelay(store.outbox, sink, clock).run()
    assert sink.events == [registered(1), registered(2)]


def test_a_fact_keeps_the_trace_of_what_caused_it(store: Store) -> None:
    trace = tracing.trace_of_event("/tests", "1")
    tracing.enter(trace)
    store.put(registered(1))
    tracing.enter()
    sink = MemorySink()
    OutboxRelay(store.outbox, sink, HandClock()).run()
    assert [event.extensions[tracing.HEADER] for event in sink.events] == [trace]


KILLED = """
import os, signal, sys
from shared.adapters.postgres.outbox import PostgresOutbox
from shared.adapters.postgres.database import Postgres
from shared.clock import SystemClock
from shared.outbox import OutboxRelay

class Deadly:
    n = 0
    def send(self, event):
        self.n += 1
        print(event.id, flush=True)
        if self.n == 3:
            os.kill(os.getpid(), signal.SIGKILL)

OutboxRelay(PostgresOutbox(Postgres(sys.argv[1])), Deadly(), SystemClock()).run()
"""


def test_a_kill_in_the_middle_of_handing_over_loses_nothing(emptied_database_url: str) -> None:
    database = Postgres(emptied_database_url)
    users = PostgresUsers(database)
    new_users = [users.add(usernames.validate_new(f"user-{n}"), password_hash=HASH) for n in range(5)]
    run = subprocess.run(
        [sys.executable, "-c", KILLED, emptied_database_url],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert run.returncode == -signal.SIGKILL, run.stderr
    told_before = run.stdout.split()
    sink = MemorySink()
    relay = OutboxRelay(PostgresOutbox(database), sink, HandClock())

    def handed_over() -> list[Event]:
        relay.run()
        return sink.events

    eventually(handed_over)  # the facts are the dead one's until the server has heard that it is gone
    expected = [UserRegistered(user_id=user.id, occurred_at=user.created_at).to_event() for user in new_users]
    assert sink.events == expected
    assert told_before == [event.id for event in expected[:3]]
    assert json.loads(sink.events[0].data) == {"user_id": new_users[0].id}
    database.close()
