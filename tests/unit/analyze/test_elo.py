"""Elo: one step by hand, what is conserved, and the outcome link."""

from __future__ import annotations

import numpy as np
import pytest

from functions.analyze import elo
from functions.analyze.results import arrange
from tests.unit.analyze.seasons import play


def test_first_match_moves_both_sides_by_the_formula() -> None:
    score = play(n_teams=2)[0]
    ratings = elo.rate(arrange([score]))
    margin = score.home_goals - score.away_goals
    expected = 1 / (1 + 10 ** (-60 / 400))
    step = 20 * np.sqrt(max(abs(margin), 1)) * ((1 + np.sign(margin)) / 2 - expected)
    by_team = dict(zip(ratings.team_ids, ratings.rating, strict=True))
    assert by_team[score.home_id] == pytest.approx(1500 + step)
    assert by_team[score.away_id] == pytest.approx(1500 - step)


def test_points_won_are_points_lost_within_a_season() -> None:
    assert elo.rate(arrange(play())).rating.sum() == pytest.approx(1500 * 10)


def test_differences_never_see_their_own_match() -> None:
    scores = play()
    whole, part = elo.rate(arrange(scores)), elo.rate(arrange(scores[:30]))
    assert np.array_equal(whole.difference[:30], part.difference)


def test_stronger_teams_end_higher() -> None:
    ratings = elo.rate(arrange(play(n_seasons=6)))
    assert list(np.argsort(-ratings.rating)[:2]) in ([0, 1], [1, 0])


def test_link_recovers_its_own_parameters() -> None:
    random = np.random.default_rng(2)
    truth = elo.OutcomeLink(slope=0.6, low=-0.7, high=0.5)
    difference = random.normal(60, 120, 20_000)
    outcome = np.array([random.choice(3, p=truth.probabilities(d)) for d in difference])
    link = elo.fit_link(difference, outcome, np.ones(len(difference)))
    assert link.slope == pytest.approx(0.6, abs=0.03)
    assert link.low == pytest.approx(-0.7, abs=0.05)
    assert link.high == pytest.approx(0.5, abs=0.05)


def test_few_matches_keep_the_default_link() -> None:
    assert elo.fit_link(np.zeros(10), np.zeros(10, dtype=np.int64), np.ones(10)) is elo.DEFAULT_LINK


def test_probabilities_sum_to_one_at_any_difference() -> None:
    for difference in (-5000.0, -100.0, 0.0, 60.0, 5000.0):
        probabilities = elo.DEFAULT_LINK.probabilities(difference)
        assert probabilities.sum() == pytest.approx(1)
        assert probabilities.min() >= 0
