"""Score the forecasts walk-forward by week on real results, against other forecasters and the market.

Protocol 1: the five highest divisions of England, Spain, Italy, Germany and France, 2019/20 to 2024/25, every match;
links fitted on 2009/10 to 2018/19. Protocol 2: every other division with the same link, and 51 leagues forecast in
fortnights from what was known when each began, goals alone. ``--quick`` leaves the goal models out.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from functions.analyze.models.results import Floats, Ints
from shared.domain.football import scoring_rules as scores
from tests.bench.support import bivariate, challenge, multinomial
from tests.bench.support import reference_model as yardstick
from tests.bench.support.divisions import COUNTRIES, ODDS, countries
from tests.bench.support.forecasters import (
    TESTED,
    GoalRates,
    League,
    base_rates,
    by_elo,
    by_pi,
    dynamic,
    dynamic_alone,
    goal_rates,
    implied,
    league,
    linked,
    plain_features,
    replaced,
    with_elo_and_pi,
)
from tests.bench.support.single_thread import keep_to_one
from tests.support.reference import REFERENCE

OURS = "dynamic ratings of goals and shots"
PLAIN = "plain multinomial of Elo and ratings, no lower divisions"
CLOSING = "closing odds (Pinnacle)"
WITH_ODDS = "closing odds and ours, pooled"
DECAYED = "Dixon-Coles, decay 0.0018"
FIVE = ("England", "Spain", "Italy", "Germany", "France")

ProbabilitiesByForecaster = dict[str, list[Floats]]
"""Forecaster to its probabilities, shape (M, 3), league by league."""


def without_goal_models(leagues: list[League]) -> ProbabilitiesByForecaster:
    """The forecasters that take no fit a week."""
    closing = [implied(of.country.closing[of.rows]) for of in leagues]
    result = {
        "base rates of five seasons": [base_rates(of) for of in leagues],
        "the replaced system's last ten matches": [replaced(of) for of in leagues],
        "pi-ratings + logit": linked(leagues, by_pi),
        "Elo + logit": linked(leagues, by_elo),
        PLAIN: linked(leagues, plain_features),
        "dynamic ratings of goals": [dynamic(of, goals_only=True) for of in leagues],
        "the same, the highest divisions alone": [dynamic_alone(of) for of in leagues],
        OURS: [dynamic(of) for of in leagues],
        "ours with Elo and pi-ratings as features": linked(leagues, with_elo_and_pi),
        "average odds some days before": [implied(of.country.before[of.rows]) for of in leagues],
        CLOSING: closing,
    }
    return {**result, WITH_ODDS: with_odds(leagues, closing, result[OURS])}


def with_odds(leagues: list[League], closing: list[Floats], ours: list[Floats]) -> list[Floats]:
    """The market and ours, pooled with exponents fitted on the earlier seasons that have closing odds."""
    fitted = [of.fitted & ~np.isnan(market).any(axis=1) for of, market in zip(leagues, closing, strict=True)]
    both = [np.concatenate([p[rows] for p, rows in zip(result, fitted, strict=True)]) for result in (closing, ours)]
    outcome = np.concatenate([of.results.outcome()[rows] for of, rows in zip(leagues, fitted, strict=True)])
    weights = multinomial.pool_weights(both, outcome)
    print(f"exponents of market and ours: {weights.round(3).tolist()}", file=sys.stderr)
    return [multinomial.pooled([market, p], weights) for market, p in zip(closing, ours, strict=True)]


def goal_models(leagues: list[League]) -> ProbabilitiesByForecaster:
    """Dixon-Coles and its kin, fitted every week; the outside reference where it can be had."""
    decayed = [goal_rates(of, decay_per_day=0.0018) for of in leagues]
    poisson = [GoalRates(home=r.home, away=r.away, rho=r.rho * 0.0) for r in decayed]
    result = {
        "Dixon-Coles, no decay": [goal_rates(of, decay_per_day=0.0).outcomes() for of in leagues],
        "independent Poisson, decay 0.0018": [rates.outcomes() for rates in poisson],
        "bivariate Poisson, decay 0.0018": [
            bivariate.goal_rates(of, decay_per_day=0.0018).outcomes() for of in leagues
        ],
        DECAYED: [rates.outcomes() for rates in decayed],
    }
    elo = linked(leagues, by_elo)
    result["mean of Dixon-Coles and Elo"] = [(a + b) / 2 for a, b in zip(result[DECAYED], elo, strict=True)]
    return {**result, **yardstick.forecasts(leagues)}


def table(leagues: list[League], probabilities: ProbabilitiesByForecaster) -> dict[str, dict[str, Any]]:
    """Scores of every forecaster on the tested matches all of them cover but the odds that are missing."""
    outcome = np.concatenate([of.results.outcome()[of.tested] for of in leagues])
    name = np.concatenate([np.full(int(of.tested.sum()), of.country.divisions[0]) for of in leagues])
    tested = {
        forecaster: np.concatenate([p[of.tested] for p, of in zip(each, leagues, strict=True)])
        for forecaster, each in probabilities.items()
    }
    return {forecaster: row(p, outcome, name, tested) for forecaster, p in tested.items()}


def row(p: Floats, outcome: Ints, league_name: Any, others: dict[str, Floats]) -> dict[str, Any]:
    """One forecaster's scores, and how far ours is from it, match by match."""
    actual = ~np.isnan(p).any(axis=1)
    p, y = p[actual], outcome[actual]
    loss = {"rps": scores.rps(p, y), "log_loss": scores.log_loss(p, y), "brier": scores.brier(p, y)}
    bins = scores.calibration(p, y)
    return {
        "n": len(y),
        **{name: round(float(values.mean()), 5) for name, values in loss.items()},
        "leagues": {
            str(code): round(float(loss["rps"][league_name[actual] == code].mean()), 4)
            for code in dict.fromkeys(league_name)
        },
        "calibration_points": round(100 * max(abs(b.forecast - b.observed) for b in bins), 2),
        "ours_minus_this": {
            name: against(function, others[OURS][actual], p, y)
            for name, function in (("rps", scores.rps), ("log_loss", scores.log_loss))
        },
        "with_odds_minus_this": against(scores.rps, others[WITH_ODDS][actual], p, y),
    }


def against(score: Callable[[Floats, Ints], Floats], p: Floats, other: Floats, outcome: Ints) -> dict[str, float]:
    """Mean paired difference of a score with its 95 % interval: negative, and `p` is better than `other`."""
    both = ~np.isnan(p).any(axis=1)
    difference = score(p[both], outcome[both]) - score(other[both], outcome[both])
    low, high = scores.bootstrap_interval(difference)
    return {"mean": round(float(difference.mean()), 5), "low": round(low, 5), "high": round(high, 5)}


def other_divisions() -> dict[str, dict[str, Any]]:
    """The product's forecasts in every other division with the same link, beside base rates and the market."""
    result: dict[str, dict[str, Any]] = {}
    for country in countries(tuple(COUNTRIES)):
        for place, code in enumerate(country.divisions):
            if country.name in FIVE and place == 0:
                continue
            of = league(country, place)
            market = implied(country.before[of.rows])
            rows = of.tested & ~np.isnan(market).any(axis=1)
            y = of.results.outcome()[rows]
            each = {"ours": dynamic(of), "base_rates": base_rates(of), "average_odds": market}
            result[code] = {"n": len(y)} | {n: round(float(scores.rps(p[rows], y).mean()), 4) for n, p in each.items()}
    return result


def _printed(rows: dict[str, dict[str, Any]]) -> None:
    print(
        f"{'forecaster':58} {'RPS':>7} {'log l.':>7} {'Brier':>7}  worst decile  ours - this (RPS, 95 %)",
        file=sys.stderr,
    )
    for name, of in sorted(rows.items(), key=lambda item: -item[1]["rps"]):
        paired = of["ours_minus_this"]["rps"]
        print(
            f"{name:58} {of['rps']:.5f} {of['log_loss']:.5f} {of['brier']:.5f} {of['calibration_points']:8} pts  "
            f"{paired['mean']:+.5f} [{paired['low']:+.5f}, {paired['high']:+.5f}]",
            file=sys.stderr,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="without the models that are fitted every week")
    requested = parser.parse_args()
    if not (REFERENCE / ODDS).exists():
        print(json.dumps({"bench": "forecast", "skipped": f"{ODDS} is not beside the repository"}))
        return
    leagues = [league(country) for country in countries(FIVE)]
    result = without_goal_models(leagues)
    rows = table(leagues, result if requested.quick else {**result, **goal_models(leagues)})
    _printed(rows)
    actual = {
        "bench": "forecast",
        "tested_from": TESTED,
        "n": rows[OURS]["n"],
        "forecasters": rows,
        "other_divisions": other_divisions(),
        "fortnights": challenge.scored(),
    }
    print(json.dumps(actual))


if __name__ == "__main__":
    keep_to_one("tests.bench.forecast")
    main()
