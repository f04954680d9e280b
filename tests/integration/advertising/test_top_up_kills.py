"""kill -9 of top-ups between any two steps while the provider lies, repeats itself and times out: nothing is lost."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from functools import partial

import pytest

from k8s.local.payments.faults import Faults
from k8s.local.payments.server import Provider
from shared.adapters.postgres import ads_top_ups
from shared.adapters.postgres.database import Postgres
from shared.clock import SystemClock
from shared.events.ads import TopUpCredited
from tests.support.advertising.killed_steps import KilledRequests
from tests.support.advertising.ledgers import StoreLedger
from tests.support.advertising.payments import SECRET, function_environment, provider
from tests.support.advertising.stores import make_store
from tests.support.engines.postgres import run
from tests.support.money.accounts import faults

__all__ = ["provider"]
HOSTILE = {"duplicate": 0.5, "reorder": 0.5, "lie": 0.5, "timeout": 0.2, "half": 0.2, "error": 0.2}
STEPS_AT_MOST = 80
HOOKS_AT_MOST = 3
"""Of each round; what is left out is lost on its way."""


@pytest.fixture
def database(emptied_database_url: str) -> Iterator[Postgres]:
    database = Postgres(emptied_database_url, acquire_timeout_s=30)
    yield database
    database.close()


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("name", "stride"), [("stripe", 1), ("yookassa", 3)])
def test_a_kill_between_any_two_steps_loses_and_doubles_nothing(
    name: str, stride: int, database: Postgres, emptied_database_url: str, provider: Provider
) -> None:
    owner = str(uuid.uuid4())
    store_id = make_store(database, owner=owner).id
    ledger = StoreLedger(database, provider.book, store_id)
    provider.faults = Faults(HOSTILE, seed=7)
    n_kills = 0
    with KilledRequests(function_environment(emptied_database_url, provider)) as requests:
        tasks = {"create", "webhook", "ask"}
        for kill_at in range(0, STEPS_AT_MOST, stride):
            order = {"user_id": owner, "store_id": store_id, "provider": name, "amount": 1_000, "key": str(kill_at)}
            killed = {"create": requests.run(kill_at, task="create", **order)} if "create" in tasks else {}
            requests.run(-1, task="create", **order)
            for payment in [each for each in provider.book.payments.values() if each.status == "pending"]:
                provider.book.pay(payment.id)
            hooks, provider.hooks[:] = [each for each in provider.hooks if not each.forged], []
            for n, hook in enumerate(hooks[:HOOKS_AT_MOST]):
                sent = {"provider": name, "headers": hook.headers(SECRET, time.time()), "body": hook.body.hex()}
                if not n and "webhook" in tasks:
                    killed["webhook"] = requests.run(kill_at, task="webhook", **sent)
                requests.run(-1, task="webhook", **sent)
            _request_refund(database, store_id)
            _make_due(database)
            killed["ask"] = requests.run(kill_at, task="ask")
            _settle(database)
            n_kills += sum(killed.values())
            tasks -= {task for task, was_killed in killed.items() if not was_killed}
            if not tasks:
                break
        else:
            pytest.fail(f"{tasks} have more steps than are killed")
        provider.faults = Faults()
        for _ in range(3):
            _make_due(database)
            requests.run(-1, task="ask")
    assert n_kills > 10
    assert ledger.differences() == []
    assert faults(database) == []
    ((n_credited,),) = run(database, "SELECT count(*) FROM ads_top_ups WHERE credited_at IS NOT NULL")
    named = [each.metadata["top_up_id"] for each in provider.book.payments.values()]
    assert len(set(named)) == len(named), "a top-up is one payment"
    assert n_credited == sum(each.status == "succeeded" for each in provider.book.payments.values())
    assert run(database, "SELECT count(*) FROM outbox WHERE type = %s", TopUpCredited.TYPE) == [(n_credited,)]


def _request_refund(database: Postgres, store_id: str) -> None:
    """Of the newest top-up that is credited, a part."""
    query = """
        SELECT id::text FROM ads_top_ups t WHERE store_id = %s AND credited_at IS NOT NULL
            AND NOT EXISTS (SELECT FROM ads_refunds WHERE top_up_id = t.id)
        ORDER BY id DESC LIMIT 1
    """
    for (top_up_id,) in run(database, query, store_id):
        work = partial(ads_top_ups.request_refund, top_up_id=top_up_id, amount=300, now=SystemClock().now())
        database.transaction(work)


def _settle(database: Postgres) -> None:
    """Let the next clock ask about the newest only; those that are credited are asked about for two months."""
    run(database, "UPDATE ads_top_ups SET n_asks = 20 WHERE credited_at IS NOT NULL")


def _make_due(database: Postgres) -> None:
    run(database, "UPDATE ads_top_ups SET next_ask_at = now() WHERE next_ask_at IS NOT NULL AND n_asks < 20")
    run(database, "UPDATE ads_webhooks SET next_try_at = now() WHERE next_try_at IS NOT NULL")
    run(database, "UPDATE ads_refunds SET next_try_at = now() WHERE next_try_at IS NOT NULL")
