"""Compare a forecast with the odds of the same match. A difference is not advice to bet."""

from __future__ import annotations

from typing import Any

import numpy as np

from functions.analyze.models.results import Floats
from shared.domain.betting import margins
from shared.errors import InvalidInput

OUTCOMES = ("home", "draw", "away")
METHODS = ("proportional", "power", "shin")
"""Ways to remove the margin that are shown."""
CAUTION = "closing odds have been better forecasts than this model's: a difference is more often its error than theirs"


def parse_odds(text: str) -> Floats:
    """Shape (3,): decimal odds of home win, draw and away win from ``2.1,3.4,3.6``.

    Raises
    ------
    InvalidInput : the text is anything else.
    """
    parts = text.split(",")
    try:
        odds = np.array([float(part) for part in parts])
    except ValueError:
        odds = np.zeros(0)
    if len(odds) != len(OUTCOMES):
        raise InvalidInput("the odds are not valid", errors={"odds": "must be three decimal odds separated by commas"})
    margins.inverse_odds(odds)
    return odds


def compare_with_odds(pairing: dict[str, Any], odds: Floats) -> dict[str, Any]:
    """JSON: the market's probabilities by each way to remove the margin, ours, and the differences.

    `value` is what a stake of 1 would return on average if our probability were right: probability times odds. Below 1
    the odds pay less than we think fair.
    """
    ours = np.array([pairing["probabilities"][outcome] for outcome in OUTCOMES])
    market = {name: margins.METHODS[name](odds) for name in METHODS}
    return {
        **{key: pairing[key] for key in ("league", "name", "as_of", "home", "away", "probabilities", "method")},
        "odds": _by_outcome(odds, 3),
        "margin": round(margins.margin(odds), 4),
        "market": {name: _by_outcome(p, 4) for name, p in market.items()},
        "ours_minus_market": {name: _by_outcome(ours - p, 4) for name, p in market.items()},
        "value": _by_outcome(ours * odds, 4),
        "n_matches": pairing["n_matches"],
        "cautions": [*pairing["cautions"], CAUTION],
    }


def _by_outcome(values: Floats, digits: int) -> dict[str, float]:
    return {outcome: round(float(value), digits) for outcome, value in zip(OUTCOMES, values, strict=True)}
