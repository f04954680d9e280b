"""The replaced system's win model, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from functions.analyze.models import baseline as recent_matches
from functions.analyze.models.results import to_arrays
from tests.support.analyze.seasons import play


def test_rates_are_the_published_means() -> None:
    home, away = recent_matches.expected_goals([(3, 0), (1, 2)], [(0, 1), (2, 1), (1, 4)])
    assert home == pytest.approx(1.08 * (0.55 * 2 + 0.35 * 2 + 0.125))
    assert away == pytest.approx(0.55 * 1 + 0.35 * 1 + 0.125)


def test_unknown_teams_score_the_usual_and_rates_are_bounded() -> None:
    usual = 0.9 * 1.2 + 0.125
    assert recent_matches.expected_goals([], []) == pytest.approx((1.08 * usual, usual))
    assert recent_matches.expected_goals([(9, 0)], [(0, 9)]) == (3.5, 0.2)


def test_the_matrix_is_independent_poisson_up_to_ten() -> None:
    matrix = recent_matches.score_probabilities(2.0, 1.0)
    assert matrix.shape == (11, 11)
    assert matrix.sum() == pytest.approx(1)
    assert matrix[3, 2] / matrix[0, 0] == pytest.approx(2**3 / 6 * 1 / 2)


def test_a_walk_sees_the_weeks_before_it_in_its_season_only() -> None:
    results = to_arrays(play(n_teams=4, n_seasons=2))
    rates = recent_matches.walk_forward(results)
    usual = recent_matches.expected_goals([], [])
    starts = [m for m in range(len(results)) if m == 0 or results.season[m] != results.season[m - 1]]
    assert len(starts) == 2
    assert all(rates[m] == usual for m in starts)
    team = results.team_ids[int(results.home[-1])]
    stored = recent_matches.recent_goals(results, 2025)[team]
    assert len(stored) == 6
    assert np.mean([goals for goals, _ in stored]) < 9
