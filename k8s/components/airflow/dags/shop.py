"""The shop's data, step by step: daily at 02:00 UTC, and every half hour what is new.

Each task asks a function for one step and fails when that fails: nothing is computed here, and nothing is imported that
the functions need. A task is a transaction of its function, so a retry repeats it without harm. Times are UTC: a zone
with summer time would skip a run in spring and double one in autumn.

`TOUCHLINE_FUNCTION_URL` is where functions are, with ``{function}`` in it.
"""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
import uuid
from datetime import UTC, datetime, timedelta

from airflow.sdk import dag, task
from airflow.timetables.interval import CronDataIntervalTimetable

FUNCTION_URL = "http://{function}.touchline.svc.cluster.local"
TIMEOUT_S = 660.0
"""Longer than a function may take."""
RETRIES = {"retries": 1, "retry_delay": timedelta(minutes=5)}


def wake(function: str, job: str) -> None:
    """Post the event that a PingSource would post; raises unless the function has done it."""
    address = os.environ.get("TOUCHLINE_FUNCTION_URL", FUNCTION_URL).format(function=function)
    request = urllib.request.Request(
        f"{address}/events/tick",
        data=json.dumps({"task": job}).encode(),
        headers={
            "content-type": "application/json",
            "ce-specversion": "1.0",
            "ce-id": str(uuid.uuid4()),
            "ce-source": "/touchline/airflow",
            "ce-type": "dev.knative.sources.ping",
            "ce-time": datetime.now(UTC).isoformat(),
        },
        method="POST",
    )
    try:
        urllib.request.urlopen(request, timeout=TIMEOUT_S).close()
    except urllib.error.HTTPError as exc:
        raise RuntimeError(f"{function} did not {job}: {exc.code} {exc.read(500).decode(errors='replace')}") from exc


@task(**RETRIES)
def copy_tables() -> None:
    """Copy products and customers into the lake."""
    wake("load-lake", "tables")


@task(**RETRIES)
def load_purchases() -> None:
    """Write the purchases that wait into raw and staged files."""
    wake("load-lake", "load")


@task(**RETRIES)
def count_windows() -> None:
    """Count what is on the log in its windows."""
    wake("stream-sales", "drain")


@task(**RETRIES)
def build_sales() -> None:
    """Build every day before today with new, late or cancelled purchases; the rule of sizes chooses the engine."""
    wake("daily-sales", "build")


@dag(schedule=CronDataIntervalTimetable("0 2 * * *", timezone="UTC"), start_date=datetime(2026, 1, 1, tzinfo=UTC),
     catchup=False, max_active_runs=1)  # fmt: skip
def daily_shop_etl() -> None:
    """Tables and purchases into the lake, then sales."""
    [copy_tables(), load_purchases()] >> build_sales()


@dag(schedule=CronDataIntervalTimetable("*/30 * * * *", timezone="UTC"), start_date=datetime(2026, 1, 1, tzinfo=UTC),
     catchup=False, max_active_runs=1)  # fmt: skip
def shop_data() -> None:
    """What is new: windows and staged files."""
    count_windows() >> load_purchases()


daily_shop_etl()
shop_data()
