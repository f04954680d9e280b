"""The evaluation's forecasters never see what they forecast, nor anything after it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from functions.analyze.models.results import Floats, Results, to_arrays
from tests.bench.support import bivariate, forecasters
from tests.bench.support.divisions import Country
from tests.bench.support.forecasters import League, goal_rates, league
from tests.bench.support.multinomial import pool_weights, pooled
from tests.support.analyze.seasons import play


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


def bivariate_poisson(of: League) -> Floats:
    return bivariate.goal_rates(of, decay_per_day=0.0018).outcomes()


@pytest.fixture(scope="module")
def known() -> Results:
    return to_arrays(play(n_teams=6, n_seasons=4, first_year=2018))


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
        bivariate_poisson,
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
    output, retold = (forecaster(league(country(results))) for results in (known, other))
    assert np.array_equal(output[~later], retold[~later], equal_nan=True)
    assert not np.array_equal(output[later], retold[later], equal_nan=True)


def test_a_pool_with_the_market_is_at_least_as_likely_as_the_market() -> None:
    random = np.random.default_rng(6)
    market, ours = (random.dirichlet((4, 3, 3), 400) for _ in range(2))
    outcome = np.array([random.choice(3, p=p) for p in market])
    weights = pool_weights([market, ours], outcome)
    likely = [np.log(p[np.arange(400), outcome]).sum() for p in (market, pooled([market, ours], weights))]
    assert likely[1] >= likely[0]
    assert weights[0] > 3 * abs(weights[1])


def test_the_bivariate_model_finds_the_goals_that_both_sides_share() -> None:
    """Each match of independent Poisson goals is given a number of goals for both."""
    results = to_arrays(play(n_teams=12, n_seasons=6, first_year=2018))
    both = np.random.default_rng(5).poisson(0.3, len(results))
    shared = replace(results, home_goals=results.home_goals + both, away_goals=results.away_goals + both)
    at_day = float(results.day.max()) + 1.0
    result = bivariate.fit(shared, at_day=at_day, decay_per_day=0.0)
    assert result.converged
    assert result.shared == pytest.approx(0.3, abs=0.06)
    assert result.own.base == pytest.approx(bivariate.fit(results, at_day=at_day, decay_per_day=0.0).own.base, abs=0.12)


def test_shared_goals_of_a_score_by_hand() -> None:
    """1-1 with means 2 and 3 of their own and 0.6 shared: none shared 2 x 3, one shared 0.6."""
    one = to_arrays(play(n_teams=3))
    results = replace(one, home_goals=np.ones(len(one)), away_goals=np.ones(len(one)))
    rates = np.full(len(one), 2.0), np.full(len(one), 3.0)
    assert bivariate.shared_goals(results, *rates, 0.6) == pytest.approx(0.6 / 6.6)
    nil = replace(results, away_goals=np.zeros(len(one)))
    assert bivariate.shared_goals(nil, *rates, 0.6).tolist() == [0.0] * len(one)
