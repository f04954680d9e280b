"""Score the probabilities behind lines against results, beside closing odds where they are known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from shared.domain.betting import margins
from shared.domain.betting.events import ScoredLine
from shared.domain.betting.margins import Floats
from shared.domain.football import scoring_rules

_MEASURES = {"rps": scoring_rules.rps, "log_loss": scoring_rules.log_loss, "brier": scoring_rules.brier}
_DIGITS = 5


def score_lines(lines: Sequence[ScoredLine]) -> dict[str, Any]:
    """JSON: means of each scoring rule over all matches, and over those whose closing odds are known beside these.

    The margin of closing odds is removed by a power. Of matches with closing odds also the mean of our score minus
    theirs is returned, with its 95 % bootstrap interval: below 0 our lines were better.
    """
    compared = [line for line in lines if line.closing_home and line.closing_draw and line.closing_away]
    return {
        "n_matches": len(lines),
        "lines": _means(_ours(lines), _outcomes(lines)) if lines else None,
        "beside_closing_odds": _compare(compared) if compared else None,
    }


def _compare(lines: Sequence[ScoredLine]) -> dict[str, Any]:
    ours, market, outcomes = _ours(lines), _market(lines), _outcomes(lines)
    differences = {name: rule(ours, outcomes) - rule(market, outcomes) for name, rule in _MEASURES.items()}
    return {
        "n_matches": len(lines),
        "lines": _means(ours, outcomes),
        "closing_odds": _means(market, outcomes),
        "difference": {name: round(float(values.mean()), _DIGITS) for name, values in differences.items()},
        "interval": {
            name: [round(bound, _DIGITS) for bound in scoring_rules.bootstrap_interval(values)]
            for name, values in differences.items()
        },
    }


def _means(p: Floats, outcomes: scoring_rules.Ints) -> dict[str, float]:
    return {name: round(float(rule(p, outcomes).mean()), _DIGITS) for name, rule in _MEASURES.items()}


def _ours(lines: Sequence[ScoredLine]) -> Floats:
    return np.array([(line.home, line.draw, line.away) for line in lines], dtype=np.float64)


def _market(lines: Sequence[ScoredLine]) -> Floats:
    odds = np.array([(line.closing_home, line.closing_draw, line.closing_away) for line in lines], dtype=np.float64)
    return np.array([margins.power(row / 100.0) for row in odds])


def _outcomes(lines: Sequence[ScoredLine]) -> scoring_rules.Ints:
    """Shape (M,): 0 home win, 1 draw, 2 away win."""
    return np.array([1 - np.sign(line.home_goals - line.away_goals) for line in lines], dtype=np.int64)
