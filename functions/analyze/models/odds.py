"""Remove the bookmaker's margin from odds.

The inverses of decimal odds sum to 1 plus the bookmaker's margin. How the margin is spread over the outcomes is not
known; three models are offered: in proportion to the probabilities, by a power of them, or as if a share of the stakes
came from insiders (Shin). With the last two, long shots carry more of the margin.

References
----------
Shin (1993), Measuring the incidence of insider trading in a market for state-contingent claims, Economic Journal 103.
Jullien and Salanié (1994), Measuring the incidence of insider trading: a comment on Shin, Economic Journal 104, for the
form solved here. Clarke, Kovalchik and Ingram (2017), Adjusting bookmaker's odds to allow for overround, American
Journal of Sports Science 5, for the power.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from functions.analyze.models.results import Floats
from shared.errors import InvalidInput

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


def power(odds: Floats) -> Floats:
    """Shape (K,): probabilities by raising the inverses to the power with which they sum to 1."""
    inverse = inverse_odds(odds)
    exponent = _bisect(lambda power: float((inverse**power).sum()) - 1.0, 0.0, _upper_exponent(inverse))
    p = inverse**exponent
    return np.asarray(p / p.sum())


def shin(odds: Floats) -> Floats:
    """Shape (K,): probabilities for which a share z of insiders among the stakes explains the margin.

    ``p = (sqrt(z^2 + 4 (1 - z) q^2 / sum(q)) - z) / (2 (1 - z))`` with q the inverses, and z such that they sum to 1.
    Without a margin z cannot be inferred, and the inverses are divided by their sum.
    """
    inverse = inverse_odds(odds)
    total = inverse.sum()

    def probabilities(z: float) -> Floats:
        return np.asarray((np.sqrt(z * z + 4.0 * (1.0 - z) * inverse**2 / total) - z) / (2.0 * (1.0 - z)))

    if total <= 1.0:
        return proportional(odds)
    p = probabilities(_bisect(lambda z: float(probabilities(z).sum()) - 1.0, 0.0, 1.0 - 1e-9))
    return np.asarray(p / p.sum())


METHODS: dict[str, Callable[[Floats], Floats]] = {"proportional": proportional, "power": power, "shin": shin}


def _upper_exponent(inverse: Floats) -> float:
    """Return an exponent at which the sum is below 1."""
    return float(1.0 + np.log(len(inverse)) / -np.log(inverse.max()))


def _bisect(decreasing: Callable[[float], float], low: float, high: float) -> float:
    """Find where a decreasing function crosses zero."""
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if decreasing(middle) > 0 else (low, middle)
    return (low + high) / 2
