"""Bets on the whole platform: events are made, bet on and decided while functions are killed; each settles once."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from k8s.local.platform import Platform
from shared.adapters.ledger_verification import LedgerVerification
from shared.adapters.postgres import ledger_blocks
from shared.adapters.postgres.database import Postgres
from tests.support.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

PASSWORD = "correct horse battery staple"
READY_S = 180.0
BETTORS = 6


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    folder = Path(tempfile.mkdtemp(prefix="touchline-bets-"))
    folder.chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    environment |= {"BCRYPT_COST": "4", "LOGIN_TRIES_PER_ADDRESS": "1000000"}
    try:
        with Platform(folder / "data", port=0, environment=environment) as running:
            running.wait_ready(timeout_s=READY_S)
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def client(platform: Platform) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=platform.urls["public"], timeout=30) as client:
        yield client


def log_in(client: httpx.Client, name: str, password: str) -> dict[str, str]:
    """By ``POST /token`` with JSON, as the first bet maker's clients do."""
    answer = client.post("/token", json={"username": name, "password": password})
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def bettor(client: httpx.Client) -> dict[str, str]:
    name = f"e2e-{uuid.uuid4().hex[:12]}"
    registered = client.post("/register", json={"username": name, "password": PASSWORD})
    assert registered.status_code == 201, registered.text
    return log_in(client, name, PASSWORD)


def ask(client: httpx.Client, method: str, path: str, who: dict[str, str], **sent: Any) -> httpx.Response:
    """Ask until somebody answers for sure: functions are killed meanwhile."""
    deadline_s = time.monotonic() + 240
    while True:
        try:
            answer = client.request(method, path, headers=who, **sent)
            if answer.status_code < 500:
                return answer
        except httpx.HTTPError:
            pass
        assert time.monotonic() < deadline_s, f"{method} {path} was not answered"
        time.sleep(0.2)


def test_every_bet_is_settled_once_though_functions_are_killed(platform: Platform, client: httpx.Client) -> None:
    operator = log_in(client, *platform.operator)
    bettors = [bettor(client) for _ in range(BETTORS)]
    events = []
    for coefficient in (1.85, 2.5):
        made = ask(client, "POST", "/line-provider/event", operator, json={"coefficient": coefficient})
        assert made.status_code == 200, made.text
        events.append(made.json()["event_id"])
    assert {each["event_id"] for each in ask(client, "GET", "/api/events", bettors[0]).json()} >= set(events)
    bets = []
    for number, who in enumerate(bettors):
        for event_id in events:
            key = {"Idempotency-Key": f"{number}-{event_id}"}
            placed = ask(client, "POST", "/api/bet", who | key, json={"bet_amount": 100, "event_id": event_id})
            assert placed.status_code == 200, placed.text
            bets.append((who, placed.json()["id"]))
    decide(client, operator, events[0], 2)
    os.kill(platform.supervisor.pid("functions"), signal.SIGKILL)
    decide(client, operator, events[1], 3)
    eventually(lambda: statuses(client, bets) == {"won": BETTORS, "lost": BETTORS}, within_s=240)
    for who in bettors:
        assert ask(client, "GET", "/coins", who).json()["balance"] == 1000 - 200 + 185
    stuck = ask(client, "GET", "/bets/open?stuck=true", operator).json()
    assert (stuck["items"], stuck["simulated_money"]) == ([], True)
    takings = ask(client, "GET", "/bets/books", operator).json()["takings"]
    assert (takings["staked"], takings["paid"], takings["open_stakes"]) == (200 * BETTORS, 185 * BETTORS, 0)
    database = Postgres(platform.environment["DATABASE_URL"])
    ledger_blocks.seal_all(database)
    assert LedgerVerification(database).find_faults(now=datetime.now(UTC)) == []
    database.close()


def decide(client: httpx.Client, operator: dict[str, str], event_id: int, status: int) -> None:
    """Decide an event; who asks again after a kill may find it decided."""
    path = f"/line-provider/event/{event_id}/status?new_status={status}"
    assert ask(client, "PATCH", path, operator).status_code in (200, 403)


def statuses(client: httpx.Client, bets: list[tuple[dict[str, str], str]]) -> dict[str, int]:
    """How many bets are in each status."""
    counts: dict[str, int] = {}
    for who, bet_id in bets:
        status = ask(client, "GET", f"/api/get-one/{bet_id}", who).json()["status"]
        counts[status] = counts.get(status, 0) + 1
    return counts
