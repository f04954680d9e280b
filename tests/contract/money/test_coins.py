"""Coins through its real edge: transfers, histories, statements, managers, erasure."""

from __future__ import annotations

import csv
import io
import json
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.adapters.clickhouse.client import ClickHouse
from shared.adapters.clickhouse.ledger import ClickHouseLedger
from shared.adapters.ledger_verification import LedgerVerification
from shared.adapters.postgres import ledger
from shared.adapters.postgres.coins import PostgresCoins
from shared.domain.money.coins import MANAGER_DAILY_CAP, SECOND_MANAGER_ABOVE, account_of
from shared.domain.money.ledger import NewTransaction, transfer
from shared.events.envelope import Event
from shared.events.users import UserDeleted, UserRegistered
from tests.support.engines.postgres import run
from tests.support.functions.problems import assert_problem
from tests.support.money.accounts import faults, reserve
from tests.support.money.functions import Person, Shop, shop, whole_shop

__all__ = ["shop", "whole_shop"]
REASON = "a mistake of ours"


@pytest.fixture
def coins(whole_shop: Shop) -> Iterator[Shop]:
    yield whole_shop
    assert faults(whole_shop.database) == []


def balance(shop: Shop, who: Person) -> int:
    return PostgresCoins(shop.database).balance(who.id).posted


def send(shop: Shop, who: Person, to: str, amount: Any, *, key: str = "") -> Any:
    body = {"to": to, "amount": amount}
    return shop.ask("POST", "/coins/transfers", who, json=body, key=key or str(uuid.uuid4()))


def manager_does(shop: Shop, who: Person, path: str, method: str = "POST", **body: Any) -> Any:
    return shop.ask(method, f"/coins/{path}", who, json={"reason": REASON, **body})


def trail(shop: Shop, who: Person) -> list[str]:
    rows = run(
        shop.database,
        "SELECT action FROM audit_trail WHERE user_id = %s AND action LIKE 'coins.%%' ORDER BY id",
        who.id,
    )
    return [action for (action,) in rows]


def tick(shop: Shop, task: str) -> Any:
    data = json.dumps({"task": task}).encode()
    event = Event(
        id=str(uuid.uuid4()), source="/tick", type="dev.knative.sources.ping", time=datetime.now(UTC), data=data
    )
    return shop.deliver(event, "tick")


# Accounts


def test_a_new_user_has_1000_coins_exactly_once(coins: Shop) -> None:
    ada = coins.person()
    event = UserRegistered(user_id=ada.id, occurred_at=datetime.now(UTC)).to_event()
    coins.app("coins")
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: coins.deliver(event, "user-registered").status_code, range(8)))
    assert answers == [202] * 8
    shown = coins.ask("GET", "/coins", ada)
    assert shown.json == {"balance": 1000, "pending": 0, "available": 1000, "state": "open"}
    assert shown.headers["Cache-Control"] == "no-store"


def test_an_account_opens_itself_before_the_event_came(coins: Shop) -> None:
    ada, bob = coins.person(), coins.person()
    assert send(coins, ada, bob.name, 10).json["balance"] == 990
    for who in (ada, bob):
        coins.deliver(UserRegistered(user_id=who.id, occurred_at=datetime.now(UTC)).to_event(), "user-registered")
    assert (balance(coins, ada), balance(coins, bob)) == (990, 1010)


# Transfers


def test_coins_are_sent_by_name(coins: Shop) -> None:
    ada, bob = coins.person(), coins.person("Bob")
    answer = send(coins, ada, "bob", 250)
    assert answer.status_code == 201
    assert set(answer.json) == {"transaction_id", "amount", "balance"}
    assert (balance(coins, ada), balance(coins, bob)) == (750, 1250)


def test_a_repeated_transfer_is_answered_as_the_first(coins: Shop) -> None:
    ada, bob = coins.person(), coins.person()
    first = send(coins, ada, bob.name, 10, key="k")
    send(coins, ada, bob.name, 5)
    second = send(coins, ada, bob.name, 10, key="k")
    assert (second.status_code, second.json) == (201, first.json)
    assert second.headers["Idempotency-Replayed"] == "true"
    assert_problem(send(coins, ada, bob.name, 11, key="k"), 422, "Key reused")
    assert send(coins, bob, ada.name, 10, key="k").status_code == 201  # a key is its caller's


def test_what_cannot_be_sent_is_refused(coins: Shop) -> None:
    ada, bob = coins.person(), coins.person()
    assert_problem(send(coins, ada, "nobody", 1), 404, "Not found")
    assert_problem(send(coins, ada, ada.name, 1), 400, "Invalid input")
    assert_problem(send(coins, ada, bob.name, 1001), 409, "Insufficient funds")
    for amount in (0, -1, 2**63, 1.5, "1", True):
        assert_problem(send(coins, ada, bob.name, amount), 400, "Invalid input")
    answer = coins.ask("POST", "/coins/transfers", ada, json={"to": bob.name, "amount": 1})
    assert "Idempotency-Key" in assert_problem(answer, 400, "Invalid input")["errors"]
    assert_problem(coins.ask("GET", "/coins"), 401, "Not authenticated")


# Histories


def test_a_history_has_the_balance_after_each_posting(coins: Shop) -> None:
    ada, bob = coins.person(), coins.person()
    for amount in (10, 20, 30):
        send(coins, ada, bob.name, amount)
    coins.seal()
    first = coins.ask("GET", "/coins/history?limit=2", ada).json
    rest = coins.ask("GET", f"/coins/history?limit=2&cursor={first['next']}", ada).json
    lines = first["items"] + rest["items"]
    assert [(each["kind"], each["amount"], each["balance"]) for each in lines] == [
        ("transfer", -30, 940), ("transfer", -20, 970), ("transfer", -10, 990), ("welcome", 1000, 1000),
    ]  # fmt: skip
    assert [each["counterparty"] for each in lines] == [bob.name] * 3 + ["systems/coins"]
    assert rest["next"] is None


def test_a_history_is_summed_by_the_other_user(coins: Shop) -> None:
    ada, bob = coins.person(), coins.person()
    send(coins, ada, bob.name, 10)
    send(coins, ada, bob.name, 20)
    send(coins, bob, ada.name, 5)
    coins.seal()
    sums = {each.pop("counterparty"): each for each in coins.ask("GET", "/coins/counterparties", ada).json["items"]}
    assert sums[bob.name] == {"received": 5, "sent": 30, "n_transactions": 3}


def test_a_block_that_comes_again_changes_nothing(coins: Shop) -> None:
    ada, bob = coins.person(), coins.person()
    send(coins, ada, bob.name, 10)
    for posted in coins.seal():
        assert coins.deliver(posted.to_event(), "transaction-posted").status_code == 202
    assert len(coins.ask("GET", "/coins/history", ada).json["items"]) == 2


def test_a_statement_goes_by_when_postings_took_effect(coins: Shop) -> None:
    ada, bob = coins.person(), coins.person()
    send(coins, ada, bob.name, 100)
    last_week = datetime.now(UTC) - timedelta(days=7)

    def backdate(connection: Any) -> None:
        postings = transfer(account_of(bob.id), account_of(ada.id), 40)
        ledger.post(connection, NewTransaction(kind="transfer", postings=postings, effective_at=last_week))

    coins.database.transaction(backdate)
    coins.seal()
    period = {
        "begins": (last_week - timedelta(days=1)).isoformat(),
        "ends": (last_week + timedelta(days=1)).isoformat(),
    }
    past = coins.ask("GET", "/coins/statement", ada, query_string=period).json
    assert (past["opening"], past["closing"], [each["amount"] for each in past["items"]]) == (0, 40, [40])
    assert past["days"] == [{"day": last_week.date().isoformat(), "received": 40, "sent": 0, "n_postings": 1}]
    now = coins.ask("GET", "/coins/statement", ada).json
    assert (now["opening"], now["closing"]) == (0, 940)
    as_csv = coins.ask("GET", "/coins/statement", ada, headers={"Accept": "text/csv"})
    rows = list(csv.DictReader(io.StringIO(as_csv.text)))
    assert [int(row["amount"]) for row in rows] == [40, 1000, -100]
    assert as_csv.headers["Cache-Control"] == "no-store"
    assert_problem(coins.ask("GET", "/coins/statement?begins=1800-01-01T00:00:00Z", ada), 400, "Invalid input")


def test_the_export_names_nobody_else(coins: Shop) -> None:
    ada, bob = coins.person(), coins.person("bobby")
    send(coins, ada, bob.name, 10)
    coins.seal()
    answer = coins.ask("GET", "/coins/export", ada)
    assert answer.json["balance"] == 990
    assert len(answer.json["postings"]) == 2
    assert "bobby" not in answer.text
    assert bob.id not in answer.text


# Managers


def test_a_manager_grants_with_a_reason_that_is_recorded(coins: Shop) -> None:
    manager, ada = coins.person("", "manager"), coins.person()
    preview = manager_does(coins, manager, "grants", username=ada.name, amount=500, preview=True)
    assert preview.json == {
        "balance": 1000, "balance_after": 1500, "needs_second_manager": False, "left_today": MANAGER_DAILY_CAP,
    }  # fmt: skip
    assert balance(coins, ada) == 1000
    answer = manager_does(coins, manager, "grants", username=ada.name, amount=500)
    assert (answer.status_code, answer.json["state"]) == (201, "done")
    assert balance(coins, ada) == 1500
    assert trail(coins, ada) == ["coins.grant.do"]
    (detail,) = run(coins.database, "SELECT detail FROM audit_trail WHERE action = 'coins.grant.do'")[0]
    assert detail["reason"] == REASON
    assert detail["transaction"] == answer.json["transaction_id"]


def test_above_a_limit_a_second_manager_decides(coins: Shop) -> None:
    first, second, ada = coins.person("", "manager"), coins.person("", "manager"), coins.person()
    amount = SECOND_MANAGER_ABOVE + 1
    order = manager_does(coins, first, "grants", username=ada.name, amount=amount)
    assert (order.status_code, order.json["state"]) == (202, "waiting")
    path = f"orders/{order.json['id']}/approval"
    assert [each["id"] for each in coins.ask("GET", "/coins/orders", second).json["items"]] == [order.json["id"]]
    assert_problem(manager_does(coins, first, path, "PUT"), 403, "Forbidden")
    assert balance(coins, ada) == 1000
    assert manager_does(coins, second, path, "PUT").json["state"] == "done"
    assert_problem(manager_does(coins, second, path, "PUT"), 409, "Conflict")
    assert balance(coins, ada) == 1000 + amount
    assert trail(coins, ada) == ["coins.grant.ask", "coins.grant.approve"]
    assert coins.ask("GET", "/coins/orders", second).json["items"] == []


def test_a_second_manager_may_refuse(coins: Shop) -> None:
    first, second, ada = coins.person("", "manager"), coins.person("", "manager"), coins.person()
    order = manager_does(coins, first, "grants", username=ada.name, amount=SECOND_MANAGER_ABOVE + 1).json
    assert manager_does(coins, second, f"orders/{order['id']}/refusal", "PUT").json["state"] == "refused"
    assert balance(coins, ada) == 1000


def test_a_manager_has_a_daily_cap(coins: Shop) -> None:
    manager, ada = coins.person("", "manager"), coins.person()
    n_within = MANAGER_DAILY_CAP // SECOND_MANAGER_ABOVE
    for _ in range(n_within):
        answer = manager_does(coins, manager, "grants", username=ada.name, amount=SECOND_MANAGER_ABOVE)
        assert answer.status_code == 201, answer.text
    assert_problem(manager_does(coins, manager, "grants", username=ada.name, amount=1), 409, "Conflict")


def test_two_orders_at_once_both_count_against_the_cap(coins: Shop) -> None:
    manager, ada = coins.person("", "manager"), coins.person()
    coins.app("coins")
    with ThreadPoolExecutor(8) as threads:
        answers = list(
            threads.map(
                lambda _: (
                    manager_does(coins, manager, "grants", username=ada.name, amount=SECOND_MANAGER_ABOVE).status_code
                ),
                range(8),
            )
        )
    assert sorted(answers) == [201] * 5 + [409] * 3


def test_nobody_moves_their_own_coins(coins: Shop) -> None:
    manager, ada = coins.person("", "manager"), coins.person()
    transaction_id = send(coins, ada, manager.name, 10).json["transaction_id"]
    own = [
        manager_does(coins, manager, "grants", username=manager.name, amount=1),
        manager_does(coins, manager, "reversals", transaction_id=transaction_id),
        manager_does(coins, manager, f"accounts/{manager.name}/state", "PUT", state="frozen"),
    ]
    for answer in own:
        assert_problem(answer, 403, "Forbidden")
    other = coins.person("", "manager")
    big = manager_does(coins, other, "grants", username=manager.name, amount=SECOND_MANAGER_ABOVE + 1).json
    assert_problem(manager_does(coins, manager, f"orders/{big['id']}/approval", "PUT"), 403, "Forbidden")


def test_a_transfer_is_reversed_once_and_leaves_the_sums(coins: Shop) -> None:
    manager, ada, bob = coins.person("", "manager"), coins.person(), coins.person()
    transaction_id = send(coins, ada, bob.name, 40).json["transaction_id"]
    preview = manager_does(coins, manager, "reversals", transaction_id=transaction_id, preview=True).json
    assert (preview["balance"], preview["balance_after"]) == (1040, 1000)
    answer = manager_does(coins, manager, "reversals", transaction_id=transaction_id)
    assert answer.status_code == 201, answer.text
    assert_problem(manager_does(coins, manager, "reversals", transaction_id=transaction_id), 409, "Conflict")
    assert (balance(coins, ada), balance(coins, bob)) == (1000, 1000)
    assert run(coins.database, "SELECT amount FROM coin_flows") == [(0,)]
    assert trail(coins, bob) == ["coins.reversal.do"]
    unknown = manager_does(coins, manager, "reversals", transaction_id=str(uuid.uuid4()))
    assert_problem(unknown, 404, "Not found")


def test_what_is_spent_cannot_be_taken_back(coins: Shop) -> None:
    manager, ada, bob, eve = coins.person("", "manager"), coins.person(), coins.person(), coins.person()
    transaction_id = send(coins, ada, bob.name, 1000).json["transaction_id"]
    send(coins, bob, eve.name, 1500)
    answer = manager_does(coins, manager, "reversals", transaction_id=transaction_id)
    assert_problem(answer, 409, "Insufficient funds")
    assert trail(coins, bob) == []


def test_a_frozen_account_pays_nothing_until_it_is_opened(coins: Shop) -> None:
    manager, ada, bob = coins.person("", "manager"), coins.person(), coins.person()
    path = f"accounts/{ada.name}/state"
    assert manager_does(coins, manager, path, "PUT", state="frozen").status_code == 204
    assert_problem(send(coins, ada, bob.name, 1), 409, "Conflict")
    assert send(coins, bob, ada.name, 1).status_code == 201
    assert coins.ask("GET", f"/coins/accounts/{ada.name}", manager).json["state"] == "frozen"
    assert manager_does(coins, manager, path, "PUT", state="open").status_code == 204
    assert send(coins, ada, bob.name, 1).status_code == 201
    assert trail(coins, ada) == ["coins.freeze", "coins.unfreeze"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "grants"),
        ("POST", "reversals"),
        ("GET", "orders"),
        ("GET", "accounts/ada"),
        ("PUT", "accounts/ada/state"),
    ],
)
def test_only_managers_manage(coins: Shop, method: str, path: str) -> None:
    for who in (coins.person(), coins.person("", "operator")):
        assert_problem(manager_does(coins, who, path, method), 403, "Forbidden")


def test_a_manager_of_yesterday_does_nothing(coins: Shop) -> None:
    manager, ada = coins.person("", "manager"), coins.person()
    run(coins.database, "UPDATE users SET roles = '{}' WHERE id = %s", manager.id)
    assert_problem(manager_does(coins, manager, "grants", username=ada.name, amount=1), 403, "Forbidden")


# Erasure


def test_coins_of_a_deleted_user_leave_circulation(coins: Shop) -> None:
    ada, bob = coins.person(), coins.person()
    send(coins, bob, ada.name, 5)
    event = UserDeleted(user_id=ada.id, occurred_at=datetime.now(UTC)).to_event()
    for _ in range(2):
        assert coins.deliver(event, "user-deleted").status_code == 202
    assert_problem(send(coins, bob, ada.name, 1), 409, "Conflict")
    rows = run(coins.database, "SELECT name, credits_posted - debits_posted, state FROM ledger_accounts "
               "WHERE owner = %s OR name = 'forfeited' ORDER BY name", f"users/{ada.id}")  # fmt: skip
    assert rows == [("coins", 0, "closed"), ("forfeited", 1005, "open")]


def test_an_account_with_holds_closes_once_they_end(coins: Shop) -> None:
    ada, bob = coins.person(), coins.person()
    PostgresCoins(coins.database).open(ada.id)
    PostgresCoins(coins.database).open(bob.id)
    reserve(coins.database, account_of(ada.id), account_of(bob.id), 100, lasts_s=0.3)
    coins.deliver(UserDeleted(user_id=ada.id, occurred_at=datetime.now(UTC)).to_event(), "user-deleted")
    state = "SELECT state, credits_posted - debits_posted FROM ledger_accounts WHERE owner = %s"
    assert run(coins.database, state, f"users/{ada.id}") == [("closing", 100)]
    run(coins.database, "SELECT pg_sleep(0.4)")
    assert tick(coins, "expire").status_code == 202
    assert run(coins.database, state, f"users/{ada.id}") == [("closed", 0)]


def test_who_was_deleted_before_they_had_coins_gets_none(coins: Shop) -> None:
    ada = coins.person()
    coins.deliver(UserDeleted(user_id=ada.id, occurred_at=datetime.now(UTC)).to_event(), "user-deleted")
    coins.deliver(UserRegistered(user_id=ada.id, occurred_at=datetime.now(UTC)).to_event(), "user-registered")
    assert balance(coins, ada) == 0


# The clock


def test_the_clock_seals_expires_forgets_and_verifies(coins: Shop) -> None:
    ada, bob = coins.person(), coins.person()
    send(coins, ada, bob.name, 10)
    assert tick(coins, "seal").status_code == 202
    assert run(coins.database, "SELECT count(*) FROM ledger_blocks") == [(1,)]
    run(coins.database, "UPDATE ledger_requests SET claimed_at = now() - interval '4 days'")
    assert tick(coins, "forget").status_code == 202
    assert run(coins.database, "SELECT count(*) FROM ledger_requests") == [(0,)]
    assert tick(coins, "verify").status_code == 202
    assert tick(coins, "nothing").status_code == 400


def test_a_fault_of_the_ledger_is_loud(coins: Shop, caplog: pytest.LogCaptureFixture) -> None:
    ada, bob = coins.person(), coins.person()
    send(coins, ada, bob.name, 10)
    coins.seal()
    run(
        coins.database,
        "UPDATE ledger_accounts SET credits_posted = credits_posted + 1 WHERE owner = %s",
        f"users/{ada.id}",
    )
    assert tick(coins, "verify").status_code == 500
    assert "the balance is not the sum of its postings" in caplog.text
    run(
        coins.database,
        "UPDATE ledger_accounts SET credits_posted = credits_posted - 1 WHERE owner = %s",
        f"users/{ada.id}",
    )


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE ledger_transactions SET detail = '{\"forged\": true}'", "was changed after it was sealed"),
        ("UPDATE ledger_transactions SET effective_at = effective_at - interval '1 day'", "was changed after"),
        ("UPDATE ledger_postings SET amount = amount * 2", "was changed after"),
        ("UPDATE ledger_postings SET amount = amount + 1 WHERE amount > 0", "does not sum to zero"),
        ("DELETE FROM ledger_transactions WHERE kind = 'transfer'", "other numbers of transactions"),
        ("DELETE FROM ledger_postings WHERE line = 2", "is not the sum of its postings"),
        ("DELETE FROM ledger_blocks WHERE number = 1", "does not follow"),
        ("UPDATE ledger_blocks SET sha256 = sha256(sha256) WHERE number = 1", "does not follow"),
        ("UPDATE ledger_accounts SET debits_pending = 1, credits_posted = credits_posted + 1", "sum of its holds"),
    ],
)  # fmt: skip
def test_whatever_is_changed_behind_the_ledger_is_found(whole_shop: Shop, statement: str, fault: str) -> None:
    ada, bob = whole_shop.person(), whole_shop.person()
    for _ in range(3):
        send(whole_shop, ada, bob.name, 10)
        whole_shop.seal()
    verification = _verification(whole_shop)
    now = datetime.now(UTC) + timedelta(hours=1)
    assert verification.find_faults(now=now) == []
    with whole_shop.database.connection() as connection, connection.transaction():
        connection.execute("SET LOCAL session_replication_role TO replica")  # the triggers would refuse it
        connection.execute(statement.encode())
    assert any(fault in each for each in verification.find_faults(now=now))


def test_a_projection_that_lacks_something_is_found(whole_shop: Shop) -> None:
    ada, bob = whole_shop.person(), whole_shop.person()
    send(whole_shop, ada, bob.name, 10)
    whole_shop.seal()
    verification, now = _verification(whole_shop), datetime.now(UTC)
    assert verification.find_faults(now=now) == []
    ClickHouse(whole_shop.environment["CLICKHOUSE_URL"]).command("TRUNCATE TABLE ledger_postings")
    assert verification.find_faults(now=now) == []  # it may come yet
    late = verification.find_faults(now=now + timedelta(hours=1))
    assert any("is projected as None" in each for each in late)


def test_a_transaction_that_is_never_sealed_is_found(whole_shop: Shop) -> None:
    ada, bob = whole_shop.person(), whole_shop.person()
    send(whole_shop, ada, bob.name, 10)
    verification, now = _verification(whole_shop), datetime.now(UTC)
    assert verification.find_faults(now=now) == []
    late = verification.find_faults(now=now + timedelta(hours=1))
    assert any("is in no block" in each for each in late)


def _verification(shop: Shop) -> LedgerVerification:
    return LedgerVerification(shop.database, ClickHouseLedger(ClickHouse(shop.environment["CLICKHOUSE_URL"])))
