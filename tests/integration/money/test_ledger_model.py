"""Any sequence of steps on a real ledger does what the model does; and a concurrent run has a serial order."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from shared.adapters.postgres import ledger
from shared.adapters.postgres.database import Postgres
from shared.domain.money.ledger import AccountId, NewTransaction, transfer
from shared.errors import Conflict, InsufficientFunds, InvalidInput, KeyReused, TouchlineError
from tests.support.engines.postgres import empty, run
from tests.support.money.accounts import balance, faults, key, opened, pay, reserve
from tests.support.money.model import Model, Refused

CLIENTS = 32
STEPS = 25
EXAMPLES = 12


class LedgerMachine(RuleBasedStateMachine):
    """Drives the real ledger and the model by the same steps."""

    accounts = Bundle("accounts")
    transactions = Bundle("transactions")
    holds = Bundle("holds")
    database: Postgres
    url: str

    @initialize(target=accounts, coins=st.lists(st.integers(0, 200), min_size=3, max_size=3))
    def begin(self, coins: list[int]) -> Any:
        empty(self.url)
        self.model = Model()
        self.accounts_by_number: list[AccountId] = []
        self.ids: dict[str, str] = {}
        self.n_steps = 0
        for amount in coins:
            self.model.open(amount)
            self.accounts_by_number.append(opened(self.database, amount))
        return multiple(*range(3))

    @rule(target=accounts, coins=st.integers(0, 100))
    def open(self, coins: int) -> int:
        self.accounts_by_number.append(opened(self.database, coins))
        return self.model.open(coins)

    @rule(target=transactions, source=accounts, target_=accounts, amount=st.integers(1, 120), keyed=st.booleans())
    def transfer(self, source: int, target_: int, amount: int, keyed: bool) -> Any:
        if source == target_:
            return multiple()
        name, here = self._name("transfer"), self.accounts_by_number
        request = key(name, [source, target_, amount]) if keyed else None

        def real() -> str:
            return pay(self.database, here[source], here[target_], amount, key=request).transaction_id

        if not self._same(lambda: self.model.post(name, [(source, -amount), (target_, amount)]), real, name):
            return multiple()
        if request is not None:  # a retry is answered with the same transaction, another request is refused
            again = pay(self.database, here[source], here[target_], amount, key=request)
            assert (again.transaction_id, again.replayed) == (self.ids[name], True)
            with pytest.raises(KeyReused):
                pay(self.database, here[source], here[target_], amount, key=replace(request, sha256=b"\1" * 32))
        return name

    @rule(original=transactions)
    def reverse(self, original: str) -> None:
        name = self._name("reversal")

        def real() -> str:
            work = self.database.transaction
            return work(lambda connection: ledger.reverse(connection, self.ids[original])).transaction_id

        self._same(lambda: self.model.reverse(name, original), real, name)

    @rule(target=holds, source=accounts, target_=accounts, amount=st.integers(1, 120))
    def hold(self, source: int, target_: int, amount: int) -> Any:
        if source == target_:
            return multiple()
        name, here = self._name("hold"), self.accounts_by_number
        done = self._same(
            lambda: self.model.hold(name, source, target_, amount),
            lambda: reserve(self.database, here[source], here[target_], amount),
            name,
        )
        return name if done else multiple()

    @rule(name=holds, amount=st.integers(1, 120))
    def capture(self, name: str, amount: int) -> None:
        def real() -> str:
            with self.database.connection() as connection:
                return ledger.capture(connection, self.ids[name], amount, kind="stake").transaction_id

        self._same(lambda: self.model.capture(name, amount), real, "")

    @rule(name=holds)
    def release(self, name: str) -> None:
        with self.database.connection() as connection:
            self._same(
                lambda: self.model.release(name),
                lambda: ledger.release(connection, self.ids[name]),
                "",
                same_answer=True,
            )

    @rule(name=holds)
    def expire(self, name: str) -> None:
        run(self.database, "UPDATE ledger_holds SET expires_at = held_at WHERE id = %s", self.ids[name])
        with self.database.connection() as connection:
            expired = ledger.expire_holds(connection)
        hold = self.model.holds[name]
        assert expired == (1 if hold.state == "pending" else 0)
        if hold.state == "pending":
            self.model.release(name, state="expired")

    @rule()
    def seal(self) -> None:
        run(self.database, "SELECT ledger_seal(3)")

    @invariant()
    def counters_are_the_models(self) -> None:
        for number, expected in enumerate(self.model.balances):
            counters = balance(self.database, self.accounts_by_number[number])
            assert counters == expected

    @invariant()
    def rules_hold(self) -> None:
        assert faults(self.database) == []

    def _name(self, kind: str) -> str:
        self.n_steps += 1
        return f"{kind} {self.n_steps}"

    def _same(self, model: Callable[[], Any], real: Callable[[], Any], name: str, *, same_answer: bool = False) -> bool:
        """Do both; whether they did it, which has to be the same of both."""
        expected, answer = _outcome(model)
        outcome, value = _outcome(real)
        assert outcome == expected
        assert not same_answer or value == answer
        if outcome == "done" and name:
            self.ids[name] = value
        return outcome == "done"


def _outcome(work: Callable[[], Any]) -> tuple[str, Any]:
    try:
        return "done", work()
    except Refused as exc:
        return str(exc), None
    except InsufficientFunds:
        return "insufficient", None
    except Conflict:
        return "conflict", None
    except InvalidInput:
        return "invalid", None


@pytest.fixture
def database(emptied_database_url: str) -> Iterator[Postgres]:
    database = Postgres(emptied_database_url, max_connections=CLIENTS, acquire_timeout_s=60)
    yield database
    database.close()


def test_any_sequence_of_steps_does_what_the_model_does(database: Postgres, emptied_database_url: str) -> None:
    class Machine(LedgerMachine):
        pass

    Machine.database, Machine.url = database, emptied_database_url
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


# A concurrent run


@dataclass
class Acknowledged:
    """A step that was answered: what it did, and the counts of its accounts that Postgres gave it."""

    lines: list[tuple[AccountId, int]]
    transaction_id: str


@dataclass
class Run:
    """What clients of a concurrent run saw."""

    acknowledged: list[Acknowledged] = field(default_factory=list)
    n_refused: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


def test_a_concurrent_run_has_a_serial_order(database: Postgres) -> None:
    """32 clients; what was acknowledged, put in the order of the accounts' own counts, is a run of the model."""
    accounts = [opened(database, 300) for _ in range(6)]
    seen = Run()
    start = threading.Barrier(CLIENTS)

    def client(seed: int) -> None:
        rng = random.Random(seed)
        start.wait(60)
        for n in range(20):
            with _counting_refusals(seen):
                _do_one(database, accounts, rng, f"{seed}-{n}", seen)

    with ThreadPoolExecutor(CLIENTS) as threads:
        list(threads.map(client, range(CLIENTS)))
    assert faults(database) == []
    assert seen.n_refused > 0
    _check_serial_order(database, accounts, seen)


def _do_one(database: Postgres, accounts: list[AccountId], rng: random.Random, name: str, seen: Run) -> None:
    source, target = rng.sample(accounts, 2)
    amount = rng.randint(1, 80)
    choice = rng.random()
    if choice < 0.7:
        posted = pay(database, source, target, amount, key=key(name))
        if choice < 0.2:
            assert pay(database, source, target, amount, key=key(name)).transaction_id == posted.transaction_id
        _acknowledge(seen, transfer(source, target, amount), posted.transaction_id)
    elif choice < 0.85:
        hold_id = reserve(database, source, target, amount)
        part = rng.randint(1, amount)
        with database.connection() as connection:
            posted = ledger.capture(connection, hold_id, part, kind="stake")
        _acknowledge(seen, transfer(source, target, part), posted.transaction_id)
    elif choice < 0.95:
        hold_id = reserve(database, source, target, amount)
        with database.connection() as connection:
            assert ledger.release(connection, hold_id)
    else:
        third = rng.choice([each for each in accounts if each not in (source, target)])
        postings = (*transfer(source, target, amount), *transfer(source, third, 1))
        new = NewTransaction(kind="split", postings=postings)
        posted = database.statement(lambda connection: ledger.post(connection, new))
        _acknowledge(seen, postings, posted.transaction_id)


def _acknowledge(seen: Run, postings: Any, transaction_id: str) -> None:
    with seen.lock:
        seen.acknowledged.append(Acknowledged([(each.account, each.amount) for each in postings], transaction_id))


@contextmanager
def _counting_refusals(seen: Run) -> Iterator[None]:
    try:
        yield
    except InsufficientFunds:
        with seen.lock:
            seen.n_refused += 1
    except TouchlineError as exc:
        raise AssertionError(f"no other refusal is possible: {exc!r}") from exc


def _check_serial_order(database: Postgres, accounts: list[AccountId], seen: Run) -> None:
    """Order transactions so that each account's postings stand in the order of their numbers; replay them."""
    rows = run(
        database,
        "SELECT transaction_id::text, owner, number, amount, balance FROM ledger_postings p "
        "JOIN ledger_accounts a ON a.id = account_id WHERE name = 'coins' ORDER BY number",
    )
    stored: dict[str, list[tuple[str, int, int, int]]] = {}
    for transaction_id, owner, number, amount, after in rows:
        stored.setdefault(transaction_id, []).append((owner, number, amount, after))
    acknowledged = {each.transaction_id for each in seen.acknowledged}
    welcome = {each for each in stored if len(stored[each]) == 1}
    assert acknowledged == stored.keys() - welcome, "every acknowledged one is there once, and no other"
    for each in seen.acknowledged:
        expected = sorted((account.owner, amount) for account, amount in each.lines)
        assert sorted((owner, amount) for owner, _, amount, _ in stored[each.transaction_id]) == expected
    following = dict.fromkeys((account.owner for account in accounts), 1)
    balances = dict.fromkeys((account.owner for account in accounts), 0)
    waiting = dict(stored)
    while waiting:
        ready = [each for each, lines in waiting.items() if _is_next(lines, following)]
        assert ready, "the accounts' orders contradict each other: there is no serial order"
        for owner, number, amount, after in sorted(waiting.pop(ready[0]), key=lambda line: line[1]):
            following[owner] = number + 1
            balances[owner] += amount
            assert balances[owner] == after >= 0


def _is_next(lines: list[tuple[str, int, int, int]], following: dict[str, int]) -> bool:
    first: dict[str, int] = {}
    for owner, number, _, _ in lines:
        first[owner] = min(first.get(owner, number), number)
    return all(following[owner] == number for owner, number in first.items())
