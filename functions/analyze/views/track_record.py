"""Track record: how good the stored forecasts were, compared with base rates.

Only forecasts made before kick-off count, each in its last version before it. The base rates to beat are the shares of
home wins, draws and away wins among the matches known before the first of them; the usual shares of league football
count as `_PRIOR_MATCHES` more matches, for leagues of which few are known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

import numpy as np

from functions.analyze.models.history import FinalScore
from functions.analyze.models.results import Floats, Ints
from functions.analyze.views.inputs import ClosingOdds, ScoredForecast
from shared.domain.football import scoring_rules

_USUAL_SHARES = np.array([0.45, 0.26, 0.29])
_PRIOR_MATCHES = 50.0
_FEW = 100
_N_WORST = 10
NO_ODDS: ClosingOdds = MappingProxyType({})
_MEASURES = {"rps": scoring_rules.rps, "log_loss": scoring_rules.log_loss, "brier": scoring_rules.brier}


def build_track_record(
    forecasts: Iterable[ScoredForecast], results: Iterable[FinalScore], odds: ClosingOdds = NO_ODDS
) -> dict[str, Any]:
    """JSON: scores with 95 % bootstrap intervals, skill against base rates, a calibration table, and the worst misses.

    Parameters
    ----------
    odds : closing odds of those matches that have some; both they and ours are scored on these.
    """
    results_by_match = {result.match_id: result for result in results}
    decided = [each for each in forecasts if each.match_id in results_by_match and each.made_at < each.starts_at]
    if not decided:
        return {
            "n_forecasts": 0,
            "scores": None,
            "calibration": [],
            "closing_odds": None,
            "worst": [],
            "cautions": ["no forecast has been decided yet"],
        }
    decided.sort(key=lambda each: (each.starts_at, each.match_id))
    p = np.array([(each.home, each.draw, each.away) for each in decided])
    p = p / p.sum(axis=1, keepdims=True)
    outcome = np.array([_outcome(results_by_match[each.match_id]) for each in decided], dtype=np.int64)
    base = base_rates(results_by_match, before=decided[0].starts_at)
    return {
        "n_forecasts": len(decided),
        "first_at": decided[0].starts_at.isoformat(),
        "last_at": decided[-1].starts_at.isoformat(),
        "base_rates": {
            name: round(float(share), 4) for name, share in zip(("home", "draw", "away"), base, strict=True)
        },
        "scores": {name: _score(name, p, outcome, np.tile(base, (len(p), 1))) for name in _MEASURES},
        "calibration": [
            {"n": row.n, "forecast": round(row.forecast, 4), "observed": round(row.observed, 4)}
            for row in scoring_rules.calibration(p, outcome)
        ],
        "closing_odds": _score_odds(decided, p, outcome, odds),
        "worst": _list_worst(decided, p, outcome, results_by_match),
        "cautions": [f"{len(decided)} forecasts are too few to judge by"] if len(decided) < _FEW else [],
    }


def _score_odds(
    decided: Sequence[ScoredForecast], p: Floats, outcome: Ints, odds: ClosingOdds
) -> dict[str, Any] | None:
    """Score the closing odds, their margin removed in proportion, and ours on the same matches; None without odds."""
    chosen = np.array([n for n, each in enumerate(decided) if each.match_id in odds], dtype=np.int64)
    if not len(chosen):
        return None
    inverse = 1.0 / np.array([odds[decided[n].match_id] for n in chosen])
    market = inverse / inverse.sum(axis=1, keepdims=True)
    return {
        "n": len(chosen),
        **{name: round(float(score(market, outcome[chosen]).mean()), 5) for name, score in _MEASURES.items()},
        "ours_rps": round(float(scoring_rules.rps(p[chosen], outcome[chosen]).mean()), 5),
    }


def _list_worst(
    decided: Sequence[ScoredForecast], p: Floats, outcome: Ints, results: Mapping[int, FinalScore]
) -> list[dict[str, Any]]:
    """List the matches whose outcome had the smallest chances, the smallest first."""
    chance = p[np.arange(len(p)), outcome]
    return [
        {
            "match_id": decided[n].match_id,
            "starts_at": decided[n].starts_at.isoformat(),
            "home": decided[n].home_name,
            "away": decided[n].away_name,
            "score": f"{results[decided[n].match_id].home_goals}:{results[decided[n].match_id].away_goals}",
            "p": round(float(chance[n]), 4),
        }
        for n in np.argsort(chance, kind="stable")[:_N_WORST]
    ]


def base_rates(results: Mapping[int, FinalScore], *, before: datetime) -> Floats:
    """Shape (3,): shares of home win, draw and away win before a moment."""
    earlier = [_outcome(result) for result in results.values() if result.starts_at < before]
    counts = np.bincount(np.array(earlier, dtype=np.int64), minlength=3)
    return np.asarray((counts + _PRIOR_MATCHES * _USUAL_SHARES) / (len(earlier) + _PRIOR_MATCHES))


def _score(name: str, p: Floats, outcome: Ints, base: Floats) -> dict[str, Any]:
    """One measure: mean, interval, the base rates' mean, and skill, the share of the base rates' loss avoided."""
    losses, base_losses = _MEASURES[name](p, outcome), _MEASURES[name](base, outcome)
    return {
        "mean": round(float(losses.mean()), 5),
        "interval": [round(bound, 5) for bound in scoring_rules.bootstrap_interval(losses)],
        "base_rates": round(float(base_losses.mean()), 5),
        "less_than_base_rates": [round(bound, 5) for bound in scoring_rules.bootstrap_interval(base_losses - losses)],
        "skill": round(1.0 - float(losses.mean()) / float(base_losses.mean()), 4),
    }


def _outcome(result: FinalScore) -> int:
    """0 home win, 1 draw, 2 away win."""
    return 1 - int(np.sign(result.home_goals - result.away_goals))
