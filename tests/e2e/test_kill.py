"""Every process is killed once in the middle of the main job; what is stored in the end must not tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.e2e.running import Running, eventually, fingerprint

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

OPTIONS = ("--leagues", "russia", "--seed", "7")
DONE = "forecasts of the next round"


@dataclass(frozen=True)
class Outcome:
    """What a finished main job leaves behind."""

    rows: dict[str, tuple[int, int]]
    table: Any
    forecasts: list[dict[str, Any]]


def outcome(running: Running) -> Outcome:
    forecasts = running.get("/analyze/leagues/russia/forecasts", limit=500)["items"]
    return Outcome(
        rows=fingerprint(running.clickhouse()),
        table=running.get("/stats/leagues/russia/table")["rows"],
        forecasts=[{name: value for name, value in item.items() if name != "made_at"} for item in forecasts],
    )


@pytest.fixture(scope="module")
def undisturbed() -> Iterator[Outcome]:
    running = Running(*OPTIONS)
    try:
        running.start()
        running.wait_said(DONE, 200)
        yield outcome(running)
    finally:
        running.stop()


@pytest.fixture
def running() -> Iterator[Running]:
    platform = Running(*OPTIONS)
    yield platform
    platform.stop()


@pytest.mark.parametrize(
    "name",
    ["supervisor", "olap", "postgres", "bus", "cache", "eventing", "functions", "worker", "browser", "standin"],
)
def test_killed_process_leaves_no_gap_and_no_double(name: str, running: Running, undisturbed: Outcome) -> None:
    running.start()
    third = undisturbed.rows["appearances"][0] // 3
    eventually(lambda: _n_appearances(running) > third or None, 150, running.said)
    running.kill(name)
    if name == "supervisor":
        eventually(lambda: None if running.leftovers() else True, 10, running.leftovers)
        running.start()
    running.wait_said(DONE, 150)
    left = outcome(running)
    assert {kind for kind in left.rows if left.rows[kind] != undisturbed.rows[kind]} == set()
    assert left == undisturbed


def _n_appearances(running: Running) -> int:
    return int(running.clickhouse().query("SELECT count() AS n FROM current_appearances")[0]["n"])
