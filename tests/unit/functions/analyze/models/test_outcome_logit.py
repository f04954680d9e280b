"""The link from ratings to outcomes, and where its numbers come from."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.analyze.models import outcome_logit as link
from functions.analyze.models.dynamic_ratings import FILTERS, N_GOALS
from functions.analyze.models.results import Floats
from tests.bench import fit_link
from tests.bench.support import multinomial
from tests.bench.support.divisions import ODDS
from tests.support.reference import reference

V = len(FILTERS)
KNOWN, UNKNOWN = np.full((1, V), 99.0), np.zeros((1, V))


def match(home: float, away: float) -> Floats:
    return np.repeat([[[home], [away]]], V, axis=2)


@settings(max_examples=50)
@given(st.floats(-20, 20), st.floats(-20, 20), st.booleans())
def test_outcomes_are_positive_and_sum_to_one_whatever_the_ratings(home: float, away: float, counted: bool) -> None:
    p = link.probabilities(match(home, away), KNOWN if counted else UNKNOWN)
    assert p.min() > 0
    assert p.sum() == pytest.approx(1, abs=1e-12)


def test_the_better_side_is_likelier_to_win_and_home_is_worth_something() -> None:
    for seen in (KNOWN, UNKNOWN):
        even, ahead = link.probabilities(match(0.3, 0.3), seen)[0], link.probabilities(match(0.6, 0.0), seen)[0]
        assert ahead[0] > even[0] > ahead[2]


def test_without_statistics_of_both_sides_goals_alone_speak() -> None:
    few = np.where(np.arange(V) < N_GOALS, 99.0, link.MIN_WITH_STATISTICS - 1.0)[None]
    shots_only = match(0.2, 0.2)
    shots_only[:, 0, N_GOALS:] += 1.0
    by_goals = link.probabilities(shots_only, few)
    assert np.array_equal(by_goals, link.probabilities(match(0.2, 0.2), few))
    assert not np.allclose(by_goals, link.probabilities(shots_only, few + 1.0))


def test_one_match_is_told_as_many_are() -> None:
    random = np.random.default_rng(8)
    log_means, seen = random.normal(0.3, 0.4, (9, 2, V)), random.choice([0.0, 9.0], (9, 1)) * np.ones(V)
    assert 0 < link.has_statistics(seen).sum() < 9
    one_by_one = [link.match_probabilities(*both) for both in zip(log_means, seen, strict=True)]
    assert np.array(one_by_one) == pytest.approx(link.probabilities(log_means, seen), abs=1e-15)


def test_the_fit_s_gradient_equals_its_objective_s_slope() -> None:
    random = np.random.default_rng(4)
    design = np.column_stack([np.ones(40), random.normal(size=(40, 2))])
    outcome, beta = random.integers(0, 3, 40), random.normal(size=(2, 3))
    slope = multinomial.gradient(beta, design, outcome, 2.0)
    for place in np.ndindex(2, 3):
        step = np.zeros((2, 3))
        step[place] = 1e-6
        sides = [multinomial.objective(beta + sign * step, design, outcome, 2.0) for sign in (1, -1)]
        assert slope[place] == pytest.approx((sides[0] - sides[1]) / 2e-6, abs=1e-5)


@pytest.mark.slow
def test_the_coefficients_are_those_the_script_fits() -> None:
    reference(str(ODDS))
    log_means, outcome = fit_link.matches()
    assert len(outcome) == 18_260
    for name, fitted in fit_link.links(log_means, outcome).items():
        here = getattr(link, name)
        assert here == pytest.approx(np.column_stack([fitted.constant, fitted.slope]), abs=6e-5), name
