"""From ratings to the probabilities of home win, draw and away win: a multinomial logit with constant coefficients.

The features of a match are, for every speed of `functions.analyze.models.dynamic_ratings.SPEEDS`, the difference and
the sum of the logs of the counts expected of home and away side: who is better, and how open a match it will be. Where
match statistics are known of both sides all speeds speak, elsewhere those of goals.

The coefficients were fitted by ``python -m tests.bench.fit_link`` on 18,260 matches of the highest divisions of
England, Spain, Italy, Germany and France, 2009/10 to 2018/19, and hold no number of a later match. Fitting them anew
every season changes nothing in the fourth decimal of the ranked probability score.
"""

from __future__ import annotations

import math

import numpy as np

from functions.analyze.models.dynamic_ratings import N_GOALS
from functions.analyze.models.results import Bools, Floats

ENOUGH_COUNTED = 5
"""Matches with statistics that the less known side must have, for its shots to speak."""

_MOST = 30.0
"""Bound on log odds, far beyond any match, within which an exponential stays a number."""

# fmt: off
# Log odds against a draw of a home win (first row) and of an away win: constant, differences, sums.
_STATISTICS = np.array(
    [
        [-0.3259, -0.1919, 0.4735, 0.5695, 0.3674, 0.0563, -0.1992, -1.2240, 0.9762, 0.3235, -0.9336, 0.3883,
         1.1216, 0.0460, -0.0887, -0.0062, -0.0596, 0.2401, -0.1669],
        [-1.3038, -0.4856, -0.1151, -0.0029, -0.1843, -0.2885, 0.0103, 0.7000, -0.5217, -0.2659, -0.8477,
         0.2257, 1.1550, -0.8478, 0.0833, 0.6273, 0.4125, -0.0735, 0.0058],
    ]
)
_GOALS = np.array(
    [
        [-0.0838, -0.0973, 0.6599, 0.4849, -0.9586, 0.4046, 1.1398],
        [-0.0306, -0.6042, -0.3187, -0.0525, -0.8597, 0.1739, 1.2674],
    ]
)
# fmt: on


def features(log_means: Floats) -> Floats:
    """Shape (M, 2 V): differences, then sums, of `log_means`, shape (M, 2, V)."""
    return np.concatenate([log_means[:, 0] - log_means[:, 1], log_means[:, 0] + log_means[:, 1]], axis=1)


def probabilities(log_means: Floats, seen: Floats) -> Floats:
    """Shape (M, 3): home win, draw, away win; each positive, summing to 1.

    Parameters
    ----------
    log_means : shape (M, 2, V), as `Strengths.log_means` gives them, V speeds in the order of `SPEEDS`.
    seen : shape (M, V), matches counted of the less known side.
    """
    by_goals = _outcomes(_GOALS, log_means[:, :, :N_GOALS])
    return np.where(with_statistics(seen)[:, None], _outcomes(_STATISTICS, log_means), by_goals)


def of_match(log_means: Floats, seen: Floats) -> Floats:
    """The same of one match, in a tenth of the time: `log_means`, shape (2, V); `seen`, shape (V,)."""
    counted = with_statistics(seen[None])[0]
    coefficients, means = (_STATISTICS, log_means) if counted else (_GOALS, log_means[:, :N_GOALS])
    both = np.concatenate((means[0] - means[1], means[0] + means[1]))
    home, away = (coefficients[:, 1:] @ both + coefficients[:, 0]).tolist()
    home, away = (math.exp(min(max(log_odds, -_MOST), _MOST)) for log_odds in (home, away))
    return np.array([home, 1.0, away]) / (home + 1.0 + away)


def with_statistics(seen: Floats) -> Bools:
    """Shape (M,): whether enough statistics are known of both sides."""
    return np.asarray((seen[:, N_GOALS:] >= ENOUGH_COUNTED).all(axis=1))


def _outcomes(coefficients: Floats, log_means: Floats) -> Floats:
    log_odds = features(log_means) @ coefficients[:, 1:].T + coefficients[:, 0]
    against_draw = np.insert(np.clip(log_odds, -_MOST, _MOST), 1, 0.0, axis=1)
    grown = np.exp(against_draw)
    return np.asarray(grown / grown.sum(axis=1, keepdims=True))
