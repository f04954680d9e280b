"""load-lake and daily-sales over real stores, with a hand-moved clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from functions.daily_sales import service as daily
from functions.daily_sales import wiring as daily_wiring
from functions.daily_sales.ports import DAILY, WHOLE
from functions.daily_sales.ports import Deps as DailyDeps
from functions.load_lake import service as loading
from functions.load_lake import wiring as loading_wiring
from shared.adapters.clickhouse.client import ClickHouse
from shared.adapters.postgres.database import Postgres
from shared.events.envelope import Event
from shared.settings.loading import load_settings
from shared.testing.clock import HandClock
from tests.support.lake import oracle

NOW = datetime(2026, 3, 10, 3, tzinfo=UTC)


@dataclass
class Lake:
    """The functions of the lake, and what a test looks at behind them."""

    environment: dict[str, str]
    database: Postgres
    warehouse: ClickHouse
    folder: Path
    clock: HandClock
    loading: loading.Deps
    daily: DailyDeps

    def load(self, events: Iterable[Event]) -> None:
        """Receive events and write them into files."""
        for each in events:
            loading.receive(each, self.loading)
        loading.load(self.loading)

    def build(self, days: Sequence[date] = (), *, engine: str = "") -> None:
        """Build these days, or those that are due."""
        if days:
            daily.build(days, self.daily, engine=engine)
        else:
            daily.build_due(self.daily)

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        """Every row of a table of sales, in order."""
        return sorted(tuple(row.values()) for row in self.warehouse.query(f"SELECT * FROM {table}"))

    def sums(self, table: str, by: str) -> oracle.Sums:
        """What the oracle sums, from a table of sales."""
        key = ("currency", by)
        rows = self.warehouse.query(f"SELECT * FROM {table}")
        return {tuple(row[name] for name in key): (row["n_purchases"], row["n_items"], row["revenue"]) for row in rows}

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """All rows of all tables of sales."""
        return {table: self.rows(table) for table in (*DAILY, *WHOLE)}


def environment(database_url: str, clickhouse_url: str, folder: Path) -> dict[str, str]:
    """The settings of the lake's functions."""
    return {
        "DATABASE_URL": database_url,
        "CLICKHOUSE_URL": clickhouse_url,
        "OBJECT_STORE_URL": folder.as_uri(),
        "TOKEN_KEYS": "k1:" + "one" * 12,
    }


def open_lake(env: dict[str, str], folder: Path) -> Lake:
    """Wire the functions over the stores of an environment."""
    clock = HandClock(NOW)
    load_deps = loading_wiring.build(load_settings(loading_wiring.Settings, env, need=loading_wiring.NEED))
    daily_deps = daily_wiring.build(load_settings(daily_wiring.Settings, env, need=daily_wiring.NEED))
    return Lake(
        environment=env,
        database=Postgres(env["DATABASE_URL"]),
        warehouse=ClickHouse(env["CLICKHOUSE_URL"]),
        folder=folder,
        clock=clock,
        loading=replace(load_deps, clock=clock),
        daily=replace(daily_deps, clock=clock),
    )


@pytest.fixture
def lake(database_url: str, clickhouse_url: str, tmp_path: Path) -> Iterator[Lake]:
    """An empty lake."""
    opened = open_lake(environment(database_url, clickhouse_url, tmp_path), tmp_path)
    yield opened
    opened.database.close()
    opened.warehouse.close()
