"""The evaluation's forecasters never see what they forecast, nor anything after it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from functions.analyze.results import Floats, Results, arrange
from tests.bench import forecasters
from tests.bench.divisions import Country
from tests.bench.forecasters import League, goal_rates, league
from tests.bench.multinomial import pool_weights, pooled
from tests.unit.analyze.seasons import play


def country(results: Results) -> Country:
    unknown = np.full((len(results), 3), np.nan)
    return Country(
        name="Nowhere",
        results=results,
        league=results.division,
        divisions=("X0",),
        closing=unknown,
        before=unknown,
    )


def dixon_coles(of: League) -> Floats:
    return goal_rates(of, decay_per_day=0.0018).outcomes()


@pytest.fixture(scope="module")
def known() -> Results:
    return arrange(play(n_teams=6, n_seasons=4, first_year=2018))


@pytest.mark.parametrize(
    "forecaster",
    [
        forecasters.base_rates,
        forecasters.replaced,
        forecasters.by_elo,
        forecasters.by_pi,
        forecasters.plain_features,
        forecasters.dynamic,
        forecasters.dynamic_alone,
        dixon_coles,
    ],
)
def test_other_results_from_a_week_on_change_no_forecast_before_it(
    known: Results, forecaster: Callable[[League], Floats]
) -> None:
    week = known.week()
    later = week >= np.unique(week[known.season == 2020])[4]
    counts = known.counts.copy()
    counts[later] = counts[later][:, ::-1] + 3.0
    other = replace(known, counts=counts, home_goals=counts[:, 0, 0], away_goals=counts[:, 1, 0])
    told, retold = (forecaster(league(country(results))) for results in (known, other))
    assert np.array_equal(told[~later], retold[~later], equal_nan=True)
    assert not np.array_equal(told[later], retold[later], equal_nan=True)


def test_a_pool_with_the_market_is_at_least_as_likely_as_the_market() -> None:
    random = np.random.default_rng(6)
    market, ours = (random.dirichlet((4, 3, 3), 400) for _ in range(2))
    outcome = np.array([random.choice(3, p=p) for p in market])
    weights = pool_weights([market, ours], outcome)
    likely = [np.log(p[np.arange(400), outcome]).sum() for p in (market, pooled([market, ours], weights))]
    assert likely[1] >= likely[0]
    assert weights[0] > 3 * abs(weights[1])
