"""Bugs that users of other ledgers and shops reported, each with its right answer here.

The numbers are those of the table of reports that this module was written after; the names say what went wrong there.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from shared.adapters.postgres import ledger
from shared.adapters.postgres.coins import PostgresCoins
from shared.adapters.postgres.database import Postgres
from shared.domain.money.coins import account_of
from shared.domain.money.ledger import NewTransaction, transfer
from shared.errors import Conflict, Contended, InsufficientFunds
from tests.support.engines.postgres import run
from tests.support.functions.problems import assert_problem
from tests.support.money.accounts import COINS, balance, faults, key, opened, pay, reserve
from tests.support.money.functions import Shop, shop, whole_shop
from tests.support.reference import ROOT

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection

__all__ = ["shop", "whole_shop"]


@pytest.fixture
def database(emptied_database_url: str) -> Iterator[Postgres]:
    database = Postgres(emptied_database_url, max_connections=20, acquire_timeout_s=60)
    yield database
    assert faults(database) == []
    database.close()


def spent(outcomes: list[str]) -> Counter[str]:
    return Counter(outcomes)


def attempt(work: Any) -> str:
    try:
        work()
    except InsufficientFunds:
        return "refused"
    return "done"


def test_01_two_hundred_spenders_of_one_account_never_take_it_below_zero(database: Postgres) -> None:
    alice, bob = opened(database, 1000), opened(database)
    with ThreadPoolExecutor(20) as threads:
        outcomes = list(threads.map(lambda _: attempt(lambda: pay(database, alice, bob, 10)), range(200)))
    assert spent(outcomes) == {"done": 100, "refused": 100}
    assert (balance(database, alice).posted, balance(database, bob).posted) == (0, 1000)


def test_02_after_a_burst_of_mixed_operations_each_balance_is_the_sum_of_its_postings(database: Postgres) -> None:
    accounts = [opened(database, 200) for _ in range(4)]

    def burst(seed: int) -> None:
        rng = random.Random(seed)
        for _ in range(15):
            source, target = rng.sample(accounts, 2)
            if rng.random() < 0.7:
                attempt(lambda source=source, target=target: pay(database, source, target, rng.randint(1, 60)))
            else:
                attempt(lambda source=source, target=target: _hold_and_resolve(database, source, target, rng))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(burst, range(8)))
    assert sum(balance(database, account).posted for account in accounts) == 800
    # The fixture compares every balance with its postings.


def test_03_no_public_door_decides_first_and_applies_later(shop: Shop) -> None:
    """A transfer, two kinds of purchase, the staff shop's own, and a hold race for the same last coins."""
    shop.environment["CLICKHOUSE_URL"] = "http://nobody:none@127.0.0.1:1/none"
    ada, bob = shop.person(), shop.person()
    PostgresCoins(shop.database).transfer(ada.id, bob.id, 920)
    for function in ("coins", "merch", "staff_shop"):
        shop.app(function)

    def try_one(n: int) -> int:
        new = {"key": str(uuid.uuid4())}
        if n % 5 == 0:
            return int(
                shop.ask("POST", "/coins/transfers", ada, json={"to": bob.name, "amount": 80}, **new).status_code
            )
        if n % 5 == 1:
            return int(shop.ask("POST", "/api/sendCoin", ada, json={"toUser": bob.name, "amount": 80}).status_code)
        if n % 5 == 2:
            return int(shop.ask("GET", "/api/buy/t-shirt", ada).status_code)
        if n % 5 == 3:
            body = {"items": [{"item": "t-shirt", "quantity": 1}]}
            return int(shop.ask("POST", "/merch/purchases", ada, json=body, **new).status_code)
        held = attempt(lambda: reserve(shop.database, account_of(ada.id), account_of(bob.id), 80))
        return 201 if held == "done" else 409

    with ThreadPoolExecutor(10) as threads:
        statuses = list(threads.map(try_one, range(20)))
    assert sum(status < 300 for status in statuses) == 1
    assert {status for status in statuses if status >= 300} <= {400, 409}
    assert balance(shop.database, account_of(ada.id)).available == 0
    assert faults(shop.database) == []


def test_04_a_released_hold_leaves_both_accounts_as_they_were(database: Postgres) -> None:
    with_credit = replace(COINS, name="overdraft", minimum=-30)
    alice, bob = opened(database, 50, type=with_credit), opened(database)
    before = balance(database, alice), balance(database, bob)
    hold_id = reserve(database, alice, bob, 70)
    assert balance(database, alice).available == -20
    with database.connection() as connection:
        assert ledger.release(connection, hold_id)
    assert (balance(database, alice), balance(database, bob)) == before
    with pytest.raises(InsufficientFunds):
        reserve(database, alice, bob, 81)


def test_05_holds_count_against_what_can_be_held(database: Postgres) -> None:
    alice, bob = opened(database, 5000), opened(database)
    with ThreadPoolExecutor(6) as threads:
        outcomes = list(threads.map(lambda _: attempt(lambda: reserve(database, alice, bob, 1000)), range(6)))
    assert spent(outcomes) == {"done": 5, "refused": 1}


def test_06_fifty_captures_of_one_hold_move_money_once(database: Postgres) -> None:
    alice, bob = opened(database, 100), opened(database)
    hold_id = reserve(database, alice, bob, 100)

    def capture(_: int) -> tuple[str, bool]:
        posted = database.transaction(lambda connection: ledger.capture(connection, hold_id, 60, kind="stake"))
        return posted.transaction_id, posted.replayed

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(capture, range(50)))
    assert Counter(replayed for _, replayed in answers) == {False: 1, True: 49}
    assert len({transaction_id for transaction_id, _ in answers}) == 1
    assert (balance(database, alice).available, balance(database, bob).posted) == (40, 60)


def test_07_two_sessions_that_read_at_once_do_not_lose_an_update(database: Postgres) -> None:
    """Both have read the balance before either writes: the row that is locked is the account's, which never moves."""
    alice, bob = opened(database, 100), opened(database)
    both = threading.Barrier(2)

    def spend(_: int) -> str:
        def work(connection: Connection) -> None:
            assert ledger.balance(connection, alice).posted == 100
            both.wait(30)
            ledger.post(connection, NewTransaction(kind="transfer", postings=transfer(alice, bob, 60)))

        return attempt(lambda: database.transaction(work))

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(spend, range(2))) == ["done", "refused"]
    assert balance(database, alice).posted == 40


def test_08_transfers_in_both_directions_do_not_deadlock(database: Postgres) -> None:
    # Other tests provoke deadlocks in the same database.
    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    before = run(database, deadlocks)
    alice, bob = opened(database, 10_000), opened(database, 10_000)

    def send(n: int) -> None:
        source, target = (alice, bob) if n % 2 else (bob, alice)
        new = NewTransaction(kind="transfer", postings=transfer(source, target, 1))
        with database.connection() as connection:
            ledger.post(connection, new)  # not tried again: a deadlock would be raised

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(send, range(1000)))
    assert balance(database, alice).posted == 10_000
    assert run(database, deadlocks) == before


@pytest.mark.parametrize("trouble", ["SerializationFailure", "DeadlockDetected"])
def test_08_a_lost_race_is_run_again(database: Postgres, trouble: str) -> None:
    from psycopg import errors as pg

    alice, bob = opened(database, 100), opened(database)
    losses = iter([True, True, False])

    def work(connection: Connection) -> None:
        ledger.post(connection, NewTransaction(kind="transfer", postings=transfer(alice, bob, 10)))
        if next(losses):
            raise getattr(pg, trouble)("lost")

    database.transaction(work)
    assert balance(database, bob).posted == 10


def test_09_a_race_that_is_never_won_is_no_refusal(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    from psycopg import errors as pg

    shop.environment["CLICKHOUSE_URL"] = "http://nobody:none@127.0.0.1:1/none"
    ada, bob = shop.person(), shop.person()
    PostgresCoins(shop.database).open(ada.id)

    def lose(*_: Any, **__: Any) -> Any:
        raise pg.SerializationFailure("always")

    monkeypatch.setattr("shared.adapters.postgres.statements.Statements.row", lose)
    answer = shop.ask("POST", "/coins/transfers", ada, json={"to": bob.name, "amount": 1}, key="k")
    assert_problem(answer, 503, "Unavailable")
    assert int(answer.headers["Retry-After"]) >= 1
    with pytest.raises(Contended):
        PostgresCoins(shop.database).transfer(ada.id, bob.id, 1)


def test_10_one_key_sent_twenty_times_at_once_is_one_transaction(shop: Shop) -> None:
    shop.environment["CLICKHOUSE_URL"] = "http://nobody:none@127.0.0.1:1/none"
    ada, bob = shop.person(), shop.person()
    shop.app("coins")

    def send(_: int) -> tuple[int, str]:
        answer = shop.ask("POST", "/coins/transfers", ada, json={"to": bob.name, "amount": 7}, key="the-key")
        return answer.status_code, answer.text

    with ThreadPoolExecutor(20) as threads:
        answers = set(threads.map(send, range(20)))
    assert len(answers) == 1
    assert next(iter(answers))[0] == 201
    assert run(shop.database, "SELECT count(*) FROM ledger_transactions WHERE kind = 'transfer'") == [(1,)]
    assert balance(shop.database, account_of(ada.id)).posted == 993


def test_11_a_late_booking_counts_on_its_effective_date_only(database: Postgres) -> None:
    alice, bob = opened(database, 100), opened(database)
    yesterday = datetime.now(UTC) - timedelta(days=1)
    with database.connection() as connection:
        new = NewTransaction(kind="late", postings=transfer(alice, bob, 10), effective_at=yesterday)
        ledger.post(connection, new)
        assert ledger.balance_as_of(connection, bob, yesterday, by="effective") == 10
        assert ledger.balance_as_of(connection, bob, yesterday, by="booked") == 0


def test_12_a_reversal_leaves_the_report_of_its_originals_month_alone(database: Postgres) -> None:
    alice, bob = opened(database, 100), opened(database)
    february, march = datetime(2026, 2, 15, tzinfo=UTC), datetime(2026, 3, 15, tzinfo=UTC)
    end = datetime(2026, 3, 1, tzinfo=UTC) - timedelta(microseconds=1)
    with database.connection() as connection:
        postings = transfer(alice, bob, 10)
        first = ledger.post(connection, NewTransaction(kind="x", postings=postings, effective_at=february))
        second = ledger.post(connection, NewTransaction(kind="x", postings=postings, effective_at=february))
        assert ledger.balance_as_of(connection, bob, end) == 20
        ledger.reverse(connection, first.transaction_id, effective_at=march)
        assert ledger.balance_as_of(connection, bob, end) == 20
        ledger.reverse(connection, second.transaction_id, effective_at=february)  # asked for: as if it never was
        assert ledger.balance_as_of(connection, bob, end) == 10
        assert ledger.balance_as_of(connection, bob, march) == 0


def test_13_what_is_reversed_stays_in_the_sum_with_its_reversal(database: Postgres) -> None:
    alice, bob = opened(database, 100), opened(database)
    posted = pay(database, alice, bob, 10)
    database.transaction(lambda connection: ledger.reverse(connection, posted.transaction_id))
    amounts = run(
        database,
        "SELECT amount FROM ledger_postings p JOIN ledger_accounts a ON a.id = account_id WHERE a.owner = %s "
        "ORDER BY number",
        bob.owner,
    )
    assert amounts == [(10,), (-10,)]
    assert balance(database, bob).posted == 0


def test_14_each_line_of_a_history_follows_from_the_line_before(whole_shop: Shop) -> None:
    ada, bob = whole_shop.person(), whole_shop.person()
    coins = PostgresCoins(whole_shop.database)
    for amount in (5, 10, 15):
        coins.transfer(ada.id, bob.id, amount)
        coins.transfer(bob.id, ada.id, 2 * amount)
    whole_shop.seal()
    lines = whole_shop.ask("GET", "/coins/history", ada).json["items"][::-1]
    assert len(lines) == 7
    assert lines[0]["balance"] == lines[0]["amount"] == 1000
    assert all(later["balance"] == earlier["balance"] + later["amount"] for earlier, later in pairwise(lines))


def test_15_a_process_that_dies_between_commit_and_answer_pays_once(
    database: Postgres, emptied_database_url: str
) -> None:
    alice, bob = opened(database, 100), opened(database)
    program = (
        "import os, signal, sys\n"
        "from shared.adapters.postgres.database import Postgres\n"
        "from tests.support.money.accounts import COINS, key, pay\n"
        "url, alice, bob = sys.argv[1:]\n"
        "pay(Postgres(url), COINS.account(alice), COINS.account(bob), 10, key=key('k'))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"  # committed, and nobody was told
    )
    command = [sys.executable, "-c", program, emptied_database_url, alice.owner, bob.owner]
    died = subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)
    assert died.returncode == -signal.SIGKILL
    retried = pay(database, alice, bob, 10, key=key("k"))
    assert retried.replayed
    assert (balance(database, alice).posted, balance(database, bob).posted) == (90, 10)


def test_16_two_buyers_with_the_last_coins_of_one_account(shop: Shop) -> None:
    ada, bob = shop.person(), shop.person()
    PostgresCoins(shop.database).transfer(ada.id, bob.id, 920)
    shop.app("staff_shop")
    both = threading.Barrier(2)

    def buy(_: int) -> int:
        both.wait(30)
        return int(shop.ask("GET", "/api/buy/t-shirt", ada).status_code)

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(buy, range(2))) == [200, 400]
    assert balance(shop.database, account_of(ada.id)).posted == 0


@pytest.mark.parametrize(
    ("to", "amount"),
    [("ada", 1), ("bob", 0), ("bob", -1), ("bob", 2**63), ("nobody", 1)],
    ids=["self", "zero", "negative", "2^63", "unknown receiver"],
)
def test_16_what_the_contract_forbids_is_400(shop: Shop, to: str, amount: int) -> None:
    ada, _ = shop.person("ada"), shop.person("bob")
    answer = shop.ask("POST", "/api/sendCoin", ada, json={"toUser": to, "amount": amount})
    assert answer.status_code == 400
    assert set(answer.json) == {"errors"}


@pytest.mark.parametrize("item", ["unknown", "it's", "a%2Fb"], ids=["unknown item", "quote", "slash"])
def test_16_an_item_that_is_not_sold_is_400(shop: Shop, item: str) -> None:
    answer = shop.ask("GET", f"/api/buy/{item}", shop.person())
    assert answer.status_code == 400
    assert set(answer.json) == {"errors"}


def _hold_and_resolve(database: Postgres, source: Any, target: Any, rng: random.Random) -> None:
    amount = rng.randint(1, 60)
    hold_id = reserve(database, source, target, amount)
    with database.connection() as connection:
        try:
            if rng.random() < 0.5:
                ledger.capture(connection, hold_id, rng.randint(1, amount), kind="stake")
            else:
                ledger.release(connection, hold_id)
        except Conflict:
            raise AssertionError("nobody else resolves this hold") from None
