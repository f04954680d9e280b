"""Runs penaltyblog on arrays in a file, inside its own environment: it imports nothing of this project."""

from __future__ import annotations

import sys
import time
import warnings
from typing import Any

import numpy as np
from penaltyblog.models import DixonColesGoalModel  # type: ignore[import-not-found]

DECAY_PER_DAY = 0.0018
_TIMED = 3


def model(of: Any, rows: slice, at_day: float) -> DixonColesGoalModel:
    """The model of these matches, not fitted yet."""
    return DixonColesGoalModel(
        of["home_goals"][rows].astype(np.int64),
        of["away_goals"][rows].astype(np.int64),
        of["home"][rows].astype(str),
        of["away"][rows].astype(str),
        np.exp(-DECAY_PER_DAY * (at_day - of["day"][rows])),
    )


def forecasts(given: Any) -> np.ndarray:
    """Shape (M, 3), week by week; NaN where a team was not seen or the fit failed."""
    of = {name: given[name] for name in given.files}
    made = np.full((len(of["home"]), 3), np.nan)
    for monday, start, end, first, stop in of["weeks"]:
        rows = slice(int(start), int(end))
        fitted = model(of, rows, monday)
        try:
            fitted.fit()
        except (ValueError, RuntimeError) as fault:
            print(f"week of day {monday:.0f}: {fault}", file=sys.stderr)
            continue
        known = {*of["home"][rows].tolist(), *of["away"][rows].tolist()}
        for m in range(int(first), int(stop)):
            home, away = of["home"][m], of["away"][m]
            if home in known and away in known:
                made[m] = fitted.predict(str(home), str(away)).home_draw_away
    return made


def times(given: Any) -> np.ndarray:
    """Seconds of each sample's fastest fit."""
    n = sum(name.startswith("day") for name in given.files)
    names = ("home", "away", "day", "home_goals", "away_goals")
    samples = [{name: given[f"{name}{k}"] for name in names} for k in range(n)]
    return np.array([min(_timed(of) for _ in range(_TIMED)) for of in samples])


def _timed(of: Any) -> float:
    fitted = model(of, slice(None), float(of["day"].max()) + 1)
    start = time.perf_counter()
    fitted.fit()
    return time.perf_counter() - start


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    wanted, source, target = sys.argv[1:]
    np.save(target, {"forecasts": forecasts, "times": times}[wanted](np.load(source)))
