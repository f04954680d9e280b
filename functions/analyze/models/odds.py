"""What bookmakers' odds say of a match once their margin is taken out, and how far a forecast is from it.

The inverses of decimal odds sum to more than one by the bookmaker's margin. How it is spread over the outcomes nobody
tells: in proportion to the probabilities, by a power of them, or as if a share of the stakes came from insiders (Shin);
with the last two long shots bear more of it.

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


def inverse(odds: Floats) -> Floats:
    """One over each of an event's decimal odds, shape (K,), stake included; `InvalidInput` for odds of 1 or less."""
    if len(odds) < 2 or not (np.isfinite(odds).all() and (odds > 1.0).all()):
        raise InvalidInput("the odds do not fit", errors={"odds": "decimal, each above 1, of two outcomes or more"})
    return np.asarray(1.0 / odds)


def margin(odds: Floats) -> float:
    """By how much the inverses exceed one; below zero when the best odds of several bookmakers were put together."""
    return float(inverse(odds).sum() - 1.0)


def proportional(odds: Floats) -> Floats:
    """Shape (K,): each inverse divided by their sum."""
    priced = inverse(odds)
    return np.asarray(priced / priced.sum())


def power(odds: Floats) -> Floats:
    """Shape (K,): the inverses raised to the one power with which they sum to one."""
    priced = inverse(odds)
    exponent = _root(lambda tried: float((priced**tried).sum()) - 1.0, 0.0, _beyond(priced))
    made = priced**exponent
    return np.asarray(made / made.sum())


def shin(odds: Floats) -> Floats:
    """Shape (K,): probabilities under which a share z of stakes by insiders explains the margin.

    ``p = (sqrt(z^2 + 4 (1 - z) q^2 / sum(q)) - z) / (2 (1 - z))`` with q the inverses, and z such that they sum to one.
    Without a margin there are no insiders to infer, and the inverses are divided by their sum.
    """
    priced = inverse(odds)
    total = priced.sum()

    def at(z: float) -> Floats:
        return np.asarray((np.sqrt(z * z + 4.0 * (1.0 - z) * priced**2 / total) - z) / (2.0 * (1.0 - z)))

    if total <= 1.0:
        return proportional(odds)
    made = at(_root(lambda z: float(at(z).sum()) - 1.0, 0.0, 1.0 - 1e-9))
    return np.asarray(made / made.sum())


METHODS: dict[str, Callable[[Floats], Floats]] = {"proportional": proportional, "power": power, "shin": shin}


def _beyond(priced: Floats) -> float:
    """A power at which the sum is below one."""
    return float(1.0 + np.log(len(priced)) / -np.log(priced.max()))


def _root(falling: Callable[[float], float], low: float, high: float) -> float:
    """Where a falling function crosses zero."""
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if falling(middle) > 0 else (low, middle)
    return (low + high) / 2
