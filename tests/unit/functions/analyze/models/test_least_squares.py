"""Massey and Colley ratings, worked by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from functions.analyze.models.least_squares import colley, massey
from functions.analyze.models.results import Results, to_arrays
from tests.support.analyze.seasons import play


def triangle(*scores: tuple[int, int, int, int]) -> Results:
    """Matches of these (home, away, home goals, away goals)."""
    some = play(n_teams=2)[0]
    return to_arrays(
        replace(some, match_id=n, home_id=home, away_id=away, home_goals=scored, away_goals=conceded)
        for n, (home, away, scored, conceded) in enumerate(scores)
    )


def test_massey_of_three_teams_by_hand() -> None:
    """1 beats 2 by three and 3 by nothing, 2 beats 3 by one: 2 r1 - r2 - r3 = 3, ... with sum 0 r = d / 3."""
    results = triangle((1, 2, 3, 0), (3, 1, 1, 1), (2, 3, 2, 1))
    assert massey(results) == pytest.approx([3 / 3, (-3 + 1) / 3, -1 / 3])


def test_massey_centres_parts_that_never_met_by_themselves() -> None:
    assert massey(triangle((1, 2, 4, 0), (3, 4, 0, 2))) == pytest.approx([2, -2, -1, 1])


def test_colley_of_two_teams_by_hand() -> None:
    """One win: 3 r1 - r2 = 3/2 and 3 r2 - r1 = 1/2, hence 5/8 and 3/8, whatever the margin."""
    assert colley(triangle((1, 2, 7, 0))) == pytest.approx([5 / 8, 3 / 8])
    assert colley(triangle((1, 2, 1, 1))) == pytest.approx([1 / 2, 1 / 2])


def test_colley_s_mean_is_a_half_and_order_tells_nothing() -> None:
    results = to_arrays(play(n_teams=6))
    assert colley(results).mean() == pytest.approx(0.5)
    back = np.arange(len(results))[::-1]
    turned = replace(
        results,
        home=results.home[back],
        away=results.away[back],
        home_goals=results.home_goals[back],
        away_goals=results.away_goals[back],
    )
    assert colley(turned) == pytest.approx(colley(results))
    assert massey(turned) == pytest.approx(massey(results))
