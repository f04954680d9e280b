"""The ledger on a real Postgres: double entry, limits, holds, reversals, two dates, idempotency."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from shared.adapters.postgres import ledger
from shared.adapters.postgres.database import Postgres
from shared.domain.money.ledger import (
    COIN,
    AccountState,
    AccountType,
    Currency,
    NewTransaction,
    Posting,
    Side,
    transfer,
)
from shared.errors import Conflict, InProgress, InsufficientFunds, InvalidInput, KeyReused, NotFound
from tests.support.engines.postgres import run
from tests.support.money.accounts import COINS, ISSUER, balance, faults, key, opened, pay, reserve

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection


@pytest.fixture
def database(emptied_database_url: str) -> Iterator[Postgres]:
    database = Postgres(emptied_database_url, max_connections=20, acquire_timeout_s=30)
    yield database
    assert faults(database) == []
    database.close()


def _now(connection: Connection) -> datetime:
    row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    moment: datetime = row[0]
    return moment


def test_a_transfer_moves_an_amount(database: Postgres) -> None:
    alice, bob = opened(database, 1000), opened(database)
    posted = pay(database, alice, bob, 300)
    assert not posted.replayed
    assert (balance(database, alice).posted, balance(database, bob).posted) == (700, 300)
    assert balance(database, ISSUER).posted == 1000
    with database.connection() as connection:
        stored = ledger.transaction(connection, posted.transaction_id)
    assert stored.kind == "transfer"
    assert stored.effective_at == stored.booked_at
    assert [(each.account, each.amount, each.balance) for each in stored.postings] == [
        (alice, -300, 700),
        (bob, 300, 300),
    ]


def test_a_balance_never_falls_below_its_minimum(database: Postgres) -> None:
    alice, bob = opened(database, 100), opened(database)
    with pytest.raises(InsufficientFunds):
        pay(database, alice, bob, 101)
    pay(database, alice, bob, 100)
    assert balance(database, alice).posted == 0


def test_a_balance_never_exceeds_its_maximum_holds_included(database: Postgres) -> None:
    alice, full = opened(database, 100), opened(database, type=replace(COINS, name="jar", maximum=50))
    reserve(database, alice, full, 30)
    with pytest.raises(Conflict, match="limit"):
        pay(database, alice, full, 21)
    pay(database, alice, full, 20)


def test_postings_of_a_transaction_sum_to_zero_in_each_currency(database: Postgres) -> None:
    euro = AccountType(name="cash", currency=Currency(code="EUR", scale=2), normal_side=Side.CREDIT)
    alice, bob = opened(database, 100), opened(database)
    with database.connection() as connection:
        ledger.open_account(connection, alice.owner, euro)
        ledger.open_account(connection, bob.owner, euro)
    coins = transfer(alice, bob, 10)
    cash = transfer(euro.account(bob.owner), euro.account(alice.owner), 250)
    exchange = NewTransaction(kind="exchange", postings=coins + cash)
    database.statement(lambda connection: ledger.post(connection, exchange))
    assert balance(database, euro.account(alice.owner)).posted == 250
    with pytest.raises(InvalidInput, match="do not sum to zero in COIN, EUR"):
        NewTransaction(kind="exchange", postings=(coins[0], replace(cash[1], amount=10)))
    # The database refuses it too, whoever asks.
    with pytest.raises(psycopg.Error, match="sum to zero") as refused:
        run(
            database,
            "SELECT ledger_write("
            "uuidv7(), 'forged', ARRAY[a.id, b.id], ARRAY[-5, 5]::bigint[], NULL, '{}', NULL, NULL, false) "
            "FROM ledger_accounts a, ledger_accounts b WHERE a.owner = %s AND a.name = 'coins' AND b.owner = %s "
            "AND b.name = 'cash'",
            alice.owner,
            alice.owner,
        )
    assert refused.value.sqlstate == "LG003"


@pytest.mark.parametrize("amount", [0, -1, 2**63, 10**15 + 1, True])
def test_an_amount_is_a_whole_number_within_bounds(database: Postgres, amount: int) -> None:
    alice, bob = opened(database, 10), opened(database)
    with pytest.raises(InvalidInput):
        pay(database, alice, bob, amount)


def test_an_account_that_is_not_open_is_not_found(database: Postgres) -> None:
    alice = opened(database, 10)
    with pytest.raises(NotFound, match="no account users/nobody"):
        pay(database, alice, COINS.account("users/nobody"), 1)


def test_an_account_is_opened_once(database: Postgres) -> None:
    owner = f"users/{uuid.uuid4()}"

    def open_it(_: int) -> bool:
        return database.transaction(lambda connection: ledger.open_account(connection, owner, COINS))

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(open_it, range(8))) == [False] * 7 + [True]
    with pytest.raises(Conflict, match="another normal side"), database.connection() as connection:
        ledger.open_account(connection, owner, replace(COINS, normal_side=Side.DEBIT))
    with pytest.raises(Conflict, match="another scale"), database.connection() as connection:
        ledger.open_account(connection, owner, replace(COINS, name="x", currency=Currency(code="COIN", scale=2)))


def test_a_spread_account_has_parts_and_one_balance(database: Postgres) -> None:
    revenue = AccountType(name="revenue", currency=COIN, normal_side=Side.CREDIT, parts=4)
    with database.connection() as connection:
        assert ledger.open_account(connection, "systems/shop", revenue)
    alice = opened(database, 100)
    targets = {revenue.account("systems/shop", spread_by=f"users/{n}") for n in range(20)}
    for target in sorted(targets, key=lambda each: each.part):
        pay(database, alice, target, 10)
    assert len(targets) == 4
    assert balance(database, next(iter(targets))).posted == 40
    with pytest.raises(ValueError, match="no limits"):
        replace(COINS, parts=2)


def test_rows_of_the_ledger_are_never_changed(database: Postgres) -> None:
    alice, bob = opened(database, 10), opened(database)
    pay(database, alice, bob, 1)
    for statement in (
        "UPDATE ledger_transactions SET kind = 'other'",
        "DELETE FROM ledger_transactions",
        "UPDATE ledger_postings SET amount = 2",
        "DELETE FROM ledger_postings",
        "DELETE FROM ledger_accounts",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only ever added to"):
            run(database, statement)


# Reversals


def test_a_transaction_is_reversed_once(database: Postgres) -> None:
    alice, bob = opened(database, 100), opened(database)
    posted = pay(database, alice, bob, 40)

    def reverse(_: int) -> str:
        try:
            return database.transaction(
                lambda connection: ledger.reverse(connection, posted.transaction_id)
            ).transaction_id
        except Conflict as exc:
            return str(exc)

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(reverse, range(8)))
    assert sum("was reversed before" in each for each in answers) == 7
    reversal = next(each for each in answers if "reversed" not in each)
    assert (balance(database, alice).posted, balance(database, bob).posted) == (100, 0)
    with database.connection() as connection:
        assert ledger.transaction(connection, posted.transaction_id).reversed_by == reversal
        with pytest.raises(Conflict, match="is a reversal itself"):
            ledger.reverse(connection, reversal)


def test_what_was_spent_cannot_be_reversed(database: Postgres) -> None:
    alice, bob = opened(database, 100), opened(database)
    posted = pay(database, alice, bob, 40)
    pay(database, bob, opened(database), 1)
    with pytest.raises(InsufficientFunds):
        database.transaction(lambda connection: ledger.reverse(connection, posted.transaction_id))


def test_nothing_is_known_of_an_unknown_transaction(database: Postgres) -> None:
    with database.connection() as connection:
        for unknown in (str(uuid.uuid4()), "not-an-id"):
            with pytest.raises(NotFound):
                ledger.reverse(connection, unknown)
            with pytest.raises(NotFound):
                ledger.transaction(connection, unknown)
            with pytest.raises(NotFound):
                ledger.capture(connection, unknown, 1, kind="stake")
            with pytest.raises(NotFound):
                ledger.release(connection, unknown)


# Holds


def test_a_hold_reserves_and_its_capture_posts_a_part(database: Postgres) -> None:
    alice, house = opened(database, 100), opened(database)
    hold_id = reserve(database, alice, house, 70)
    assert (balance(database, alice).posted, balance(database, alice).available) == (100, 30)
    with pytest.raises(InsufficientFunds):
        pay(database, alice, house, 31)
    with database.connection() as connection:
        ledger.capture(connection, hold_id, 50, kind="stake")
        assert ledger.find_hold(connection, hold_id).state == "captured"
    assert (balance(database, alice).posted, balance(database, alice).available) == (50, 50)
    assert balance(database, house).posted == 50


def test_a_hold_is_resolved_at_most_once(database: Postgres) -> None:
    alice, house = opened(database, 100), opened(database)
    with database.connection() as connection:
        released = reserve(database, alice, house, 10)
        assert ledger.release(connection, released)
        assert not ledger.release(connection, released)
        with pytest.raises(Conflict, match="is released"):
            ledger.capture(connection, released, 10, kind="stake")
        captured = reserve(database, alice, house, 10)
        first = ledger.capture(connection, captured, 10, kind="stake")
        second = ledger.capture(connection, captured, 10, kind="stake")
        assert (second.transaction_id, second.replayed) == (first.transaction_id, True)
        with pytest.raises(Conflict, match="is captured"):
            ledger.capture(connection, captured, 9, kind="stake")
        with pytest.raises(Conflict, match="is captured"):
            ledger.release(connection, captured)


def test_more_than_is_held_is_not_captured(database: Postgres) -> None:
    alice, house = opened(database, 100), opened(database)
    hold_id = reserve(database, alice, house, 10)
    for amount in (11, 0, -1):
        with pytest.raises(InvalidInput, match="at most"), database.connection() as connection:
            ledger.capture(connection, hold_id, amount, kind="stake")
    assert balance(database, alice).pending == 10


def test_a_hold_expires_by_the_clock(database: Postgres) -> None:
    alice, house = opened(database, 100), opened(database, 5)
    short, long = reserve(database, alice, house, 10, lasts_s=0.01), reserve(database, house, alice, 5)
    run(database, "SELECT pg_sleep(0.02)")
    with database.connection() as connection:
        with pytest.raises(Conflict, match="is expired"):
            ledger.capture(connection, short, 10, kind="stake")
        assert ledger.expire_holds(connection) == 1
        assert ledger.expire_holds(connection) == 0
        assert ledger.find_hold(connection, short).state == "expired"
        assert ledger.find_hold(connection, long).state == "pending"
        assert not ledger.release(connection, short)
    assert balance(database, alice).pending == 0


# Two dates


def test_balances_as_of_either_date(database: Postgres) -> None:
    alice, bob = opened(database, 100), opened(database)
    with database.connection() as connection:
        now = _now(connection)
        yesterday = now - timedelta(days=1)
        postings = transfer(alice, bob, 10)
        ledger.post(connection, NewTransaction(kind="late", postings=postings, effective_at=yesterday))
        assert ledger.balance_as_of(connection, bob, yesterday, by="effective") == 10
        assert ledger.balance_as_of(connection, bob, yesterday, by="booked") == 0
        assert ledger.balance_as_of(connection, ISSUER, now, by="booked") == 100
        with pytest.raises(ValueError, match="no date"):
            ledger.balance_as_of(connection, bob, now, by="sent")


# Frozen and closed accounts


def test_a_frozen_account_receives_and_pays_nothing(database: Postgres) -> None:
    alice, bob = opened(database, 100), opened(database, 100)
    posted = pay(database, alice, bob, 10)
    hold_id = reserve(database, alice, bob, 10)
    with database.connection() as connection:
        ledger.set_state(connection, alice, AccountState.FROZEN)
        pay(database, bob, alice, 5)
        with pytest.raises(Conflict, match="is frozen"):
            pay(database, alice, bob, 5)
        with pytest.raises(Conflict, match="is frozen"):
            reserve(database, alice, bob, 5)
        # What was promised before, and what corrects a mistake, still happens.
        ledger.capture(connection, hold_id, 10, kind="stake")
        ledger.reverse(connection, posted.transaction_id)
        ledger.set_state(connection, alice, AccountState.OPEN)
    pay(database, alice, bob, 5)


def test_an_account_is_closed_when_it_is_empty(database: Postgres) -> None:
    alice, bob = opened(database, 10), opened(database, 10)
    with database.connection() as connection:
        with pytest.raises(Conflict, match="not empty"):
            ledger.set_state(connection, alice, AccountState.CLOSED)
        posted = pay(database, alice, bob, 10)
        ledger.set_state(connection, alice, AccountState.CLOSED)
        with pytest.raises(Conflict, match="is closed"):
            pay(database, bob, alice, 1)
        with pytest.raises(Conflict, match="is closed"):
            ledger.reverse(connection, posted.transaction_id)


# Idempotency


def test_a_key_moves_money_once(database: Postgres) -> None:
    alice, bob = opened(database, 100), opened(database)
    first = pay(database, alice, bob, 10, key=key("k"))
    second = pay(database, alice, bob, 10, key=key("k"))
    assert (second.transaction_id, second.replayed) == (first.transaction_id, True)
    assert balance(database, bob).posted == 10


def test_a_key_belongs_to_caller_and_operation(database: Postgres) -> None:
    alice, bob = opened(database, 100), opened(database)
    pay(database, alice, bob, 10, key=key("k"))
    pay(database, alice, bob, 10, key=key("k", scope="users/2/transfer"))
    assert balance(database, bob).posted == 20


def test_another_request_under_a_key_is_refused(database: Postgres) -> None:
    alice, bob = opened(database, 100), opened(database)
    pay(database, alice, bob, 10, key=key("k", {"amount": 10}))
    with pytest.raises(KeyReused):
        pay(database, alice, bob, 11, key=key("k", {"amount": 11}))


def test_a_refusal_for_lack_of_funds_leaves_the_key_unused(database: Postgres) -> None:
    alice, bob = opened(database, 5), opened(database, 100)
    with pytest.raises(InsufficientFunds):
        pay(database, alice, bob, 10, key=key("k"))
    pay(database, bob, alice, 5)
    assert not pay(database, alice, bob, 10, key=key("k")).replayed


def test_a_request_under_way_is_waited_for_two_seconds_at_most(database: Postgres) -> None:
    alice, bob = opened(database, 100), opened(database)
    claimed, done = threading.Event(), threading.Event()

    def stall(connection: Connection) -> None:
        ledger.claim(connection, key("k"), str(uuid.uuid4()))
        claimed.set()
        done.wait(30)

    with ThreadPoolExecutor(1) as threads:
        stalled = threads.submit(lambda: database.transaction(stall))
        claimed.wait(30)
        with pytest.raises(InProgress, match="under way"):
            pay(database, alice, bob, 10, key=key("k"))
        done.set()
        stalled.result()


def test_an_answer_is_kept_with_its_key_until_it_is_forgotten(database: Postgres) -> None:
    posted_id = str(uuid.uuid4())
    with database.connection() as connection:
        assert ledger.claim(connection, key("k"), posted_id) is None
        ledger.answer(connection, key("k"), {"bet": 7})
        replay = ledger.claim(connection, key("k"), str(uuid.uuid4()))
        assert replay == ledger.Replay(transaction_id=posted_id, response={"bet": 7})
        now = _now(connection)
        assert ledger.forget_requests(connection, before=now - timedelta(hours=1)) == 0
        assert ledger.forget_requests(connection, before=now + timedelta(hours=1)) == 1
        assert ledger.claim(connection, key("k"), posted_id) is None


def test_what_is_paid_and_what_is_paid_for_are_one_commit(database: Postgres) -> None:
    alice, bob = opened(database, 100), opened(database)

    def work(connection: Connection) -> None:
        ledger.post(connection, NewTransaction(kind="stake", postings=transfer(alice, bob, 10)))
        raise NotFound("the bet")

    with pytest.raises(NotFound):
        database.transaction(work)
    assert balance(database, alice).posted == 100


def test_a_transaction_has_few_postings(database: Postgres) -> None:
    alice = opened(database, 10)
    with pytest.raises(InvalidInput, match="from 2 to"):
        NewTransaction(kind="odd", postings=(Posting(account=alice, amount=1),))
