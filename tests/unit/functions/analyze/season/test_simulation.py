"""A simulated season: probabilities that add up, scores that follow the forecaster, nothing left to chance twice."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.analyze.models.results import Floats
from functions.analyze.models.score_matrix import outcome_probabilities, score_matrix, tilt
from functions.analyze.season.rates import Rates, match_rates, pairing_rates
from functions.analyze.season.simulation import (
    MatchArrays,
    SeasonState,
    draw_scores,
    simulate,
    simulate_by_result,
    strength_sd,
)

N_TEAMS = 6
PAIRS = np.array(list(permutations(range(N_TEAMS), 2)))
STRENGTH = np.linspace(0.5, -0.5, N_TEAMS)
NOTHING = np.zeros(0, np.int64)
UNPLAYED = MatchArrays(home=NOTHING, away=NOTHING, home_goals=NOTHING, away_goals=NOTHING)


def forecast(home: int, away: int) -> Floats:
    """What a link that likes draws makes of known strengths."""
    lead = STRENGTH[home] - STRENGTH[away]
    matrix = score_matrix(float(np.exp(0.4 + lead / 2)), float(np.exp(0.1 - lead / 2)), -0.05)
    expected = outcome_probabilities(matrix) * np.array([1.0, 1.1, 1.0])
    return tilt(matrix, expected / expected.sum())


@cache
def rates(sd: float) -> Rates:
    return pairing_rates(range(N_TEAMS), forecast, np.full(N_TEAMS, sd))


def season(n_played: int = 0, *, sd: float = 0.15, tie_break: tuple[str, ...] = ("gd", "gf")) -> SeasonState:
    """The first matches were won 2-0 by whoever has the lower number."""
    played, to_play = PAIRS[:n_played], PAIRS[n_played:]
    first = (played[:, 0] < played[:, 1]).astype(np.int64)
    return SeasonState(
        team_ids=tuple(range(N_TEAMS)),
        played=MatchArrays(home=played[:, 0], away=played[:, 1], home_goals=2 * first, away_goals=2 - 2 * first),
        to_play=(to_play[:, 0], to_play[:, 1]),
        adjustments=np.zeros(N_TEAMS, np.int64),
        tie_break=tie_break,
        rates=rates(sd),
        sd=np.full(N_TEAMS, sd),
    )


@settings(max_examples=30)
@given(n_played=st.integers(0, len(PAIRS)), seed=st.integers(0, 99))
def test_probabilities_of_each_team_and_of_each_place_sum_to_one(n_played: int, seed: int) -> None:
    result = simulate(season(n_played, tie_break=("h2h_points", "h2h_gd", "gd")), n=50, seed=seed)
    assert np.allclose(result.p_place.sum(axis=0), 1)
    assert np.allclose(result.p_place.sum(axis=1), 1)
    assert (result.p_place >= 0).all()
    assert (result.points_low <= result.points_high).all()


def test_season_that_is_over_has_no_doubt() -> None:
    result = simulate(season(len(PAIRS)), n=20)
    assert result.p_place.tolist() == np.eye(N_TEAMS).tolist()
    assert result.points.tolist() == [30.0, 24.0, 18.0, 12.0, 6.0, 0.0]
    assert result.points_low.tolist() == result.points_high.tolist() == [30, 24, 18, 12, 6, 0]


def test_decided_title_is_certain() -> None:
    result = simulate(replace(season(10), adjustments=np.array([40, 0, 0, 0, 0, 0])), n=200)
    assert result.p_place[0, 0] == 1.0
    assert 0 < result.p_place[1, 1] < 1.0


def test_same_seed_same_answer_and_another_seed_another() -> None:
    first, again, other = (simulate(season(), n=500, seed=seed) for seed in (3, 3, 4))
    assert np.array_equal(first.p_place, again.p_place)
    assert not np.array_equal(first.p_place, other.p_place)


@pytest.mark.parametrize("sd", [0.0, 0.2])
def test_drawn_scores_have_the_forecasters_probabilities_and_goals(sd: float) -> None:
    of = season(sd=sd)
    home, away = draw_scores(of, 20_000, np.random.default_rng(5))
    expected = np.array([outcome_probabilities(forecast(int(i), int(j))) for i, j in PAIRS])
    drawn = np.stack([(home > away).mean(axis=1), (home == away).mean(axis=1), (home < away).mean(axis=1)], axis=1)
    assert np.abs(drawn - expected).max() < 0.02
    assert np.abs(drawn - expected).mean() < 0.005
    goals = sum(float((np.add.outer(np.arange(len(m)), np.arange(len(m))) * m).sum()) for m in map_forecasts())
    assert abs(float((home.mean(axis=1) + away.mean(axis=1)).sum()) / goals - 1) < 0.01


def map_forecasts() -> list[Floats]:
    return [forecast(int(i), int(j)) for i, j in PAIRS]


def test_uncertain_strengths_spread_points_without_moving_their_mean() -> None:
    sure, unsure = (simulate(season(sd=sd), n=4000) for sd in (0.0, 0.4))
    assert np.abs(sure.points - unsure.points).max() < 0.5
    assert (unsure.points_high - unsure.points_low).sum() > (sure.points_high - sure.points_low).sum() + 6


def test_matches_played_make_a_team_known() -> None:
    by_matches = strength_sd(np.array([0, 10, 38]), prior_sd=0.2)
    assert by_matches[0] == pytest.approx(0.2)
    assert by_matches[2] < by_matches[1] < by_matches[0]


@settings(max_examples=60)
@given(
    home=st.floats(0.2, 4.0),
    away=st.floats(0.2, 4.0),
    rho=st.floats(-0.15, 0.1),
)
def test_rates_of_a_matrix_that_has_rates_are_found_again(home: float, away: float, rho: float) -> None:
    actual = score_matrix(home, away, rho)
    p_home, p_draw, p_away = outcome_probabilities(actual)
    goals = np.arange(len(actual))
    total = float(actual.sum(axis=1) @ goals + actual.sum(axis=0) @ goals)
    result = match_rates(np.array([total]), np.array([p_home - p_away]), np.array([p_draw]), np.zeros(1))[:, 0]
    assert result[:2] == pytest.approx([home, away], abs=0.01)
    again = outcome_probabilities(score_matrix(*(float(value) for value in result)))
    assert again == pytest.approx([p_home, p_draw, p_away], abs=0.002)


def test_seasons_split_by_a_result_add_up_to_all_of_them() -> None:
    n, state = 600, season(10)
    watched = np.array([0, 3])
    split = simulate_by_result(state, watched, n=n, seed=3)
    whole = simulate(state, n=n, seed=3)
    assert split.n.sum(axis=1).tolist() == [n, n]
    mixed = (split.p_place * split.n[:, :, None, None]).sum(axis=1) / n
    for each in mixed:
        assert np.allclose(each, whole.p_place)
    home, away = (side[watched[0]] for side in state.to_play)
    assert split.points[0, 0, home] > split.points[0, 1, home] > split.points[0, 2, home]
    assert split.points[0, 2, away] > split.points[0, 1, away] > split.points[0, 0, away]
