"""Elo: one step by hand, and what is conserved."""

from __future__ import annotations

import numpy as np
import pytest

from functions.analyze.models import elo
from functions.analyze.models.results import to_arrays
from tests.support.analyze.seasons import play


def test_first_match_moves_both_sides_by_the_formula() -> None:
    score = play(n_teams=2)[0]
    ratings = elo.rate(to_arrays([score]))
    margin = score.home_goals - score.away_goals
    expected = 1 / (1 + 10 ** (-60 / 400))
    step = 20 * np.sqrt(max(abs(margin), 1)) * ((1 + np.sign(margin)) / 2 - expected)
    by_team = dict(zip(ratings.team_ids, ratings.rating, strict=True))
    assert by_team[score.home_id] == pytest.approx(1500 + step)
    assert by_team[score.away_id] == pytest.approx(1500 - step)


def test_points_won_are_points_lost_within_a_season() -> None:
    assert elo.rate(to_arrays(play())).rating.sum() == pytest.approx(1500 * 10)


def test_differences_never_see_their_own_match() -> None:
    scores = play()
    whole, part = elo.rate(to_arrays(scores)), elo.rate(to_arrays(scores[:30]))
    assert np.array_equal(whole.difference[:30], part.difference)


def test_stronger_teams_end_higher() -> None:
    ratings = elo.rate(to_arrays(play(n_seasons=6)))
    assert list(np.argsort(-ratings.rating)[:2]) in ([0, 1], [1, 0])
