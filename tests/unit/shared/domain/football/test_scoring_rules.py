"""Scores of forecasts, worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from shared.domain.football.scoring_rules import bootstrap_interval, brier, calibration, log_loss, rps

UNIFORM = np.full((3, 3), 1 / 3)
EACH = np.array([0, 1, 2])


def test_a_uniform_forecast_has_the_published_scores() -> None:
    assert rps(UNIFORM, EACH) == pytest.approx([5 / 18, 1 / 9, 5 / 18])
    assert log_loss(UNIFORM, EACH) == pytest.approx([math.log(3)] * 3)
    assert brier(UNIFORM, EACH) == pytest.approx([2 / 3] * 3)


def test_a_miss_by_one_outcome_costs_half_of_a_miss_by_two() -> None:
    certain = np.array([[1.0, 0.0, 0.0]] * 3)
    assert rps(certain, EACH) == pytest.approx([0.0, 0.5, 1.0])


def test_what_was_said_to_be_impossible_costs_much_and_not_infinitely() -> None:
    assert 30 < log_loss(np.array([[1.0, 0.0, 0.0]]), np.array([2]))[0] < math.inf


def test_bins_hold_equal_numbers_and_what_came() -> None:
    p = np.array([[0.8, 0.15, 0.05]] * 4)
    low, middle, high = calibration(p, np.array([0, 0, 0, 2]), n_bins=3)
    assert [part.n for part in (low, middle, high)] == [4, 4, 4]
    assert (low.forecast, low.observed) == pytest.approx((0.05, 0.25))
    assert (middle.forecast, middle.observed) == pytest.approx((0.15, 0.0))
    assert (high.forecast, high.observed) == pytest.approx((0.8, 0.75))


def test_the_interval_is_that_of_a_mean() -> None:
    values = np.random.default_rng(1).normal(2.0, 1.0, 2500)
    low, high = bootstrap_interval(values)
    assert low < values.mean() < high
    assert high - low == pytest.approx(2 * 1.96 * values.std() / math.sqrt(2500), rel=0.1)
    assert bootstrap_interval(values) == (low, high)
