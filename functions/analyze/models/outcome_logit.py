"""Multinomial logit with constant coefficients: from ratings to the probabilities of home win, draw and away win.

The features of a match are the difference and the sum of the logs of the expected counts of home and away side, for
each filter of `functions.analyze.models.dynamic_ratings.FILTERS`: which side is better, and how open the match will be.
All filters are used where both sides have match statistics, otherwise only those of goals.

The coefficients were fitted by ``python -m tests.bench.fit_link`` on 18,260 matches of the highest divisions of
England, Spain, Italy, Germany and France, 2009/10 to 2018/19, and on no later match. Fitting them again every
season does not change the fourth decimal of the ranked probability score.
"""

from __future__ import annotations

import math

import numpy as np

from functions.analyze.models.dynamic_ratings import N_GOALS
from functions.analyze.models.results import Bools, Floats

MIN_WITH_STATISTICS = 5
"""Matches with statistics that both sides need before statistics are used."""

_MAX_LOG_ODDS = 30.0
"""Bound on log odds, far beyond any match, so that the exponential stays finite."""

# fmt: off
# Log odds of a home win (first row) and of an away win against a draw: constant, differences, sums.
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


def probabilities(log_means: Floats, n_seen: Floats) -> Floats:
    """Shape (M, 3): probabilities of home win, draw and away win; each positive, summing to 1.

    Parameters
    ----------
    log_means : shape (M, 2, V), from `Strengths.log_means`, V filters in the order of `FILTERS`.
    n_seen : shape (M, V), number of matches with the count, of the side that has fewer.
    """
    by_goals = _outcomes(_GOALS, log_means[:, :, :N_GOALS])
    return np.where(has_statistics(n_seen)[:, None], _outcomes(_STATISTICS, log_means), by_goals)


def match_probabilities(log_means: Floats, n_seen: Floats) -> Floats:
    """`probabilities` of one match in a tenth of the time: `log_means` has shape (2, V), `n_seen` (V,)."""
    coefficients, means = (
        (_STATISTICS, log_means) if has_statistics(n_seen[None])[0] else (_GOALS, log_means[:, :N_GOALS])
    )
    both = np.concatenate((means[0] - means[1], means[0] + means[1]))
    home, away = (coefficients[:, 1:] @ both + coefficients[:, 0]).tolist()
    home, away = (math.exp(min(max(log_odds, -_MAX_LOG_ODDS), _MAX_LOG_ODDS)) for log_odds in (home, away))
    return np.array([home, 1.0, away]) / (home + 1.0 + away)


def has_statistics(n_seen: Floats) -> Bools:
    """Shape (M,): whether both sides have enough matches with statistics."""
    return np.asarray((n_seen[:, N_GOALS:] >= MIN_WITH_STATISTICS).all(axis=1))


def _outcomes(coefficients: Floats, log_means: Floats) -> Floats:
    log_odds = features(log_means) @ coefficients[:, 1:].T + coefficients[:, 0]
    against_draw = np.insert(np.clip(log_odds, -_MAX_LOG_ODDS, _MAX_LOG_ODDS), 1, 0.0, axis=1)
    odds = np.exp(against_draw)
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))
