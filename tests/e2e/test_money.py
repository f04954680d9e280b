"""The merch shop on the whole platform: a purchase, a transfer, and transfers while everything is killed."""

from __future__ import annotations

import os
import random
import shutil
import signal
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from k8s.local.platform import Platform
from shared.adapters.clickhouse.client import ClickHouse
from shared.adapters.clickhouse.ledger import ClickHouseLedger
from shared.adapters.ledger_verification import LedgerVerification
from shared.adapters.postgres.database import Postgres
from tests.support.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

TRANSFERS = int(os.environ.get("MONEY_TRANSFERS", "1000"))
"""Of the killing test; the issue's own number, 10,000, takes some minutes."""
CLIENTS = 16
PASSWORD = "correct horse battery staple"
READY_S = 120.0


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    closed = Path(tempfile.mkdtemp(prefix="touchline-money-"))
    closed.chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    environment |= {"BCRYPT_COST": "4", "LOGIN_TRIES_PER_ADDRESS": "1000000"}
    try:
        with Platform(closed / "data", port=0, environment=environment) as running:
            running.wait_ready(timeout_s=READY_S)
            yield running
    finally:
        shutil.rmtree(closed, ignore_errors=True)


@pytest.fixture
def client(platform: Platform) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=platform.urls["public"], timeout=30) as client:
        yield client


def signed_in(client: httpx.Client, name: str) -> dict[str, str]:
    answer = client.post("/api/auth", json={"username": name, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['token']}"}


def new_name() -> str:
    return f"e2e-{uuid.uuid4().hex[:12]}"


def info(client: httpx.Client, who: dict[str, str]) -> Any:
    return client.get("/api/info", headers=who).raise_for_status().json()


def test_a_purchase(client: httpx.Client) -> None:
    ada = signed_in(client, new_name())
    assert info(client, ada) == {"coins": 1000, "inventory": [], "coinHistory": {"received": [], "sent": []}}
    for item, price in (("cup", 20), ("pen", 10), ("pen", 10)):
        before = info(client, ada)["coins"]
        assert client.get(f"/api/buy/{item}", headers=ada).status_code == 200
        assert info(client, ada)["coins"] == before - price
    assert info(client, ada)["inventory"] == [{"type": "cup", "quantity": 1}, {"type": "pen", "quantity": 2}]
    while info(client, ada)["coins"] >= 500:
        assert client.get("/api/buy/pink-hoody", headers=ada).status_code == 200
    refused = client.get("/api/buy/pink-hoody", headers=ada)
    assert (refused.status_code, set(refused.json())) == (400, {"errors"})


def test_a_transfer(client: httpx.Client) -> None:
    names = new_name(), new_name()
    ada, bob = (signed_in(client, name) for name in names)
    assert client.post("/api/sendCoin", headers=ada, json={"toUser": names[1], "amount": 150}).status_code == 200
    assert info(client, ada)["coinHistory"] == {"received": [], "sent": [{"toUser": names[1], "amount": 150}]}
    assert info(client, bob)["coinHistory"] == {"received": [{"fromUser": names[0], "amount": 150}], "sent": []}
    assert (info(client, ada)["coins"], info(client, bob)["coins"]) == (850, 1150)


def test_a_transfer_reaches_the_history_by_the_broker(client: httpx.Client) -> None:
    names = new_name(), new_name()
    ada, _ = (signed_in(client, name) for name in names)
    key = {"Idempotency-Key": "k"}
    sent = client.post("/coins/transfers", headers=ada | key, json={"to": names[1], "amount": 40})
    assert sent.status_code == 201

    def is_there() -> bool:
        items = client.get("/coins/history", headers=ada).raise_for_status().json()["items"]
        return [(each["amount"], each["counterparty"]) for each in items[:1]] == [(-40, names[1])]

    eventually(is_there, within_s=90)


# Everything is killed


@dataclass
class Sent:
    """What clients were told: keys that were acknowledged, with who sent how much to whom."""

    acknowledged: dict[str, tuple[str, str, int]] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __len__(self) -> int:
        return len(self.acknowledged) + len(self.refused)


def test_transfers_survive_that_everything_is_killed(platform: Platform, client: httpx.Client) -> None:
    """Clients retry with their keys: every acknowledged transfer is there once, none twice, nothing is lost."""
    names = [new_name() for _ in range(CLIENTS)]
    people = [signed_in(client, name) for name in names]
    sent, share = Sent(), TRANSFERS // CLIENTS

    def send_all(number: int) -> None:
        rng = random.Random(number)
        with httpx.Client(base_url=platform.urls["public"], timeout=10) as own:
            for n in range(share):
                receiver = rng.choice([name for name in names if name != names[number]])
                _send(own, people[number], names[number], receiver, rng.randint(1, 20), f"{number}-{n}", sent)

    with ThreadPoolExecutor(CLIENTS + 1) as threads:
        killer = threads.submit(_kill_one_after_the_other, platform, sent, share * CLIENTS)
        list(threads.map(send_all, range(CLIENTS)))
        killer.result()
    assert len(sent) == share * CLIENTS
    _compare_with_the_ledger(platform, sent)
    database = Postgres(platform.environment["DATABASE_URL"])
    projection = ClickHouseLedger(ClickHouse(platform.environment["CLICKHOUSE_URL"]))
    verification = LedgerVerification(database, projection, lag=timedelta())

    def is_projected() -> bool:
        return verification.find_faults(now=datetime.now(UTC)) == []

    eventually(is_projected, within_s=240)
    database.close()


def _send(
    client: httpx.Client, who: dict[str, str], sender: str, receiver: str, amount: int, key: str, sent: Sent
) -> None:
    """Send coins, and again with the same key until somebody answers for sure."""
    deadline_s = time.monotonic() + 300
    while time.monotonic() < deadline_s:
        try:
            answer = client.post(
                "/api/sendCoin",
                headers=who | {"Idempotency-Key": key},
                json={"toUser": receiver, "amount": amount},
            )
        except httpx.HTTPError:
            time.sleep(0.2)
            continue
        if answer.status_code in (200, 400):
            with sent.lock:
                if answer.status_code == 200:
                    sent.acknowledged[f"{sender}/{key}"] = sender, receiver, amount
                else:
                    assert "too little" in answer.text, answer.text
                    sent.refused.add(f"{sender}/{key}")
            return
        time.sleep(0.2)
    raise AssertionError(f"{key} was not answered within five minutes")


def _kill_one_after_the_other(platform: Platform, sent: Sent, n_all: int) -> None:
    """Each when a further part of the transfers is answered, so that every kill meets work in flight."""
    names = ["functions", "postgres", "eventing", "bus"]
    for number, name in enumerate(names, start=1):
        part = number * n_all // (len(names) + 1)
        eventually(partial(_is_longer, sent, part), within_s=300)
        os.kill(platform.supervisor.pid(name), signal.SIGKILL)


def _is_longer(sent: Sent, part: int) -> bool:
    return len(sent) > part


def _compare_with_the_ledger(platform: Platform, sent: Sent) -> None:
    senders = {sender for sender, _, _ in sent.acknowledged.values()}
    with psycopg.connect(platform.environment["DATABASE_URL"]) as connection:
        rows = connection.execute(
            "SELECT s.username, r.key, u.username, p.amount FROM ledger_requests r "
            "JOIN users s ON r.scope = 'users/' || s.id || '/sendCoin' "
            "JOIN ledger_postings p ON p.transaction_id = r.transaction_id AND p.amount > 0 "
            "JOIN ledger_accounts a ON a.id = p.account_id JOIN users u ON a.owner = 'users/' || u.id "
            "WHERE s.username = ANY (%s)",
            (list(senders),),
        ).fetchall()
        (n_transfers,) = connection.execute(
            "SELECT count(*) FROM ledger_postings p JOIN ledger_transactions t ON t.id = p.transaction_id "
            "JOIN ledger_accounts a ON a.id = p.account_id JOIN users u ON a.owner = 'users/' || u.id "
            "WHERE t.kind = 'transfer' AND p.amount < 0 AND u.username = ANY (%s)",
            (list(senders),),
        ).fetchone() or (0,)
    stored = {f"{sender}/{key}": (sender, receiver, amount) for sender, key, receiver, amount in rows}
    assert stored == sent.acknowledged
    assert n_transfers == len(sent.acknowledged)
