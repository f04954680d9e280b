"""The form index of the replaced system, kept under its name beside our own form.

The newest of a team's last matches weighs 1, a match one half-life older weighs 0.5. `form` is the weighted share of
points, `attack` is weighted goals scored and `defence` is one minus weighted goals conceded, both as a share of three
goals a match and cut to 0..1. `trend` is the form of the newer half of the matches minus that of the older half.
`confidence` is the square root of the share of the `MATCHES_BACK` matches that exist.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

NAME = "team_form_index_v1"
MATCHES_BACK = 10
HALF_LIFE = 5.0
"""In matches. The replaced system took both numbers from its caller; these are the middle of what it allowed."""
_MAX_POINTS = 3
_MAX_GOALS = 3.0


@dataclass(frozen=True, slots=True)
class TeamMatch:
    """One match of a team."""

    points: int
    scored: int
    conceded: int


def form_index(matches: Sequence[TeamMatch]) -> dict[str, Any] | None:
    """JSON of the index over the last `MATCHES_BACK` of a team's matches, oldest first; None without a match."""
    recent = matches[-MATCHES_BACK:]
    if not recent:
        return None
    half = len(recent) // 2
    attack = _weighted_mean([match.scored for match in recent])
    defence = _weighted_mean([match.conceded for match in recent])
    return {
        "model": NAME,
        "n_matches": len(recent),
        "form": round(_points_share(recent), 4),
        "attack": round(min(attack / _MAX_GOALS, 1.0), 4),
        "defence": round(max(1.0 - defence / _MAX_GOALS, 0.0), 4),
        "trend": round(_points_share(recent[-half:]) - _points_share(recent[:half]), 4) if half else 0.0,
        "confidence": round(math.sqrt(len(recent) / MATCHES_BACK), 4),
    }


def _points_share(matches: Sequence[TeamMatch]) -> float:
    return _weighted_mean([match.points for match in matches]) / _MAX_POINTS


def _weighted_mean(values: Sequence[int]) -> float:
    """Mean with half-life weights; the last value is the newest."""
    weights = [math.pow(0.5, age / HALF_LIFE) for age in reversed(range(len(values)))]
    return sum(weight * value for weight, value in zip(weights, values, strict=True)) / sum(weights)
