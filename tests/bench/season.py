"""Score season simulations on real league-seasons: tournament RPS at matchdays 0, 10, 19 and 30.

The five highest divisions of England, Spain, Italy, Germany and France, every complete season from 2019/20 to 2024/25.
At each moment ratings know the matches before that day and nothing else. Beside the product's simulation: the same with
strengths taken as known, and points extrapolated: a team goes on to win as many a match as it did so far, before the
first matchday as many as last season (a promoted team as the last three of the table did), with normal noise of a
match's own size. Final tables are those of points won on the grass: rulings are in none of them.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from functions.analyze.models import dynamic_ratings as ratings
from functions.analyze.models import outcome_logit as link
from functions.analyze.models.results import Floats, Ints, Results
from functions.analyze.models.score_matrix import score_matrix, tilt
from functions.analyze.season.rates import pairing_rates
from functions.analyze.season.simulation import N_SIMULATIONS, MatchArrays, SeasonState, simulate, strength_sd
from functions.analyze.season.table import empty_tally, rank_teams
from shared.domain.catalogue import competition_rules
from shared.domain.football import scoring_rules as scores
from tests.bench.support.divisions import ODDS, Country, countries
from tests.bench.support.single_thread import keep_to_one
from tests.support.reference import REFERENCE

FIVE = ("England", "Spain", "Italy", "Germany", "France")
MATCHDAYS = (0, 10, 19, 30)
FIRST, LAST = 2019, 2024
RHO = -0.04
"""Dependence of low scores of the score matrices, about what every league's fit says."""
_POINTS_SD = 1.3
"""Standard deviation of the points of one match about their expectation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A league-season of T teams at one matchday."""

    name: str
    matchday: int
    season: SeasonState
    sure: SeasonState
    """The same, strengths taken as known."""
    place: Ints
    """Shape (T,), where each team ended."""
    last_points: Floats
    """Shape (T,), points a match of the season before."""


def moments(country: Country, matchdays: tuple[int, ...], years: range) -> Iterator[Moment]:
    """Every complete season of the country's highest division, at each of some matchdays."""
    all_results = country.results
    for year in years:
        rows = np.flatnonzero((country.league == 0) & (all_results.season == year))
        teams = np.unique(all_results.home[rows])
        if len(rows) != len(teams) * (len(teams) - 1):
            continue
        for matchday in matchdays:
            # A matchday is over with the day on which as many matches as it takes were played.
            first_unknown = all_results.day[rows[min(matchday * len(teams) // 2, len(rows) - 1)]]
            yield _moment(country, teams, rows, matchday, first_unknown, year)


def _moment(country: Country, teams: Ints, rows: Ints, matchday: int, day: float, year: int) -> Moment:
    results, chain = country.results, competition_rules.of_season(country.name.lower(), year).tie_break
    home, away = np.searchsorted(teams, results.home[rows]), np.searchsorted(teams, results.away[rows])
    goals = np.stack([results.home_goals[rows], results.away_goals[rows]]).astype(np.int64)
    known = results.day[rows] < day
    n_played = np.bincount(np.concatenate([home[known], away[known]]), minlength=len(teams))
    then = Known(country, day, year, teams)

    def season(sd: Floats) -> SeasonState:
        return SeasonState(
            team_ids=tuple(teams.tolist()),
            played=MatchArrays(
                home=home[known], away=away[known], home_goals=goals[0, known], away_goals=goals[1, known]
            ),
            to_play=(home[~known], away[~known]),
            adjustments=np.zeros(len(teams), np.int64),
            tie_break=chain,
            rates=pairing_rates(teams.tolist(), then.scores, sd),
            sd=sd,
        )

    last = MatchArrays(home=home, away=away, home_goals=goals[0], away_goals=goals[1])
    return Moment(
        name=f"{country.name} {year}",
        matchday=matchday,
        season=season(strength_sd(n_played)),
        sure=season(np.zeros(len(teams))),
        place=final_places(last, len(teams), chain),
        last_points=_points_before(country, teams, year),
    )


class Known:
    """The product's forecaster of one country, from the matches of all its divisions before a day."""

    def __init__(self, country: Country, day: float, year: int, teams: Ints) -> None:
        self._now = ratings.rate(before(country.results, day)).final
        self._now.start_season(teams, np.zeros(len(teams), np.int64), np.full(len(teams), year))

    def scores(self, home: int, away: int) -> Floats:
        """The matrix of a pairing."""
        one = np.array([home]), np.array([away])
        means = self._now.log_means(*one, np.zeros(1, np.int64))
        seen = np.minimum(self._now.n_seen[one[0]], self._now.n_seen[one[1]])
        rates = np.exp(means[0, :, 0])
        return tilt(score_matrix(float(rates[0]), float(rates[1]), RHO), link.probabilities(means, seen)[0])


def before(results: Results, day: float) -> Results:
    """The matches before a day, among the same teams."""
    rows = results.day < day
    return replace(
        results,
        home=results.home[rows],
        away=results.away[rows],
        home_goals=results.home_goals[rows],
        away_goals=results.away_goals[rows],
        day=results.day[rows],
        season=results.season[rows],
        counts=results.counts[rows],
        division=results.division[rows],
    )


def final_places(matches: MatchArrays, n_teams: int, chain: tuple[str, ...]) -> Ints:
    """Shape (T,): the table of a whole season."""
    tally = empty_tally(n_teams, 1)
    for n in range(len(matches.home)):
        goals = np.array([matches.home_goals[n]], np.int8), np.array([matches.away_goals[n]], np.int8)
        tally.add(int(matches.home[n]), int(matches.away[n]), *goals)
    lots = np.arange(n_teams, dtype=np.float64)[:, None]
    return rank_teams(tally, tally.points.sum(axis=1, dtype=np.int16), chain, lots)[:, 0].astype(np.int64)


def _points_before(country: Country, teams: Ints, year: int) -> Floats:
    results = country.results
    rows = np.flatnonzero((country.league == 0) & (results.season == year - 1))
    margin = np.sign(results.home_goals[rows] - results.away_goals[rows])
    won = {1.0: (3.0, 0.0), 0.0: (1.0, 1.0), -1.0: (0.0, 3.0)}
    points: dict[int, list[float]] = {}
    for row, sign in zip(rows, margin, strict=True):
        for team, gained in zip((results.home[row], results.away[row]), won[float(sign)], strict=True):
            points.setdefault(int(team), []).append(gained)
    a_match = {team: float(np.mean(gained)) for team, gained in points.items()}
    newcomer = float(np.mean(sorted(a_match.values())[:3]))
    return np.array([a_match.get(int(team), newcomer) for team in teams])


def extrapolated(moment: Moment, *, n: int = N_SIMULATIONS, seed: int = 0) -> Floats:
    """Shape (T, T): the baseline's probabilities of places."""
    season, teams = moment.season, len(moment.place)
    played = season.played
    margin = np.sign(played.home_goals - played.away_goals)
    points, matches, remaining = np.zeros(teams), np.zeros(teams), np.zeros(teams)
    for side, sign in ((played.home, margin), (played.away, -margin)):
        np.add.at(points, side, np.where(sign == 0, 1.0, np.where(sign > 0, 3.0, 0.0)))
        np.add.at(matches, side, 1.0)
    for side in season.to_play:
        np.add.at(remaining, side, 1.0)
    a_match = np.where(matches > 0, points / np.maximum(matches, 1.0), moment.last_points)
    noise = np.random.default_rng(seed).standard_normal((n, teams)) * _POINTS_SD * np.sqrt(remaining)
    order = np.argsort(-(points + a_match * remaining + noise), axis=1)
    return np.stack([np.bincount(order[:, place], minlength=teams) / n for place in range(teams)], axis=1)


def tournament_rps(p_place: Floats, place: Ints) -> float:
    """Mean over teams of the ranked probability score of a team's place: 0 is perfect (Ekstrøm et al. 2021)."""
    happened = np.eye(len(place))[place]
    ahead = np.cumsum(p_place - happened, axis=1)[:, :-1]
    return float((ahead**2).mean())


def scored(moment: Moment, n: int) -> dict[str, float]:
    """Tournament RPS of each forecaster."""
    teams = len(moment.place)
    result = {
        "ours": simulate(moment.season, n=n).p_place,
        "ours, strengths taken as known": simulate(moment.sure, n=n).p_place,
        "points extrapolated": extrapolated(moment, n=n),
        "every place alike": np.full((teams, teams), 1.0 / teams),
    }
    return {name: tournament_rps(p, moment.place) for name, p in result.items()}


def seconds_of_simulation(country: Country, *, n_runs: int = 5) -> float:
    """The fastest of some runs: N_SIMULATIONS of the last season's highest division from matchday 19."""
    (moment,) = moments(country, (19,), range(LAST, LAST + 1))
    result = []
    for _ in range(n_runs):
        start = time.perf_counter()
        simulate(moment.season)
        result.append(time.perf_counter() - start)
    return min(result)


def summary(rows: list[dict[str, float]]) -> dict[str, Any]:
    """Means over league-seasons; what others lose to ours, paired, with 95 % intervals over league-seasons."""
    ours = np.array([row["ours"] for row in rows])
    actual: dict[str, Any] = {}
    for name in rows[0]:
        values = np.array([row[name] for row in rows])
        low, high = scores.bootstrap_interval(ours - values)
        actual[name] = {
            "tournament_rps": round(float(values.mean()), 5),
            "ours_minus_this": {
                "mean": round(float((ours - values).mean()), 5),
                "low": round(low, 5),
                "high": round(high, 5),
            },
        }
    return actual


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=N_SIMULATIONS)
    requested = parser.parse_args()
    if not (REFERENCE / ODDS).exists():
        print(json.dumps({"bench": "season", "skipped": f"{ODDS} is not beside the repository"}))
        return
    rows: dict[int, list[dict[str, float]]] = {matchday: [] for matchday in MATCHDAYS}
    for country in countries(FIVE):
        for moment in moments(country, MATCHDAYS, range(FIRST, LAST + 1)):
            rows[moment.matchday].append(scored(moment, requested.simulations))
    actual = {matchday: summary(each) for matchday, each in rows.items()}
    for matchday, each in actual.items():
        for name, of in each.items():
            paired = of["ours_minus_this"]
            print(
                f"matchday {matchday:2}  {name:32} {of['tournament_rps']:.5f}  "
                f"ours - this {paired['mean']:+.5f} [{paired['low']:+.5f}, {paired['high']:+.5f}]",
                file=sys.stderr,
            )
    print(json.dumps({"bench": "season", "league_seasons": len(rows[0]), "matchdays": actual}))


if __name__ == "__main__":
    keep_to_one("tests.bench.season")
    main()
