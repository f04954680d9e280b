"""Top-ups on the whole platform: payments reach the store while their provider lies and functions are killed."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from k8s.local.platform import Platform
from tests.support.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

PASSWORD = "correct horse battery staple"
READY_S = 120.0
HOSTILE = "duplicate=0.4,delay=0.3,drop=0.2,lie=0.3,timeout=0.2,half=0.2,error=0.2"
PROVIDERS = ("stripe", "yookassa")
TOP_UPS = 8


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    closed = Path(tempfile.mkdtemp(prefix="touchline-top-ups-"))
    closed.chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    try:
        with Platform(closed / "data", port=0, environment=environment | {"BCRYPT_COST": "4"}) as running:
            running.wait_ready(timeout_s=READY_S)
            yield running
    finally:
        shutil.rmtree(closed, ignore_errors=True)


@pytest.fixture
def client(platform: Platform) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=platform.urls["public"], timeout=30) as client:
        yield client


def owner(client: httpx.Client) -> tuple[dict[str, str], str]:
    """A new user's token, and the id of their store."""
    name = f"e2e-{uuid.uuid4().hex[:12]}"
    assert client.post("/register", json={"username": name, "password": PASSWORD}).status_code == 201
    answer = client.post("/login", json={"username": name, "password": PASSWORD})
    who = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    store = client.post("/stores", headers=who | {"Idempotency-Key": "k"}, json={"name": "Boots (simulated)"})
    assert store.status_code == 201, store.text
    return who, store.json()["id"]


def top_up(client: httpx.Client, who: dict[str, str], store_id: str, provider: str, key: str) -> Any:
    body = {"store_id": store_id, "provider": provider, "amount": 1_000}
    return client.post("/top-ups", headers=who | {"Idempotency-Key": key}, json=body)


def balance(client: httpx.Client, who: dict[str, str], store_id: str) -> int:
    return int(client.get(f"/stores/{store_id}/balance", headers=who).raise_for_status().json()["available"])


@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_a_payer_pays_on_the_providers_page_is_the_stores(
    platform: Platform, client: httpx.Client, provider: str
) -> None:
    who, store_id = owner(client)
    made = top_up(client, who, store_id, provider, "k")
    assert made.status_code == 201, made.text
    page = f"{platform.environment['YOOKASSA_URL']}/pay/{made.json()['payment_id']}"
    assert "no real money" in httpx.get(page).text
    httpx.post(page, data={"do": "pay"}).raise_for_status()
    eventually(lambda: balance(client, who, store_id) == 1_000, within_s=150)


def test_core_is_not_reached_from_outside(client: httpx.Client) -> None:
    who, store_id = owner(client)
    assert client.get(f"/core/v1/stores/{store_id}", headers=who).status_code == 404


def test_functions_are_killed_while_the_provider_lies_and_every_payment_counts_once(
    platform: Platform, client: httpx.Client
) -> None:
    who, store_id = owner(client)
    url = platform.environment["YOOKASSA_URL"]

    def truth() -> list[dict[str, Any]]:
        payments = httpx.get(f"{url}/standin/truth").raise_for_status().json()
        return [each for each in payments if each["metadata"]["store_id"] == store_id]

    def pay_all() -> list[dict[str, Any]]:
        for payment in [each for each in truth() if each["status"] == "pending"]:
            httpx.post(f"{url}/pay/{payment['id']}", data={"do": "pay"}).raise_for_status()
        return truth()

    def is_answered(number: int) -> bool:
        """Of a client that sends its request again, with its key, until it is answered."""
        with suppress(httpx.HTTPError):
            return top_up(client, who, store_id, PROVIDERS[number % 2], str(number)).status_code in (201, 202)
        return False

    httpx.post(f"{url}/standin/hostility", json={"faults": HOSTILE, "seed": 7}).raise_for_status()
    for number in range(TOP_UPS):
        if number % 4 == 3:
            os.kill(platform.supervisor.pid("functions"), signal.SIGKILL)
        eventually(partial(is_answered, number), within_s=120, every_s=0.5)
        pay_all()
    httpx.post(f"{url}/standin/hostility", json={"faults": ""}).raise_for_status()

    def is_settled() -> bool:
        paid = [each for each in pay_all() if each["status"] == "succeeded"]
        return len(paid) == TOP_UPS and balance(client, who, store_id) == TOP_UPS * 1_000

    eventually(is_settled, within_s=300, every_s=1)
