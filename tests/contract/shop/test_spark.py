"""The same job on Spark: the same sums to the cent, from the same SQL, into the same tables."""

from __future__ import annotations

from datetime import date

import pytest

from tests.support.engines.postgres import run
from tests.support.lake import oracle
from tests.support.lake.lake import Lake, lake
from tests.support.lake.purchases import cancellation, event, purchase, random_events
from tests.support.lake.spark import run_spark

__all__ = ["lake"]
DAYS = [date(2026, 3, day) for day in (1, 2, 3, 4)]


@pytest.mark.timeout(1200)
def test_spark_builds_what_the_embedded_engine_builds_and_each_reads_the_others_tables(lake: Lake) -> None:
    events = list(random_events(11, 200))
    lake.load(events)
    lake.build(DAYS)
    embedded = lake.everything()
    made = event(purchase())
    lake.load([made, cancellation(made)])
    assert run_spark(lake.environment, DAYS)["n_purchases"] == len(oracle.final_purchases(events))
    assert lake.everything() == embedded
    assert run(lake.database, "SELECT engine, state FROM sales_runs ORDER BY started_at") == [
        ("duckdb", "finished"),
        ("spark", "finished"),
    ]
    lake.build(DAYS)
    assert lake.everything() == embedded
