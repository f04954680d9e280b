"""How good the stored forecasts were: scored against what happened, beside base rates.

Only forecasts made before kick-off count, each as it was last before it. The base rates a forecast has to beat are the
shares of home wins, draws and away wins among the matches known before the first of them, with the usual shares of
league football standing in for `_WEIGHT` matches where few are known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import numpy as np

from functions.analyze.models import scoring_rules as scores
from functions.analyze.models.history import FinalScore
from functions.analyze.models.results import Floats, Ints
from functions.analyze.views.inputs import Said

_USUAL = np.array([0.45, 0.26, 0.29])
_WEIGHT = 50.0
_FEW = 100
_MEASURES = {"rps": scores.rps, "log_loss": scores.log_loss, "brier": scores.brier}


def track_record(said: Iterable[Said], results: Iterable[FinalScore]) -> dict[str, Any]:
    """JSON: scores with 95 % bootstrap intervals, skill against base rates, and a calibration table."""
    known = {result.match_id: result for result in results}
    scored = [each for each in said if each.match_id in known and each.made_at < each.starts_at]
    if not scored:
        return {"n_forecasts": 0, "scores": None, "calibration": [], "cautions": ["no forecast has been decided yet"]}
    scored.sort(key=lambda each: (each.starts_at, each.match_id))
    p = np.array([(each.home, each.draw, each.away) for each in scored])
    p = p / p.sum(axis=1, keepdims=True)
    outcome = np.array([_outcome(known[each.match_id]) for each in scored], dtype=np.int64)
    base = base_rates(known, before=scored[0].starts_at)
    return {
        "n_forecasts": len(scored),
        "first_at": scored[0].starts_at.isoformat(),
        "last_at": scored[-1].starts_at.isoformat(),
        "base_rates": {
            name: round(float(share), 4) for name, share in zip(("home", "draw", "away"), base, strict=True)
        },
        "scores": {name: _measured(name, p, outcome, np.tile(base, (len(p), 1))) for name in _MEASURES},
        "calibration": [
            {"n": row.n, "forecast": round(row.forecast, 4), "observed": round(row.observed, 4)}
            for row in scores.calibration(p, outcome)
        ],
        "cautions": [f"{len(scored)} forecasts are too few to judge by"] if len(scored) < _FEW else [],
    }


def base_rates(known: Mapping[int, FinalScore], *, before: datetime) -> Floats:
    """Shape (3,): shares of home win, draw and away win before a moment."""
    earlier = [_outcome(result) for result in known.values() if result.starts_at < before]
    counted = np.bincount(np.array(earlier, dtype=np.int64), minlength=3)
    return np.asarray((counted + _WEIGHT * _USUAL) / (len(earlier) + _WEIGHT))


def _measured(name: str, p: Floats, outcome: Ints, base: Floats) -> dict[str, Any]:
    """One score's mean, its interval, that of the base rates, and skill: the share of their loss that is avoided."""
    values, of_base = _MEASURES[name](p, outcome), _MEASURES[name](base, outcome)
    return {
        "mean": round(float(values.mean()), 5),
        "interval": [round(bound, 5) for bound in scores.interval(values)],
        "base_rates": round(float(of_base.mean()), 5),
        "less_than_base_rates": [round(bound, 5) for bound in scores.interval(of_base - values)],
        "skill": round(1.0 - float(values.mean()) / float(of_base.mean()), 4),
    }


def _outcome(result: FinalScore) -> int:
    """0 home win, 1 draw, 2 away win."""
    return 1 - int(np.sign(result.home_goals - result.away_goals))
