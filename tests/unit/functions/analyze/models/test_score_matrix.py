"""Score probabilities: they sum to one, are never negative, and every market agrees."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.analyze.models.score_matrix import outcome_probabilities, read_markets, score_matrix, tilt
from shared.errors import InvalidInput

rates = st.floats(0.01, 12.0)
rhos = st.floats(-2.0, 2.0)


@given(rates, rates, rhos)
def test_matrix_is_a_distribution_for_any_rates_and_any_rho(home: float, away: float, rho: float) -> None:
    matrix = score_matrix(home, away, rho)
    assert matrix.min() >= 0
    assert matrix.sum() == pytest.approx(1, abs=1e-12)


def test_independent_poisson_by_hand() -> None:
    matrix = score_matrix(1.0, 2.0, 0.0)
    assert matrix[0, 0] == pytest.approx(math.exp(-3), rel=1e-5)
    assert matrix[1, 2] == pytest.approx(math.exp(-3) * 2, rel=1e-5)


def test_negative_rho_moves_chances_to_low_draws() -> None:
    plain, dependent = score_matrix(1.3, 1.1, 0.0), score_matrix(1.3, 1.1, -0.1)
    assert dependent[0, 0] > plain[0, 0]
    assert dependent[1, 1] > plain[1, 1]
    assert dependent[1, 0] < plain[1, 0]
    assert dependent[2, 0] == pytest.approx(plain[2, 0], rel=1e-3)


@given(rates, rates, st.tuples(st.floats(0.01, 1), st.floats(0.01, 1), st.floats(0.01, 1)))
def test_tilted_matrix_has_the_target_outcomes(home: float, away: float, goals: tuple[float, float, float]) -> None:
    matrix = score_matrix(home, away, -0.05)
    if min(outcome_probabilities(matrix)) < 1e-9:
        return
    target = np.array(goals) / sum(goals)
    assert np.allclose(outcome_probabilities(tilt(matrix, target)), target, atol=1e-9)


@given(rates, rates)
def test_markets_agree_with_each_other(home: float, away: float) -> None:
    matrix = score_matrix(home, away, -0.05)
    read = read_markets(matrix)
    assert read.p_home + read.p_draw + read.p_away == pytest.approx(1)
    both_by_exclusion = 1 - read.p_home_clean_sheet - read.p_away_clean_sheet + float(matrix[0, 0])
    assert read.p_both_score == pytest.approx(both_by_exclusion, abs=1e-12)
    assert list(read.p_over.values()) == sorted(read.p_over.values(), reverse=True)
    assert read.likely_scores[0][1] == pytest.approx(matrix.max())


@pytest.mark.parametrize("rate", [0.0, -1.0, math.nan, math.inf])
def test_impossible_rate_is_refused(rate: float) -> None:
    with pytest.raises(InvalidInput, match="positive and finite"):
        score_matrix(rate, 1.0, 0.0)
