"""The DAGs of the shop in Airflow's own environment: they import, no calendar has a gap, each task does its step."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from tests.support.lake.lake import Lake, lake
from tests.support.lake.purchases import event, purchase
from tests.support.reference import ROOT

__all__ = ["lake"]
DAGS = ROOT / "k8s" / "components" / "airflow" / "dags"
PYTHON = ROOT / ".cache" / "airflow" / "venv" / "bin" / "python"
pytestmark = [pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def airflow_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of Airflow; the module is skipped without Java, as its tasks lead to Spark, and where it cannot be had."""
    if shutil.which("java") is None:
        pytest.skip("there is no Java on this machine")
    done = subprocess.run(["./scripts/airflow", "--install"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"Airflow could not be installed: {done.stderr[-300:]}")
    return tmp_path_factory.mktemp("airflow")


def run_python(home: Path, *arguments: str, **env: str) -> str:
    settings = {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
    }
    done = subprocess.run(
        [str(PYTHON), *arguments], env={**os.environ, **settings, **env}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def calendar(airflow_home: Path) -> dict[str, Any]:
    """The data intervals of 2026, and who waits for whom."""
    script = ROOT / "tests" / "support" / "lake" / "airflow_calendar.py"
    printed = run_python(airflow_home, str(script), str(DAGS / "shop.py"))
    result: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return result


def test_the_dags_import_and_sales_wait_for_the_lake(calendar: dict[str, Any]) -> None:
    assert calendar["daily_shop_etl"]["tasks"] == {
        "copy_tables": [],
        "load_purchases": [],
        "build_sales": ["copy_tables", "load_purchases"],
    }
    assert calendar["shop_data"]["tasks"] == {"count_windows": [], "load_purchases": ["count_windows"]}


@pytest.mark.parametrize(
    ("name", "n_runs", "length"),
    [("daily_shop_etl", 365, timedelta(days=1)), ("shop_data", 6 * 48, timedelta(minutes=30))],
)
def test_c3_13_both_changes_of_summer_time_skip_and_double_no_run(
    calendar: dict[str, Any], name: str, n_runs: int, length: timedelta
) -> None:
    runs = [tuple(map(datetime.fromisoformat, run)) for run in calendar[name]["runs"]]
    assert len(runs) == len(set(runs)) == n_runs
    assert {end - start for start, end in runs} == {length}
    gaps = [after[0] - before[1] for before, after in itertools.pairwise(runs)]
    assert [gap for gap in gaps if gap] == ([timedelta(days=207)] if name == "shop_data" else [])
    for day in ("2026-03-29", "2026-10-25"):
        assert sum(f"{start:%Y-%m-%d}" == day for start, _ in runs) == timedelta(days=1) / length


@pytest.fixture
def served(lake: Lake, load_function: Callable[..., Flask]) -> Iterator[str]:
    """The address of load-lake and daily-sales, with the function's name in it."""
    apps = {name: load_function(name.replace("-", "_"), **lake.environment) for name in ("load-lake", "daily-sales")}

    def route(environ: dict[str, Any], start: Any) -> Any:
        name, _, rest = environ["PATH_INFO"].strip("/").partition("/")
        return apps[name](environ | {"PATH_INFO": f"/{rest}"}, start)

    server = make_server("127.0.0.1", 0, route, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/{{function}}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.every_shop
def test_a_run_of_each_task_takes_purchases_into_sales(lake: Lake, served: str, airflow_home: Path) -> None:
    for each in (event(purchase()), event(purchase())):
        from functions.load_lake import service

        service.receive(each, lake.loading)
    run_python(airflow_home, "-m", "airflow", "db", "migrate")
    run_python(airflow_home, "-m", "airflow", "dags", "test", "daily_shop_etl", TOUCHLINE_FUNCTION_URL=served)
    rows = lake.warehouse.query("SELECT n_purchases, revenue FROM sales_by_day")
    assert rows == [{"n_purchases": 2, "revenue": 1800}]
