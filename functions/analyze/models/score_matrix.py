"""The matrix of score probabilities of a match, and the markets read from it, so that all of them agree."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from functions.analyze.models.dixon_coles import admissible_rho
from functions.analyze.models.results import Floats
from shared.errors import InvalidInput

_TAIL = 1e-6
_MIN_SIZE = 11
_MAX_GOALS = 40
_LINES = 5
"""Number of lines: over 0.5 to over 4.5."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Markets:
    """The markets of a match: probabilities in [0, 1], expected goals."""

    p_home: float
    p_draw: float
    p_away: float
    home_goals: float
    away_goals: float
    p_over: dict[str, float]
    """Probability of more goals than the line, by line (such as ``2.5``)."""
    p_both_score: float
    p_home_clean_sheet: float
    p_away_clean_sheet: float
    likely_scores: tuple[tuple[str, float], ...]
    """The most likely scores as ``home-away`` and probability, the likeliest first."""


def score_matrix(home_rate: float, away_rate: float, rho: float) -> Floats:
    """Compute the Dixon-Coles probability of each score.

    Parameters
    ----------
    home_rate, away_rate : expected goals lambda and mu, > 0.
    rho : low-score dependence, cut to the range in which no probability is negative.

    Returns
    -------
    ndarray, shape (N, N), row = home goals, column = away goals; N (at least 11) is large enough that
    the tail of either side is below 1e-6; sums to 1.

    Raises
    ------
    InvalidInput : a rate is not a positive finite number.
    """
    if not (0 < home_rate < np.inf and 0 < away_rate < np.inf):
        raise InvalidInput(f"expected goals {home_rate} and {away_rate} must be positive and finite")
    low, high = admissible_rho(home_rate, away_rate)
    rho = min(max(rho, low), high)
    size = max(_size(home_rate), _size(away_rate))
    matrix = _poisson(home_rate, size)[:, None] * _poisson(away_rate, size)
    matrix[0, 0] *= 1 - home_rate * away_rate * rho
    matrix[0, 1] *= 1 + home_rate * rho
    matrix[1, 0] *= 1 + away_rate * rho
    matrix[1, 1] *= 1 - rho
    return np.asarray(matrix / matrix.sum())


def outcome_probabilities(matrix: Floats) -> Floats:
    """Shape (3,): probabilities of home win, draw, away win."""
    return np.asarray(_market_weights(len(matrix))[:3] @ matrix.ravel())


def tilt(matrix: Floats, target: Floats) -> Floats:
    """Scale each of the three outcomes of a matrix to the `target` probabilities, shape (3,), summing to 1.

    The relative probabilities of scores within an outcome stay the same: of all distributions with these outcome
    probabilities it is the nearest in Kullback-Leibler divergence.
    """
    factor = target / outcome_probabilities(matrix)
    tilted = matrix * (factor @ _market_weights(len(matrix))[:3]).reshape(matrix.shape)
    return np.asarray(tilted / tilted.sum())


def read_markets(matrix: Floats, *, n_scores: int = 5) -> Markets:
    """Read every market from a score matrix, shape (N, N)."""
    size = len(matrix)
    values = (_market_weights(size) @ matrix.ravel()).tolist()
    order = np.argsort(matrix, axis=None, kind="stable")[::-1][:n_scores].tolist()
    return Markets(
        p_home=values[0],
        p_draw=values[1],
        p_away=values[2],
        home_goals=values[3],
        away_goals=values[4],
        p_both_score=values[5],
        p_home_clean_sheet=values[6],
        p_away_clean_sheet=values[7],
        p_over={f"{line}.5": values[8 + line] for line in range(_LINES)},
        likely_scores=tuple((f"{k // size}-{k % size}", float(matrix.flat[k])) for k in order),
    )


@cache
def _market_weights(size: int) -> Floats:
    """Shape (13, size * size): the weight of each score in each market, in the order of `read_markets`."""
    home, away = np.indices((size, size))
    weights = [home > away, home == away, home < away, home, away, (home > 0) & (away > 0), away == 0, home == 0]
    weights += [home + away > line for line in range(_LINES)]
    return np.array(weights, dtype=np.float64).reshape(len(weights), -1)


def _size(rate: float) -> int:
    """Return the number of goal counts 0, 1, 2 ... after which the tail is negligible, at least 11."""
    term = total = math.exp(-rate)
    n = 1
    while (n < _MIN_SIZE or 1 - total > _TAIL) and n < _MAX_GOALS:
        term *= rate / n
        total += term
        n += 1
    return n


def _poisson(rate: float, size: int) -> Floats:
    """Shape (size,): probabilities of 0, 1, 2 ... goals."""
    term = math.exp(-rate)
    terms = [term]
    for n in range(1, size):
        term *= rate / n
        terms.append(term)
    return np.array(terms)
