"""The shop on the whole platform: purchases while everything is killed are in the tables and on the log, once."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from k8s.local.platform import Platform
from shared.adapters import event_log
from shared.clock import SystemClock
from shared.events import cloudevents
from shared.events.shop import TOPIC, PurchaseCancelled, PurchaseMade
from shared.security.tokens import Caller, Tokens
from shared.settings.accounts import TokenSettings
from shared.settings.loading import load_settings
from tests.support.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PURCHASES = int(os.environ.get("SHOP_PURCHASES", "320"))
CLIENTS = 8
STOCK = 10_000
READY_S = 120.0


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    closed = Path(tempfile.mkdtemp(prefix="touchline-shop-"))
    closed.chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    try:
        with Platform(closed / "data", port=0, environment=environment) as running:
            running.wait_ready(timeout_s=READY_S)
            yield running
    finally:
        shutil.rmtree(closed, ignore_errors=True)


@dataclass
class Acknowledged:
    """The purchases that clients were told of, by key, and those that they cancelled."""

    made: dict[str, str] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)


def ask(client: httpx.Client, method: str, path: str, **sent: Any) -> httpx.Response:
    """Send until somebody answers for sure."""
    deadline_s = time.monotonic() + 300
    while time.monotonic() < deadline_s:
        try:
            answer = client.request(method, f"/shop/v1/{path}", **sent)
        except httpx.HTTPError:
            time.sleep(0.2)
            continue
        if answer.status_code < 500 and answer.status_code != 429:
            return answer
        time.sleep(0.2)
    raise AssertionError(f"{method} {path} was not answered within five minutes")


def test_purchases_survive_that_everything_is_killed(platform: Platform) -> None:
    keys = load_settings(TokenSettings, platform.environment, need=("TOKEN_KEYS",)).keys
    operator = Caller(user_id=str(uuid.uuid4()), username="e2e", roles=("operator",))
    bearer = {"Authorization": f"Bearer {Tokens(keys, SystemClock()).sign(operator)}"}
    seen, share = Acknowledged(), PURCHASES // CLIENTS
    with httpx.Client(base_url=platform.urls["public"], timeout=10, headers=bearer) as client:
        seller = ask(client, "POST", "sellers", json={"name": "Shop", "email": "shop@example.org"}).json()
        body = {"seller_id": seller["id"], "name": "x", "category": "y", "price": 5, "currency": "EUR", "stock": STOCK}
        product = ask(client, "POST", "products", json=body, headers={"Idempotency-Key": "p"}).json()
        person = {"first_name": "Ada", "last_name": "King", "email": "ada@example.org"}
        customer = ask(client, "POST", "customers", json=person).json()

    def buy_all(number: int) -> None:
        order = {"product_id": product["id"], "customer_id": customer["id"], "quantity": 1}
        with httpx.Client(base_url=platform.urls["public"], timeout=10, headers=bearer) as own:
            for n in range(share):
                key = f"{number}-{n}"
                answer = ask(own, "POST", "purchases", json=order, headers={"Idempotency-Key": key})
                assert answer.status_code == 201, answer.text
                purchase_id = answer.json()["id"]
                if n % 5 == 0:
                    assert ask(own, "DELETE", f"purchases/{purchase_id}").status_code == 204
                with seen.lock:
                    seen.made[key] = purchase_id
                    seen.cancelled |= {purchase_id} if n % 5 == 0 else set()

    with ThreadPoolExecutor(CLIENTS + 1) as threads:
        killer = threads.submit(kill_one_after_the_other, platform, seen, share * CLIENTS)
        list(threads.map(buy_all, range(CLIENTS)))
        killer.result()
    assert len(set(seen.made.values())) == share * CLIENTS
    compare_with_tables(platform, seen)
    eventually(partial(outbox_is_empty, platform), within_s=150)
    compare_with_log(platform, seen)


def kill_one_after_the_other(platform: Platform, seen: Acknowledged, n_all: int) -> None:
    """Each when a further part of the purchases is answered, so that every kill meets work in flight."""
    names = ["functions", "postgres", "bus", "eventing", "functions"]
    for number, name in enumerate(names, start=1):
        part = number * n_all // (len(names) + 1)
        eventually(partial(is_longer, seen, part), within_s=300)
        os.kill(platform.supervisor.pid(name), signal.SIGKILL)


def is_longer(seen: Acknowledged, part: int) -> bool:
    return len(seen.made) > part


def outbox_is_empty(platform: Platform) -> bool:
    with psycopg.connect(platform.environment["DATABASE_URL"]) as connection:
        return connection.execute("SELECT count(*) FROM shop_outbox").fetchone() == (0,)


def compare_with_tables(platform: Platform, seen: Acknowledged) -> None:
    with psycopg.connect(platform.environment["DATABASE_URL"]) as connection:
        rows = connection.execute("SELECT id::text, cancelled_at IS NOT NULL FROM shop_purchases").fetchall()
        stock = connection.execute("SELECT stock FROM shop_products").fetchone()
    assert {each for each, _ in rows} == set(seen.made.values()), "every acknowledged purchase is there, and none twice"
    assert {each for each, is_cancelled in rows if is_cancelled} == seen.cancelled
    assert stock == (STOCK - len(seen.made) + len(seen.cancelled),)


def compare_with_log(platform: Platform, seen: Acknowledged) -> None:
    """Every event is there. One may be there twice, under one id, which readers know it by."""
    log = event_log.connect(platform.environment["EVENT_LOG_URL"])
    events = [cloudevents.from_record(each.headers, each.value) for each in log.replay(TOPIC)]
    log.close()
    counts = Counter((event.type, event.subject) for event in {event.id: event for event in events}.values())
    made = {(PurchaseMade.TYPE, f"purchases/{each}") for each in seen.made.values()}
    cancelled = {(PurchaseCancelled.TYPE, f"purchases/{each}") for each in seen.cancelled}
    assert counts == Counter(made | cancelled)
