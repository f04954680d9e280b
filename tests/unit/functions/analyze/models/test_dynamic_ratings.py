"""Dynamic ratings: one step by hand, what a summer does, and that no week sees itself or a later one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from functions.analyze.models import dynamic_ratings as ratings
from functions.analyze.models.dynamic_ratings import FILTERS, SignalFilter, initial_strengths, rate
from functions.analyze.models.history import NOT_COUNTED, SideCounts
from functions.analyze.models.results import Results, to_arrays
from tests.support.analyze.seasons import play

GOALS = (SignalFilter(signal="goals", gain=0.1, carry=0.5, shift=0.3, spread=1.0),)
SHOTS = (SignalFilter(signal="shots", gain=0.1, carry=0.5, shift=0.3, spread=1.0),)


def one_match(shots: SideCounts = NOT_COUNTED) -> Results:
    return to_arrays([replace(play(n_teams=2)[0], home_goals=3, away_goals=0, shots=shots)])


def test_first_match_moves_both_sides_by_the_formula() -> None:
    rated = rate(one_match(), GOALS)
    home_mean, away_mean = np.exp(0.24 + 0.25), np.exp(0.24)
    home, away = (3 - home_mean) / (home_mean + 1), (0 - away_mean) / (away_mean + 1)
    hurried = 0.1 * (1 + 3)  # a team never seen moves four times as far
    first, second = one_match().home[0], one_match().away[0]
    assert rated.final.attack[first, 0] == pytest.approx(hurried * home)
    assert rated.final.defence[second, 0] == pytest.approx(hurried * home)
    assert rated.final.attack[second, 0] == pytest.approx(hurried * away)
    assert rated.final.defence[first, 0] == pytest.approx(hurried * away)
    assert rated.final.base[0, 0] == pytest.approx(0.24 + (home + away) / 2 / 40)
    assert rated.final.home[0, 0] == pytest.approx(0.25 + (home - away) / 40)


def test_what_was_not_counted_moves_nothing() -> None:
    missing, half = rate(one_match(), SHOTS).final, rate(one_match(shots=(12.0, np.nan)), SHOTS).final
    for now in (missing, half):
        assert not now.attack.any()
        assert not now.n_seen.any()
        assert now.base[0, 0] == initial_strengths(2, 1, SHOTS).base[0, 0]
    assert rate(one_match(shots=(12.0, 9.0)), SHOTS).final.n_seen.tolist() == [[1.0], [1.0]]


def test_a_week_sees_neither_itself_nor_what_follows() -> None:
    scores = play(n_teams=8, n_seasons=2)
    results = to_arrays(scores)
    week = results.week()
    middle = np.unique(week)[len(np.unique(week)) // 2]
    other = np.where((week >= middle)[:, None, None], 9.0 - results.counts, results.counts)
    rated, changed = rate(results), rate(replace(results, counts=other))
    up_to = week <= middle
    assert up_to.sum() > 40
    assert np.array_equal(rated.expected[up_to], changed.expected[up_to])
    assert not np.array_equal(rated.expected[~up_to], changed.expected[~up_to])


def test_summer_shrinks_strengths_and_an_absent_team_begins_anew() -> None:
    scores = play(n_teams=4)
    now = rate(to_arrays(scores), GOALS).final
    attack, defence = now.attack.copy(), now.defence.copy()
    division = np.zeros(2, dtype=np.int64)
    now.start_season(np.array([0, 1]), division, np.array([2025, 2026]))
    assert now.attack[0, 0] == pytest.approx(attack[0, 0] * 0.5)
    assert now.defence[0, 0] == pytest.approx(defence[0, 0] * 0.5)
    assert (now.attack[1, 0], now.defence[1, 0]) == (-0.15, 0.15)
    assert now.attack[2, 0] == attack[2, 0]


@pytest.mark.parametrize(("before", "after", "moved"), [(1, 0, -0.3), (0, 1, 0.3), (1, 1, 0.0)])
def test_promotion_makes_weaker_and_relegation_stronger_by_the_shift(before: int, after: int, moved: float) -> None:
    results = one_match()
    now = replace(rate(results, GOALS).final, division=np.array([before, before]), first_season=np.array([2020, 2020]))
    attack, defence = now.attack[0, 0], now.defence[0, 0]
    now.start_season(np.array([0]), np.array([after]), results.season + 1)
    assert now.attack[0, 0] == pytest.approx(attack * 0.5 + moved)
    assert now.defence[0, 0] == pytest.approx(defence * 0.5 - moved)


def test_strong_teams_are_rated_high_and_means_are_met() -> None:
    results = to_arrays(play(n_teams=8, n_seasons=8, seed=3))
    rated = rate(results)
    goals = rated.final.attack[:, 0] - rated.final.defence[:, 0]
    assert list(np.argsort(-goals)[:2]) in ([0, 1], [1, 0])
    expected = np.exp(rated.expected[200:, :, 0])
    assert expected.mean(axis=0) == pytest.approx(results.counts[200:, :, 0].mean(axis=0), rel=0.06)


def test_order_of_arrival_changes_nothing() -> None:
    scores = play()
    one, other = rate(to_arrays(scores)), rate(to_arrays(reversed(scores)))
    assert np.array_equal(one.final.attack, other.final.attack)


def test_goals_are_the_first_filters_and_all_signals_are_known() -> None:
    assert all(signal_filter.signal == "goals" for signal_filter in FILTERS[: ratings.N_GOALS])
    assert initial_strengths(1, 1).base.shape == (1, len(FILTERS))
