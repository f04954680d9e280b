"""The model of growth: what it reads, how it adds up, and that the page says what it says now."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.bench.capacity import demand, figures, model, page, supply
from tests.bench.capacity.__main__ import PAGE
from tests.bench.capacity.demand import MIX, Habits
from tests.bench.capacity.figures import Cost, Figures
from tests.bench.capacity.model import Station
from tests.support.reference import ROOT

SUPPLY = supply.read()
HABITS = Habits()
COST = Cost(function_ms=2.0, postgres_ms=1.0, valkey_ms=0.5, clickhouse_ms=4.0, cv2=1.0)
FIGURES = Figures(
    machine="none", measured_on="never",
    functions=dict.fromkeys((*MIX, "query-stats-missed", "ingest-batch"), COST),
    dispatched_per_s=1000.0, ingested_rows_per_s=10_000.0, batches_of_a_match=2.0, rows_of_a_match=200.0,
    bytes_of_a_match={"clickhouse": 1.0, "log": 1.0, "objects": 1.0}, bytes_of_a_user=1.0,
)  # fmt: skip


def stations(times: int) -> dict[str, Station]:
    asked = demand.of(times, FIGURES.batches_of_a_match, HABITS)
    return {each.name: each for each in model.stations(asked, FIGURES, SUPPLY, HABITS)}


def test_the_page_says_what_the_model_says() -> None:
    text = page.written(figures.read(), SUPPLY, HABITS)
    assert PAGE.read_text("utf-8") == text, "limits or figures have changed: ./scripts/bench capacity --write"


def test_parts_of_the_mix_are_a_whole() -> None:
    assert sum(MIX.values()) == pytest.approx(1)


def test_demand_of_nine_leagues_is_worked_out_by_hand() -> None:
    asked = demand.of(1, 2.0, HABITS)
    assert asked.live_matches == 45  # 9 leagues, half of 10 matches
    assert sum(asked.asks_per_s.values()) == pytest.approx(50)  # 10,000 users, 5 % there, 6 a minute
    assert asked.source_requests_per_s == pytest.approx(45 * 5 / 7200 + 9 / 3600)
    assert asked.batches_per_s == pytest.approx(45 * 2 / 7200 + 9 / 3600)


def test_limits_are_the_manifests() -> None:
    names = {path.stem for path in (ROOT / "knative").glob("*.yaml")} & set(SUPPLY.functions)
    assert len(names) == len(SUPPLY.functions) >= 12
    assert set(MIX) <= names
    assert all(0 <= pods.fewest <= pods.most for pods in SUPPLY.functions.values())
    assert SUPPLY.consumers <= SUPPLY.partitions


def test_a_hundred_times_as_much_keeps_everything_a_hundred_times_as_busy() -> None:
    once, hundred = stations(1), stations(100)
    assert {name: each.busy for name, each in hundred.items()} == pytest.approx(
        {name: 100 * each.busy for name, each in once.items()}
    )


def test_a_store_adds_up_what_each_function_asks_of_it() -> None:
    once = stations(1)
    assert once["Postgres"].offered == pytest.approx(50 * 0.001)
    batches_per_s = 45 * 2 / 7200 + 9 / 3600
    assert once["ClickHouse"].offered == pytest.approx((50 + batches_per_s * SUPPLY.replicas_of_shard) * 0.004)


def test_what_is_remembered_costs_what_a_remembered_answer_costs() -> None:
    dear = replace(FIGURES, functions={**FIGURES.functions, "query-stats-missed": replace(COST, function_ms=42.0)})
    asked = demand.of(1, 2.0, HABITS)
    result = {each.name: each for each in model.stations(asked, dear, SUPPLY, HABITS)}["query-stats"]
    assert result.service_s == pytest.approx(0.9 * 0.002 + 0.1 * 0.042)
    assert result.arrivals_per_s == pytest.approx(35)


def test_a_store_with_two_kinds_of_requests_varies_more_than_one() -> None:
    mixed = model.mixed("store", 1, [(1.0, 1.0), (1.0, 9.0)])
    assert mixed.service_s == pytest.approx(0.005)
    assert mixed.cv2 == pytest.approx(2 * (1 + 81) / 2 / 25 - 1)  # of a hyperexponential
    assert model.mixed("store", 1, [(3.0, 2.0)]).cv2 == pytest.approx(1)


def test_a_full_queue_has_no_end_and_one_that_does_has_what_it_needs() -> None:
    full = Station(name="full", arrivals_per_s=20.0, service_s=0.1, servers=2)
    assert full.busy == 1
    assert full.wait_s() is None
    assert full.needed() == 4  # two Erlangs; three would do for 70 %, not for the wait
    assert replace(full, servers=3).wait_s() == pytest.approx(0.219, abs=1e-3)


def test_the_source_is_asked_no_quicker_however_many_leagues_there_are() -> None:
    assert stations(10_000)["the source"].servers == 1
    assert stations(10_000)["the source"].service_s == 1 / SUPPLY.source_per_s
