"""A forecast and the odds of the same match side by side: views that differ, and no advice to act on them."""

from __future__ import annotations

from typing import Any

import numpy as np

from functions.analyze.models import odds as market
from functions.analyze.models.results import Floats
from shared.errors import InvalidInput

OUTCOMES = ("home", "draw", "away")
CAUTION = "closing odds have been better forecasts than this model's: a difference is more often its error than theirs"


def parsed(text: str) -> Floats:
    """Shape (3,): decimal odds of home win, draw, away win from ``2.1,3.4,3.6``; `InvalidInput` for anything else."""
    parts = text.split(",")
    try:
        odds = np.array([float(part) for part in parts])
    except ValueError:
        odds = np.zeros(0)
    if len(odds) != len(OUTCOMES):
        raise InvalidInput("the odds do not fit", errors={"odds": "three decimal odds with commas between"})
    market.inverse(odds)
    return odds


def beside(pairing: dict[str, Any], odds: Floats) -> dict[str, Any]:
    """JSON: the market's probabilities by each way of removing the margin, ours, and how they differ.

    `value` is what a stake of one would return on average were our probability right: probability times odds. Below one
    the odds pay less than we think fair.
    """
    ours = np.array([pairing["probabilities"][outcome] for outcome in OUTCOMES])
    views = {name: method(odds) for name, method in market.METHODS.items()}
    return {
        **{key: pairing[key] for key in ("league", "name", "as_of", "home", "away", "probabilities", "method")},
        "odds": _named(odds, 3),
        "margin": round(market.margin(odds), 4),
        "market": {name: _named(p, 4) for name, p in views.items()},
        "ours_minus_market": {name: _named(ours - p, 4) for name, p in views.items()},
        "value": _named(ours * odds, 4),
        "n_matches": pairing["n_matches"],
        "cautions": [*pairing["cautions"], CAUTION],
    }


def _named(values: Floats, digits: int) -> dict[str, float]:
    return {outcome: round(float(value), digits) for outcome, value in zip(OUTCOMES, values, strict=True)}
