"""The evaluation of outlooks: its score by hand, and moments that know nothing of what comes after."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.bench.season import extrapolated, moments, tournament_rps
from tests.bench.support.divisions import ODDS, Country, countries
from tests.support.reference import reference

YEAR = 2023


def test_tournament_rps_by_hand() -> None:
    """Three teams: certain of everything, or of nothing, where a place is off by a third, two thirds of the time."""
    place = np.array([0, 1, 2])
    assert tournament_rps(np.eye(3), place) == 0.0
    of_team = [(4 / 9 + 1 / 9) / 2, (1 / 9 + 1 / 9) / 2, (1 / 9 + 4 / 9) / 2]
    assert tournament_rps(np.full((3, 3), 1 / 3), place) == pytest.approx(np.mean(of_team))
    assert tournament_rps(np.eye(3)[::-1], place) == pytest.approx((1 + 0 + 1) / 3)


@pytest.fixture(scope="module")
def netherlands() -> Country:
    reference(str(ODDS))
    return countries(("Netherlands",), first_season=2021)[0]


def test_shuffled_future_results_change_no_outlook(netherlands: Country) -> None:
    (moment,) = moments(netherlands, (19,), range(YEAR, YEAR + 1))
    results = netherlands.results
    this_season = np.flatnonzero(results.season == YEAR)
    future = this_season[len(moment.season.played.home) :]
    order = np.random.default_rng(1).permutation(future)
    counts = results.counts.copy()
    counts[future] = results.counts[order]
    shuffled = replace(results, counts=counts, home_goals=counts[:, 0, 0], away_goals=counts[:, 1, 0])
    (other,) = moments(replace(netherlands, results=shuffled), (19,), range(YEAR, YEAR + 1))
    assert not np.array_equal(results.home_goals, shuffled.home_goals)
    for name in ("home", "away", "rho"):
        assert np.array_equal(getattr(moment.season.rates, name), getattr(other.season.rates, name))
    for name in ("home", "away", "home_goals", "away_goals"):
        assert np.array_equal(getattr(moment.season.played, name), getattr(other.season.played, name))
    assert np.array_equal(extrapolated(moment, n=500), extrapolated(other, n=500))
    assert len(moment.season.to_play[0]) == len(future)
