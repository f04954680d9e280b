"""Every process is killed once within the main job; what is stored in the end must not tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.running_platform import Running, eventually, fingerprint

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

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
        table=[without(row, "fetched_at") for row in running.get("/stats/leagues/russia/table")["rows"]],
        forecasts=[without(item, "made_at") for item in forecasts],
    )


def without(row: dict[str, Any], name: str) -> dict[str, Any]:
    """All that does not tell when it was made."""
    return {key: value for key, value in row.items() if key != name}


@pytest.fixture(scope="module")
def undisturbed() -> Iterator[Outcome]:
    running = Running(*OPTIONS)
    try:
        running.start()
        running.wait_said(DONE, 300)
        yield outcome(running)
    finally:
        running.stop()


@pytest.fixture
def running() -> Iterator[Running]:
    platform = Running(*OPTIONS)
    yield platform
    platform.stop()


@pytest.mark.parametrize(
    "names",
    [
        ["olap", "bus", "postgres", "cache"],
        ["eventing", "worker", "functions", "browser", "standin"],
        ["supervisor"],
    ],
    ids="-".join,
)
def test_killed_processes_leave_no_gap_and_no_double(names: list[str], running: Running, undisturbed: Outcome) -> None:
    """One after the other, each when a further part of the rows is stored, so that every kill meets work in flight."""
    running.start()
    part = undisturbed.rows["appearances"][0] // (len(names) + 2)
    for number, name in enumerate(names, start=1):
        _kill(name, running, at_appearances=number * part)
        if name == "supervisor":
            eventually(lambda: None if running.leftovers() else True, 30, running.leftovers)
            running.start()
    running.wait_said(DONE, 300)
    left = outcome(running)
    assert {kind for kind in left.rows if left.rows[kind] != undisturbed.rows[kind]} == set()
    assert left == undisturbed


def _kill(name: str, running: Running, *, at_appearances: int) -> None:
    eventually(lambda: _n_appearances(running) > at_appearances or None, 300, running.said)

    # What was killed before may still be on its way back, and this one with it: the browser belongs to the worker.
    def killed() -> bool:
        running.kill(name)
        return True

    eventually(killed, 30, running.said)


def _n_appearances(running: Running) -> int:
    return int(running.clickhouse().query("SELECT count() AS n FROM current_appearances")[0]["n"])
