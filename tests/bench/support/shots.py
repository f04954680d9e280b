"""Shots with the expected goals of another model: Understat's, 2014/15 to 2020/21, own goals left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from shared.domain.football.expected_goals import HEAD, OTHER, Situation, choose_model, compute_features
from tests.support.reference import REFERENCE

Floats = npt.NDArray[np.float64]
MODELS = ("penalty", "free-kick", "header", "foot")
HELD_OUT_FROM = 2019
"""First year of the first season that is only scored on."""
_SITUATIONS = {
    "FromCorner": Situation.CORNER,
    "SetPiece": Situation.SET_PIECE,
    "DirectFreekick": Situation.FREE_KICK,
    "Penalty": Situation.PENALTY,
}
_BODY_PARTS = {"Head": HEAD, "OtherBodyPart": OTHER}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shots:
    """N shots of one of the `MODELS`."""

    features: Floats
    """Shape (N, K)."""
    goal: Floats
    """Shape (N,), 0 or 1."""
    theirs: Floats
    """Shape (N,), Understat's expected goals."""
    season: npt.NDArray[np.int64]
    """Shape (N,), first year."""

    def where(self, kept: npt.NDArray[np.bool_]) -> Shots:
        """Some of them."""
        return Shots(
            features=self.features[kept], goal=self.goal[kept], theirs=self.theirs[kept], season=self.season[kept]
        )


def by_model() -> dict[str, Shots]:
    """All shots, apart by model."""
    found: dict[str, list[tuple[tuple[float, ...], bool, float, int]]] = {name: [] for name in MODELS}
    columns = ["X", "Y", "xG", "result", "situation", "shotType", "player_assisted", "season"]
    for path in sorted((REFERENCE / "football" / "shots").glob("understat_shots_*.parquet")):
        table = pq.read_table(path, columns=columns).to_pydict()
        for x, y, theirs, result, output, part, helper, season in zip(*(table[name] for name in columns), strict=True):
            if result == "OwnGoal":
                continue
            situation = _SITUATIONS.get(output, Situation.ASSISTED if helper else Situation.REGULAR)
            body_part = _BODY_PARTS.get(part, "")
            kind = choose_model(situation, body_part)
            # Understat counts from the other goal line, and from 0 to 1.
            read = compute_features(kind, 100 - 100 * x, 100 * y, situation, body_part)
            found[kind].append((read, result == "Goal", theirs, season))
    return {name: _arranged(rows) for name, rows in found.items()}


def _arranged(rows: list[tuple[tuple[float, ...], bool, float, int]]) -> Shots:
    read, goal, theirs, season = zip(*rows, strict=True)
    return Shots(
        features=np.array(read),
        goal=np.array(goal, dtype=np.float64),
        theirs=np.array(theirs),
        season=np.array(season, dtype=np.int64),
    )
