"""Webhooks of top-ups under an open-loop load: signed ones, a share of them repeated, each of a payment of its own."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
import uuid
from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

from k8s.local.payments import wire_forms
from k8s.local.payments.book import STRIPE, Payment
from k8s.local.platform import Platform
from shared.adapters.postgres import ads_stores, ads_top_ups
from shared.adapters.postgres.database import Postgres
from shared.clock import SystemClock
from tests.bench.support.open_loop import Load
from tests.support.reference import ROOT

STORES, REPEATED, AMOUNT = 50, 0.2, 1_000
Json = dict[str, Any]


def offer(running: Platform, rate: float, seconds: float) -> Json:
    """The figures of the load, and how many payments were credited of those that were told of."""
    database = Postgres(running.environment["DATABASE_URL"])
    n_payments = int(rate * seconds * (1 - REPEATED))
    payments = _make_payments(database, n_payments)
    requests = _requests(payments, running.environment["STRIPE_WEBHOOK_SECRETS"], int(rate * seconds))
    place = urlsplit(running.urls["public"])
    load = Load(
        host=str(place.hostname), port=int(place.port or 80), requests=requests, rate_per_s=rate, seconds=seconds
    )
    command = [sys.executable, "-m", "tests.bench.support.open_loop"]
    done = subprocess.run(
        command, cwd=ROOT, input=json.dumps(asdict(load)), stdout=subprocess.PIPE, text=True, check=True
    )
    figures: Json = json.loads(done.stdout)
    with database.connection() as connection:
        row = connection.execute("SELECT count(*) FROM ads_top_ups WHERE credited_at IS NOT NULL").fetchone()
        posted = connection.execute("SELECT count(*) FROM ledger_transactions WHERE kind = 'top-up'").fetchone()
    database.close()
    assert row is not None
    assert posted is not None
    return {**figures, "payments": n_payments, "credited": row[0], "posted": posted[0]}


def _make_payments(database: Postgres, n: int) -> list[Payment]:
    """Top-ups that their provider knows and nobody has paid."""
    now, owner = SystemClock().now(), str(uuid.uuid4())
    payments = []

    def work(connection: Any) -> None:
        stores = []
        for _ in range(STORES):
            store_id, user_id = str(uuid.uuid4()), str(uuid.uuid4())
            stores.append(ads_stores.create_store(connection, store_id, "Bench (simulated)", user_id, now=now).id)
        for number in range(n):
            store_id, top_up_id, payment_id = stores[number % STORES], str(uuid.uuid4()), f"pi_{uuid.uuid4().hex}"
            ads_top_ups.add(
                connection,
                top_up_id,
                store_id=store_id,
                provider=STRIPE,
                amount=AMOUNT,
                created_by=owner,
                now=now,
            )
            ads_top_ups.SQL.execute(connection, "identify", top_up_id=top_up_id, payment_id=payment_id, confirmation="")
            payments.append(
                Payment(
                    id=payment_id,
                    form=STRIPE,
                    amount=AMOUNT,
                    currency="XTS",
                    metadata={"top_up_id": top_up_id, "store_id": store_id},
                    status="succeeded",
                )
            )

    database.transaction(work)
    return payments


def _requests(payments: list[Payment], secret: str, n: int) -> list[Json]:
    """In the order of payments, with repetitions of earlier ones between them."""
    rng, hooks = random.Random(1), [wire_forms.hooks_of(STRIPE, "succeeded", each)[0] for each in payments]
    sent = list(hooks)
    while len(sent) < n:
        sent.insert(rng.randrange(1, len(sent)), hooks[rng.randrange(len(hooks))])
    return [
        {
            "method": "POST",
            "path": f"/top-ups/webhooks/{hook.form}",
            "headers": [list(pair) for pair in hook.headers(secret, time.time()).items()],
            "body": hook.body.decode(),
        }
        for hook in sent
    ]
