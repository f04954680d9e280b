"""Expected goals of a shot by our own model, for sources without them; and what a match's expected goals amount to.

Four logistic models: penalties (a constant), direct free kicks, headers, and all else with the foot or another part.
Fitted by ``python -m tests.bench.fit_xg`` on 260,000 shots of six leagues; ``./scripts/bench xg`` scores them on
seasons they never saw.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from enum import StrEnum

from shared.domain.football import pitch


class Situation(StrEnum):
    """The situation of a shot, as far as the models distinguish it."""

    ASSISTED = "assisted"
    REGULAR = "regular"
    CORNER = "corner"
    SET_PIECE = "set-piece"
    FREE_KICK = "free-kick"
    """Direct."""
    PENALTY = "penalty"

    @classmethod
    def parse(cls, text: str) -> Situation:
        """Parse the source's word; a throw-in is a set piece, a counter-attack and any new word are regular play."""
        if text.startswith("throw-in"):
            return cls.SET_PIECE
        return next((one for one in cls if one.value == text), cls.REGULAR)


HEAD = "head"
OTHER = "other"

COEFFICIENTS: dict[str, tuple[float, ...]] = {
    "penalty": (1.12984,),
    "free-kick": (-2.30655, -0.05242, 3.86285),
    "header": (7.85564, -0.09058, -3.57158, -4.79701, 0.72136, 0.61620, 0.06541, -0.32268, -0.90148, -0.41937),
    "foot": (0.94871, -0.10558, -0.68350, -1.09927, 0.54487, 0.25810, 0.01223, 0.10966, -0.66020, -0.35724, -0.65656),
}


def expected_goals(x: float, y: float, *, situation: Situation, body_part: str) -> float:
    """Chance of a goal.

    Parameters
    ----------
    x, y : the source's coordinates, see `shared.domain.football.pitch`.
    body_part : the source's word: ``head``, ``other``, else a foot.
    """
    kind = choose_model(situation, body_part)
    coefficients = COEFFICIENTS[kind]
    score = sum(
        b * value for b, value in zip(coefficients, compute_features(kind, x, y, situation, body_part), strict=True)
    )
    return 1.0 / (1.0 + math.exp(-score))


def choose_model(situation: Situation, body_part: str) -> str:
    """Return which of the four models a shot belongs to."""
    if situation in (Situation.PENALTY, Situation.FREE_KICK):
        return situation.value
    return "header" if body_part == HEAD else "foot"


def compute_features(kind: str, x: float, y: float, situation: Situation, body_part: str) -> tuple[float, ...]:
    """Return the model's inputs: a constant, distance (m) and angle (radians), non-linear terms, then categories."""
    if kind == Situation.PENALTY:
        return (1.0,)
    position = distance, angle = _distance_and_angle(x, y)
    if kind == Situation.FREE_KICK:
        return (1.0, *position)
    curved = math.log(distance + 0.5), angle**2, distance * angle, pitch.from_middle(y)
    came_from = (float(situation == one) for one in (Situation.ASSISTED, Situation.CORNER, Situation.SET_PIECE))
    part = (float(body_part == OTHER),) if kind == "foot" else ()
    return (1.0, *position, *curved, *came_from, *part)


def p_any_goal(chances: Iterable[float]) -> float:
    """Chance of at least one goal from shots that do not depend on each other: ``1 - prod(1 - xg)``."""
    return 1.0 - math.prod(1.0 - chance for chance in chances)


def goal_distribution(chances: Sequence[float]) -> list[float]:
    """Poisson-binomial: probabilities of 0, 1, ... len(chances) goals."""
    p_goals = [1.0]
    for chance in chances:
        missed = [p * (1.0 - chance) for p in p_goals] + [0.0]
        scored = [0.0] + [p * chance for p in p_goals]
        p_goals = [a + b for a, b in zip(missed, scored, strict=True)]
    return p_goals


def expected_points(home: Sequence[float], away: Sequence[float]) -> tuple[float, float]:
    """Average points of both sides if each shot were a goal with its chance, independently of the others."""
    p_home, p_draw = 0.0, 0.0
    away_goals = goal_distribution(away)
    for goals, p in enumerate(goal_distribution(home)):
        p_home += p * sum(away_goals[:goals])
        p_draw += p * (away_goals[goals] if goals < len(away_goals) else 0.0)
    p_away = 1.0 - p_home - p_draw
    return 3 * p_home + p_draw, 3 * p_away + p_draw


def _distance_and_angle(x: float, y: float) -> tuple[float, float]:
    """Metres from the middle of the goal, and the angle in radians under which the goal opens."""
    along, across = pitch.from_goal_line(x), pitch.from_middle(y)
    post = pitch.GOAL_WIDTH_M / 2
    angle = math.atan2(pitch.GOAL_WIDTH_M * along, along**2 + across**2 - post**2)
    return math.hypot(along, across), angle
