"""One shot: where from, how, how likely a goal, where it went. Coordinates as the site gives them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import atan2, exp, hypot
from random import Random
from typing import Generic, TypeVar

Person = TypeVar("Person")

BIG_CHANCE_XG = 0.30
PENALTY_XG = 0.79
PENALTY_X = 11.5
"""The spot in site coordinates: Opta's 88.5 seen from the goal."""
BOX_X = 17.0
"""The edge of the penalty area, Opta's 83; across it reaches from 21.1 to 78.9."""

_LANDMARKS = ((0.0, 0.0), (5.8, 5.5), (11.5, 11.0), (17.0, 16.5), (50.0, 52.5))
"""(site x, metres from the goal line): the scale is not linear, it passes through the pitch's own lines."""


@dataclass(slots=True, kw_only=True)
class Shot(Generic[Person]):
    """A shot; `x` is measured from the goal line shot at, `y` across, both 0 to 100."""

    moment: tuple[int, int]
    shooter: Person
    helper: Person | None
    outcome: str
    """goal, save, miss, block or post."""
    situation: str
    body_part: str
    x: float
    y: float
    xg: float
    xgot: float
    mouth_place: str
    mouth_y: float
    mouth_z: float
    blocker: Person | None = None

    @property
    def is_on_target(self) -> bool:
        return self.outcome in ("goal", "save")

    @property
    def is_big_chance(self) -> bool:
        return self.xg >= BIG_CHANCE_XG

    @property
    def is_in_box(self) -> bool:
        return self.x <= BOX_X and 21.1 <= self.y <= 78.9


def metres_from_goal_line(x: float) -> float:
    """Turn a site x (0 to 100) into metres on a 105 m pitch, straight between the pitch's landmarks."""
    for (x0, m0), (x1, m1) in pairwise(_LANDMARKS):
        if x <= x1:
            return m0 + (x - x0) * (m1 - m0) / (x1 - x0)
    return x * 1.05


def expected_goals(x: float, y: float, is_header: bool) -> float:
    """Return the chance of a goal from distance and opening angle: a plain logistic model with round coefficients."""
    d = max(0.5, metres_from_goal_line(x))
    w = abs(y - 50) * 0.68
    angle = atan2(7.32 * d, d * d + w * w - 3.66**2)
    if angle < 0:
        angle += 3.141592653589793
    score = -1.30 + 1.55 * angle - 0.105 * hypot(d, w) - (0.8 if is_header else 0.0)
    return 1 / (1 + exp(-score))


def draw_shot(
    rng: Random, shooter: Person, moment: tuple[int, int], outcome: str, kind: str, helper: Person | None
) -> Shot[Person]:
    """Invent a shot with a known outcome; goals come from closer in.

    Parameters
    ----------
    kind : `penalty` or `regular`.
    helper : who passed to the shooter; the shot is then not a solo one.
    """
    if kind == "penalty":
        situation, body, x, y = "penalty", "right-foot", PENALTY_X, 50.0
    else:
        situation = _situation(rng, helper is not None)
        depth = rng.random() ** (1.6 if outcome == "goal" else 0.95)
        x = round(3.0 + depth * (16.0 if outcome == "goal" else 27.0), 1)
        spread = 8.0 if outcome == "goal" else 12.0
        y = round(50 + spread * 2 * (rng.random() + rng.random() + rng.random() - 1.5), 1)
        near = x < 11.0
        chance = rng.random()
        body = "head" if near and chance < 0.32 else "left-foot" if chance < 0.52 else "right-foot"
        if chance > 0.992:
            body = "other"
    xg = PENALTY_XG if kind == "penalty" else expected_goals(x, y, body == "head") * (0.8 + 0.4 * rng.random())
    xg = round(min(0.97, max(0.008, xg)), 6)
    place, mouth_y, mouth_z = _mouth(rng, outcome)
    xgot = 0.0
    if outcome in ("goal", "save"):
        corner = abs(mouth_y - 50) / 4.4 * 0.5 + mouth_z / 38 * 0.3
        xgot = round(min(0.98, max(0.01, (xg + (0.30 if outcome == "goal" else 0.05)) * (0.6 + corner))), 6)
    return Shot(
        moment=moment,
        shooter=shooter,
        helper=helper,
        outcome=outcome,
        situation=situation,
        body_part=body,
        x=x,
        y=max(1.0, min(99.0, y)),
        xg=xg,
        xgot=xgot,
        mouth_place=place,
        mouth_y=mouth_y,
        mouth_z=mouth_z,
    )


def _situation(rng: Random, helped: bool) -> str:
    chance = rng.random()
    if helped:
        return "fast-break" if chance < 0.10 else "corner" if chance < 0.24 else "assisted"
    for situation, edge in (("regular", 0.5), ("corner", 0.72), ("set-piece", 0.84), ("free-kick", 0.97)):
        if chance < edge:
            return situation
    return "throw-in-set-piece"


def _mouth(rng: Random, outcome: str) -> tuple[str, float, float]:
    """Return (name of the place, y, z): the goal spans y 45.6 to 54.4 and z 0 to 38 as on the site's drawings."""
    if outcome in ("goal", "save", "block"):
        y, z = round(rng.uniform(45.8, 54.2), 1), round(38 * rng.random() ** 1.6, 1)
        height = "low" if z < 19 else "high"
        return f"{height}-{'left' if y > 51.5 else 'right' if y < 48.5 else 'centre'}", y, z
    if outcome == "post":
        return rng.choice((("close-left", 54.7, 12.0), ("close-right", 45.3, 9.0), ("close-high", 50.2, 39.5)))
    chance = rng.random()
    if chance < 0.4:
        return "high", round(rng.uniform(46, 54), 1), round(rng.uniform(40, 95), 1)
    if chance < 0.7:
        return "left", round(rng.uniform(55.5, 64), 1), round(rng.uniform(0, 60), 1)
    return "right", round(rng.uniform(36, 44.5), 1), round(rng.uniform(0, 60), 1)
