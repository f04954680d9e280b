"""The replaced system's index of form, kept under its name beside our own: recent matches weigh more by a half-life.

Of the last matches the newest weighs 1, one a half-life older a half. Form is the weighted share of points, attack the
goals scored and defence the goals kept out, both of three a match and within 0 and 1; the trend is the form of the
newer half of the matches less that of the older; confidence is the root of the share of wanted matches there are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

NAME = "team_form_index_v1"
MATCHES_BACK = 10
HALF_LIFE = 5.0
"""Matches. The replaced system took both from its caller; these are the middle of what it allowed."""
_MOST_POINTS = 3
_MOST_GOALS = 3.0


@dataclass(frozen=True, slots=True)
class Played:
    """One match of a team."""

    points: int
    scored: int
    conceded: int


def index(matches: Sequence[Played]) -> dict[str, Any] | None:
    """JSON: the index of a team's matches, oldest first, of which the last `MATCHES_BACK` count; None without any."""
    last = matches[-MATCHES_BACK:]
    if not last:
        return None
    half = len(last) // 2
    attack, defence = _weighted([one.scored for one in last]), _weighted([one.conceded for one in last])
    return {
        "model": NAME,
        "n_matches": len(last),
        "form": round(_form(last), 4),
        "attack": round(min(attack / _MOST_GOALS, 1.0), 4),
        "defence": round(max(1.0 - defence / _MOST_GOALS, 0.0), 4),
        "trend": round(_form(last[-half:]) - _form(last[:half]), 4) if half else 0.0,
        "confidence": round(math.sqrt(len(last) / MATCHES_BACK), 4),
    }


def _form(matches: Sequence[Played]) -> float:
    return _weighted([one.points for one in matches]) / _MOST_POINTS


def _weighted(values: Sequence[int]) -> float:
    """Mean with the half-life's weights, the last value the newest."""
    weights = [math.pow(0.5, age / HALF_LIFE) for age in reversed(range(len(values)))]
    return sum(weight * value for weight, value in zip(weights, values, strict=True)) / sum(weights)
