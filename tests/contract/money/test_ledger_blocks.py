"""Blocks: every transaction is in one, in the order of commits, and its event is told once it is."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from shared.adapters.postgres import ledger, ledger_blocks, outbox
from shared.adapters.postgres.database import Postgres
from shared.clock import SystemClock
from shared.domain.money.ledger import NewTransaction, transfer
from shared.errors import Unavailable
from shared.events.money import TransactionPosted
from shared.outbox import OutboxRelay
from shared.testing.memory_sink import MemorySink
from tests.support.engines.postgres import run
from tests.support.money.accounts import faults, opened, pay
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection


@pytest.fixture
def database(emptied_database_url: str) -> Iterator[Postgres]:
    database = Postgres(emptied_database_url, acquire_timeout_s=30)
    yield database
    assert faults(database) == []
    database.close()


def seal(database: Postgres, at_most: int = 250) -> TransactionPosted | None:
    return database.transaction(lambda connection: ledger_blocks.seal_block(connection, at_most=at_most))


def test_a_block_holds_transactions_in_the_order_of_their_commits(database: Postgres) -> None:
    alice, bob = opened(database, 100), opened(database)
    ids = [pay(database, alice, bob, amount).transaction_id for amount in (1, 2, 3)]
    first, second = seal(database, at_most=3), seal(database)
    assert first is not None
    assert second is not None
    assert [each.kind for each in first.transactions] == ["grant", "transfer", "transfer"]
    assert [each.id for each in first.transactions[1:] + second.transactions] == ids
    assert (first.block, second.block) == (1, 2)
    assert seal(database) is None
    postings = second.transactions[0].postings
    assert [(each.owner, each.amount, each.balance) for each in postings] == [(alice.owner, -3, 94), (bob.owner, 3, 6)]


def test_what_commits_late_is_not_left_out(database: Postgres) -> None:
    """It began first; blocks wait for it rather than close before it."""
    alice, bob = opened(database, 100), opened(database)
    seal(database)
    posted, commit = threading.Event(), threading.Event()

    def slow(connection: Connection) -> str:
        new = NewTransaction(kind="slow", postings=transfer(alice, bob, 1))
        transaction_id = ledger.post(connection, new).transaction_id
        posted.set()
        commit.wait(30)
        return transaction_id

    with ThreadPoolExecutor(1) as threads:
        late = threads.submit(lambda: database.transaction(slow))
        posted.wait(30)
        quick = pay(database, opened(database, 5), opened(database), 1).transaction_id
        assert seal(database) is None
        commit.set()
        late_id = late.result()
    block = seal(database)
    assert block is not None
    assert {late_id, quick} < {each.id for each in block.transactions}


def test_several_sealers_make_one_chain(database: Postgres) -> None:
    alice, bob = opened(database, 500), opened(database)
    stop = threading.Event()

    def keep_sealing(_: int) -> None:
        while not stop.is_set():
            seal(database, at_most=3)

    with ThreadPoolExecutor(3) as threads:
        sealers = [threads.submit(keep_sealing, n) for n in range(3)]
        for _ in range(60):
            pay(database, alice, bob, 1)
        stop.set()
        for sealer in sealers:
            sealer.result()
    while seal(database):
        pass
    assert run(database, "SELECT sum(n_transactions), max(number) - count(*) FROM ledger_blocks") == [(61, 0)]


def test_a_block_and_its_event_are_one_commit(database: Postgres) -> None:
    pay(database, opened(database, 100), opened(database), 1)
    assert ledger_blocks.seal_all(database) == 1
    sink = MemorySink()
    relay = OutboxRelay(outbox.PostgresOutbox(database), sink, SystemClock())
    relay.run()
    (event,) = sink.events
    assert event.type == TransactionPosted.TYPE
    with database.connection() as connection:
        assert TransactionPosted.from_event(event) == ledger_blocks.read_block(connection, 1)


def test_a_sealer_works_in_the_background_once_it_is_told(database: Postgres) -> None:
    sink = MemorySink()
    sealer = ledger_blocks.BlockSealer(
        database, lambda: OutboxRelay(outbox.PostgresOutbox(database), sink, SystemClock()), pause_s=0.01
    )
    alice, bob = opened(database, 100), opened(database)
    for _ in range(3):
        pay(database, alice, bob, 1)
        sealer.notify()
    eventually(lambda: sum(event.data.count(b'"kind":"transfer"') for event in sink.events) == 3, within_s=30)
    sealer.stop()


def test_trouble_of_a_sealer_is_left_to_the_clock(database: Postgres, caplog: pytest.LogCaptureFixture) -> None:
    away = Postgres("postgresql://nobody@127.0.0.1:1/none", acquire_timeout_s=0.1)
    ledger_blocks.BlockSealer(away).run_once()
    assert "wait to be sealed" in caplog.text
    with pytest.raises(Unavailable):
        ledger_blocks.seal_all(away)
    away.close()
