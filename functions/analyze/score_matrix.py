"""One matrix of score probabilities per match, and every market read from it, so that all of them agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from functions.analyze.dixon_coles import rho_range
from functions.analyze.results import Floats
from shared.errors import InvalidInput

_TAIL = 1e-6
_MAX_GOALS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Markets:
    """What a score matrix says; probabilities in [0, 1], goals as expectations."""

    p_home: float
    p_draw: float
    p_away: float
    home_goals: float
    away_goals: float
    p_over: dict[str, float]
    """Probability of more goals than the line, by line (``2.5``)."""
    p_both_score: float
    p_home_clean_sheet: float
    p_away_clean_sheet: float
    likely_scores: tuple[tuple[str, float], ...]
    """The most likely scores, ``home-away`` and probability, likeliest first."""


def score_matrix(home_rate: float, away_rate: float, rho: float) -> Floats:
    """Dixon-Coles probabilities of each score.

    Parameters
    ----------
    home_rate, away_rate : expected goals lambda and mu, > 0.
    rho : low-score dependence; cut to the range in which no probability is negative for these rates.

    Returns
    -------
    ndarray, shape (N, N), row = home goals, column = away goals; N large enough that the tail of either side is below
    1e-6 (at least 11); sums to 1.

    Raises
    ------
    InvalidInput : a rate is not a positive finite number.
    """
    if not (0 < home_rate < np.inf and 0 < away_rate < np.inf):
        raise InvalidInput(f"expected goals {home_rate} and {away_rate} must be positive and finite")
    low, high = rho_range(np.array([home_rate]), np.array([away_rate]))
    rho = min(max(rho, low), high)
    home, away = _poisson(home_rate), _poisson(away_rate)
    size = max(len(home), len(away))
    matrix = np.outer(np.pad(home, (0, size - len(home))), np.pad(away, (0, size - len(away))))
    matrix[0, 0] *= 1 - home_rate * away_rate * rho
    matrix[0, 1] *= 1 + home_rate * rho
    matrix[1, 0] *= 1 + away_rate * rho
    matrix[1, 1] *= 1 - rho
    return np.asarray(matrix / matrix.sum())


def outcome(matrix: Floats) -> Floats:
    """Shape (3,): probabilities of home win, draw, away win."""
    return np.array([np.tril(matrix, -1).sum(), np.trace(matrix), np.triu(matrix, 1).sum()])


def tilt(matrix: Floats, target: Floats) -> Floats:
    """The matrix with each of its three outcomes scaled to the `target` probabilities, shape (3,), summing to 1.

    Keeps the relative chances of scores within an outcome: the distribution nearest in Kullback-Leibler divergence
    that has the wanted outcome probabilities.
    """
    factor = target / outcome(matrix)
    home, draw, away = np.tril(matrix, -1), np.diag(np.diag(matrix)), np.triu(matrix, 1)
    tilted = home * factor[0] + draw * factor[1] + away * factor[2]
    return np.asarray(tilted / tilted.sum())


def markets(matrix: Floats, *, n_scores: int = 5) -> Markets:
    """Read every market from one matrix, shape (N, N) as `score_matrix` makes it."""
    goals = np.arange(len(matrix))
    total = goals[:, None] + goals[None, :]
    p_home, p_draw, p_away = (float(p) for p in outcome(matrix))
    order = np.argsort(matrix, axis=None, kind="stable")[::-1][:n_scores]
    likely = tuple((f"{k // len(matrix)}-{k % len(matrix)}", float(matrix.flat[k])) for k in order)
    return Markets(
        p_home=p_home,
        p_draw=p_draw,
        p_away=p_away,
        home_goals=float(matrix.sum(axis=1) @ goals),
        away_goals=float(matrix.sum(axis=0) @ goals),
        p_over={f"{line}.5": float(matrix[total > line].sum()) for line in range(5)},
        p_both_score=float(matrix[1:, 1:].sum()),
        p_home_clean_sheet=float(matrix[:, 0].sum()),
        p_away_clean_sheet=float(matrix[0, :].sum()),
        likely_scores=likely,
    )


def _poisson(rate: float) -> Floats:
    """Probabilities 0, 1, 2 ... until the rest is below the tail, at least 0 to 10."""
    terms = [float(np.exp(-rate))]
    while (len(terms) < 11 or 1 - sum(terms) > _TAIL) and len(terms) < _MAX_GOALS:
        terms.append(terms[-1] * rate / len(terms))
    return np.array(terms)
