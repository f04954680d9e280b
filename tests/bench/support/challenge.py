"""The form of the 2023 Soccer Prediction Challenge: learn up to a date, forecast the fortnight after it, 51 leagues."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

import numpy as np

from functions.analyze.models import dynamic_ratings as ratings
from functions.analyze.models import outcome_logit as link
from functions.analyze.models.results import SIGNALS, Floats, Results
from shared.domain.football import scoring_rules as scores
from tests.bench.support.divisions import CHALLENGE, arrays
from tests.support.reference import REFERENCE

FIRST = 2019
"""Seasons from here are scored: the link was fitted on matches before."""
_BOOKMAKERS = 0.2063
"""Published score of the bookmakers' consensus on the challenge's own 714 matches of April 2023."""


def scored() -> dict[str, Any]:
    """RPS of the goals-only forecasts of all leagues' fortnights, beside base rates."""
    if not (REFERENCE / CHALLENGE).exists():
        return {"skipped": f"{CHALLENGE} is not beside the repository"}
    ours, rates, logs, highest = [], [], [], []
    for results in _by_country():
        rows = results.season >= FIRST
        p, y = _forecast(results), results.outcome()
        ours.append(scores.rps(p[rows], y[rows]))
        highest.append(results.division[rows] == 0)
        logs.append(scores.log_loss(p[rows], y[rows]))
        rates.append(scores.rps(_base_rates(results)[rows], y[rows]))
    rps, top = np.concatenate(ours), np.concatenate(highest)
    low, high = scores.bootstrap_interval(rps)
    return {
        "n": len(rps),
        "rps": round(float(rps.mean()), 5),
        "interval": [round(low, 5), round(high, 5)],
        "highest_divisions": {"n": int(top.sum()), "rps": round(float(rps[top].mean()), 5)},
        "log_loss": round(float(np.concatenate(logs).mean()), 5),
        "base_rates_rps": round(float(np.concatenate(rates).mean()), 5),
        "published_bookmakers_on_714_other_matches": _BOOKMAKERS,
    }


def _forecast(results: Results) -> Floats:
    """Each match from what was known when its fortnight began: days run at half speed, so that weeks are fortnights."""
    rated = ratings.rate(replace(results, day=results.day / 2))
    return link.probabilities(rated.expected, rated.n_seen)


def _base_rates(results: Results) -> Floats:
    """Shares of outcomes in the division's earlier seasons."""
    happened = np.eye(3)[results.outcome()]
    result = np.full((len(results), 3), 1 / 3)
    for division in np.unique(results.division):
        for year in np.unique(results.season):
            before = (results.division == division) & (results.season < year) & (results.season >= year - 5)
            if before.any():
                result[(results.division == division) & (results.season == year)] = happened[before].mean(axis=0)
    return result


def _by_country() -> list[Results]:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    table = pq.read_table(REFERENCE / CHALLENGE).sort_by(
        [("Date", "ascending"), ("Lge", "ascending"), ("HT", "ascending")]
    )
    leagues: dict[str, list[str]] = defaultdict(list)
    for code in sorted(set(table["Lge"].to_pylist())):
        leagues[code[:3]].append(code)
    return [_country(table.filter(pc.is_in(table["Lge"], pa.array(codes))), codes) for codes in leagues.values()]


def _country(rows: Any, codes: list[str]) -> Results:
    goals = np.stack([rows[name].to_numpy().astype(np.float64) for name in ("HS", "AS")], axis=1)
    counts = np.full((rows.num_rows, 2, len(SIGNALS)), np.nan)
    counts[:, :, 0] = goals
    season = np.array([2000 + int(label[:2]) for label in rows["Sea"].to_pylist()], dtype=np.int64)
    division = np.array([codes.index(code) for code in rows["Lge"].to_pylist()], dtype=np.int64)
    return arrays(rows, "HT", "AT", season, counts, division)
