"""Remove the bookmaker's margin from odds, and add one to probabilities.

The inverses of decimal odds sum to 1 plus the bookmaker's margin. How the margin is spread over the outcomes is not
known; five models are offered: in proportion to the probabilities, the same from each, by a power of them, as if a
share of the stakes came from insiders (Shin), or with one ratio of odds for all. With the last three, long shots carry
more of the margin.

A margin is added by the power alone: in proportion or by Shin a favourite of 97 % would be quoted above 100 %, that is
at odds below 1, by a power never.

References
----------
Shin (1993), Measuring the incidence of insider trading in a market for state-contingent claims, Economic Journal 103.
Jullien and Salanié (1994), Measuring the incidence of insider trading: a comment on Shin, Economic Journal 104, for the
form solved here. Clarke, Kovalchik and Ingram (2017), Adjusting bookmaker's odds to allow for overround, American
Journal of Sports Science 5, for the power. Cheung (2015), Fixed-odds betting and traditional odds, for the odds ratio.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from shared.errors import InvalidInput

Floats = npt.NDArray[np.float64]

_HALVINGS = 60


def inverse_odds(odds: Floats) -> Floats:
    """Shape (K,): 1 divided by the decimal odds of each outcome.

    Raises
    ------
    InvalidInput : an odd is 1 or less, or there are fewer than two.
    """
    if len(odds) < 2 or not (np.isfinite(odds).all() and (odds > 1.0).all()):
        raise InvalidInput("the odds are not valid", errors={"odds": "must be two or more decimal odds above 1"})
    return np.asarray(1.0 / odds)


def margin(odds: Floats) -> float:
    """Sum of the inverses minus 1; negative if the best odds of several bookmakers are combined."""
    return float(inverse_odds(odds).sum() - 1.0)


def proportional(odds: Floats) -> Floats:
    """Shape (K,): probabilities by dividing each inverse by their sum."""
    inverse = inverse_odds(odds)
    return np.asarray(inverse / inverse.sum())


def additive(odds: Floats) -> Floats:
    """Shape (K,): probabilities by taking the same from each inverse; may be negative for very long odds."""
    inverse = inverse_odds(odds)
    return np.asarray(inverse - (inverse.sum() - 1.0) / len(inverse))


def power(odds: Floats) -> Floats:
    """Shape (K,): probabilities by raising the inverses to the power with which they sum to 1."""
    inverse = inverse_odds(odds)
    p = inverse ** power_exponent(odds)
    return np.asarray(p / p.sum())


def power_exponent(odds: Floats) -> float:
    """The power with which the inverses sum to 1."""
    inverse = inverse_odds(odds)
    return _bisect(lambda exponent: float((inverse**exponent).sum()) - 1.0, 0.0, _upper_exponent(inverse))


def shin(odds: Floats) -> Floats:
    """Shape (K,): probabilities for which a share z of insiders among the stakes explains the margin.

    ``p = (sqrt(z^2 + 4 (1 - z) q^2 / sum(q)) - z) / (2 (1 - z))`` with q the inverses, and z such that they sum to 1.
    Without a margin z cannot be inferred, and the inverses are divided by their sum.
    """
    if inverse_odds(odds).sum() <= 1.0:
        return proportional(odds)
    p = _shin_probabilities(inverse_odds(odds), insider_share(odds))
    return np.asarray(p / p.sum())


def insider_share(odds: Floats) -> float:
    """Shin's z; the odds have a margin."""
    inverse = inverse_odds(odds)
    return _bisect(lambda z: float(_shin_probabilities(inverse, z).sum()) - 1.0, 0.0, 1.0 - 1e-9)


def odds_ratio(odds: Floats) -> Floats:
    """Shape (K,): probabilities whose odds p/(1-p) stand to those of the inverses in one ratio for all outcomes."""
    inverse = inverse_odds(odds)
    p = _by_odds_ratio(inverse, common_odds_ratio(odds))
    return np.asarray(p / p.sum())


def common_odds_ratio(odds: Floats) -> float:
    """The ratio c in ``q / (1 - q) = c p / (1 - p)`` with which the probabilities sum to 1."""
    inverse = inverse_odds(odds)
    logarithm = _bisect(lambda log_c: float(_by_odds_ratio(inverse, np.exp(log_c)).sum()) - 1.0, -20.0, 20.0)
    return float(np.exp(logarithm))


METHODS: dict[str, Callable[[Floats], Floats]] = {
    "proportional": proportional,
    "additive": additive,
    "power": power,
    "shin": shin,
    "odds_ratio": odds_ratio,
}
"""Ways to remove a margin."""


def add_margin(p: Floats, margin: float) -> Floats:
    """Quote probabilities with a margin, by the power: what is returned are inverse odds.

    Parameters
    ----------
    p : ndarray, shape (..., K), each above 0 and below 1. Outcomes of which one happens sum to 1, of which two happen
        (a double chance) to 2.
    margin : the sum of the quotes is that of `p`, times 1 plus this.

    Returns
    -------
    ndarray, shape (..., K), each above its `p` and below 1.

    Raises
    ------
    InvalidInput : a probability is not between 0 and 1, or the margin is not positive, or the outcomes cannot bear it.
    """
    total = p.sum(axis=-1, keepdims=True) * (1.0 + margin)
    if not (margin > 0.0 and ((p > 0.0) & (p < 1.0)).all() and (total < p.shape[-1]).all()):
        raise InvalidInput("these probabilities cannot be quoted with this margin")
    low, high = np.zeros_like(total), np.ones_like(total)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        too_small = (p**middle).sum(axis=-1, keepdims=True) < total
        low, high = np.where(too_small, low, middle), np.where(too_small, middle, high)
    return np.asarray(p ** ((low + high) / 2))


def _by_odds_ratio(inverse: Floats, ratio: float) -> Floats:
    return np.asarray(inverse / (ratio + inverse - ratio * inverse))


def _shin_probabilities(inverse: Floats, z: float) -> Floats:
    total = inverse.sum()
    return np.asarray((np.sqrt(z * z + 4.0 * (1.0 - z) * inverse**2 / total) - z) / (2.0 * (1.0 - z)))


def _upper_exponent(inverse: Floats) -> float:
    """Return an exponent at which the sum is below 1."""
    return float(1.0 + np.log(len(inverse)) / -np.log(inverse.max()))


def _bisect(decreasing: Callable[[float], float], low: float, high: float) -> float:
    """Find where a decreasing function crosses zero."""
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if decreasing(middle) > 0 else (low, middle)
    return (low + high) / 2
