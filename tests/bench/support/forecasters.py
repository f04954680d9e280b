"""Forecasters of the evaluation: each gives every match of a league three probabilities from earlier weeks alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from functions.analyze.models import baseline as recent_matches
from functions.analyze.models import dixon_coles, elo, pi
from functions.analyze.models import dynamic_ratings as ratings
from functions.analyze.models import outcome_logit as link
from functions.analyze.models.results import Floats, Ints, Results
from functions.analyze.models.score_matrix import outcome_probabilities, score_matrix
from tests.bench.support import multinomial
from tests.bench.support.divisions import Country

FITTED = range(2009, 2019)
"""First years of the seasons that links are fitted on."""
TESTED = 2019
"""First year of the first season that is evaluated."""
_YEARS = 3.0
"""A goal model's training window, before the Monday of the week it forecasts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class League:
    """The highest division of a country (M matches), and that country's other divisions beside it."""

    country: Country
    rows: Ints
    """Shape (M,), where its matches are among the country's."""
    results: Results
    """Its matches alone, teams numbered anew."""
    rated: ratings.RatingRun
    """The whole country's dynamic ratings."""

    @property
    def tested(self) -> Ints:
        """Shape (M,), of booleans: matches of the evaluated seasons."""
        return np.asarray(self.results.season >= TESTED)

    @property
    def fitted(self) -> Ints:
        """Shape (M,), of booleans: matches that links may be fitted on."""
        return np.asarray((self.results.season >= FITTED.start) & (self.results.season < FITTED.stop))


def league(country: Country, division: int = 0) -> League:
    """One division of a country."""
    rows = np.flatnonzero(country.league == division)
    return League(country=country, rows=rows, results=alone(country.results, rows), rated=ratings.rate(country.results))


def alone(results: Results, rows: Ints) -> Results:
    """Some matches of the results, their teams numbered anew, as one division."""
    teams, index = np.unique(np.concatenate([results.home[rows], results.away[rows]]), return_inverse=True)
    return Results(
        team_ids=tuple(int(team) for team in teams),
        home=index[: len(rows)],
        away=index[len(rows) :],
        home_goals=results.home_goals[rows],
        away_goals=results.away_goals[rows],
        day=results.day[rows],
        season=results.season[rows],
        counts=results.counts[rows],
        division=np.zeros(len(rows), dtype=np.int64),
    )


def base_rates(of: League) -> Floats:
    """Shares of home win, draw and away win in the five seasons before."""
    happened, season = np.eye(3)[of.results.outcome()], of.results.season
    result = np.full((len(of.results), 3), np.nan)
    for year in np.unique(season):
        before = (season >= year - 5) & (season < year)
        if before.any():
            result[season == year] = happened[before].mean(axis=0)
    return result


def replaced(of: League) -> Floats:
    """The formula of the system this one replaces: means of each side's last ten matches of the season."""
    recent = recent_matches.walk_forward(of.results)
    return np.array([outcome_probabilities(recent_matches.score_probabilities(*rates)) for rates in recent])


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalRates:
    """What a goal model said of each match."""

    home: Floats
    away: Floats
    rho: Floats

    def outcomes(self) -> Floats:
        """Shape (M, 3); NaN where the model was not asked."""
        return np.array([_outcome(*three) for three in zip(self.home, self.away, self.rho, strict=True)])


def _outcome(home: float, away: float, rho: float) -> Floats:
    return np.full(3, np.nan) if np.isnan(home) else outcome_probabilities(score_matrix(home, away, rho))


def windows(results: Results, first: int = TESTED) -> Iterator[tuple[float, Ints, Ints]]:
    """Each week's Monday, the matches before it that a goal model learns from, and the week's own."""
    week = results.week()
    for number in np.unique(week[results.season >= first]):
        monday = number * 7.0 - 3.0
        before = np.flatnonzero((results.day < monday) & (results.day >= monday - 365.25 * _YEARS))
        yield monday, before, np.flatnonzero(week == number)


def goal_rates(of: League, *, decay_per_day: float) -> GoalRates:
    """Dixon-Coles, fitted anew every week on three years."""
    results = of.results
    result = np.full((3, len(results)), np.nan)
    for monday, before, rows in windows(results):
        known = alone(results, before)
        fit = dixon_coles.fit(known, at_day=monday, decay_per_day=decay_per_day)
        index = known.index()
        for m in rows:
            # `alone` numbers teams by their number among all of the league's.
            result[:2, m] = fit.rates(index.get(int(results.home[m])), index.get(int(results.away[m])))
            result[2, m] = fit.rho
    return GoalRates(home=result[0], away=result[1], rho=result[2])


def by_elo(of: League) -> Floats:
    """Shape (M, 1): the difference of Elo ratings."""
    return elo.rate(of.results).difference[:, None]


def by_pi(of: League) -> Floats:
    """Shape (M, 1): the margin expected of pi-ratings."""
    return pi.rate(of.results).difference[:, None]


def dynamic(of: League, *, goals_only: bool = False) -> Floats:
    """What the product says: dynamic ratings and their link."""
    seen = of.rated.n_seen[of.rows]
    return link.probabilities(of.rated.expected[of.rows], seen * 0.0 if goals_only else seen)


def dynamic_alone(of: League) -> Floats:
    """The same where nothing is known of the divisions below: who comes up is a stranger."""
    rated = ratings.rate(of.results)
    return link.probabilities(rated.expected, rated.n_seen)


Linked = Callable[[League], Floats]


def linked(leagues: list[League], features: Linked) -> list[Floats]:
    """A multinomial logit on some features, shape (M, F), fitted on the earlier seasons of all leagues together."""
    all_features = [features(of) for of in leagues]
    x = np.concatenate([f[of.fitted] for f, of in zip(all_features, leagues, strict=True)])
    y = np.concatenate([of.results.outcome()[of.fitted] for of in leagues])
    actual = ~np.isnan(x).any(axis=1)
    fitted = multinomial.fit(x[actual], y[actual])
    return [fitted.probabilities(f) for f in all_features]


def plain_features(of: League) -> Floats:
    """What the plain multinomial of results and shots reads: Elo by goals and by shots, one rating of each signal.

    It knows the league alone, without the divisions below.
    """
    plain = [
        ratings.SignalFilter(signal=signal, gain=gain, carry=0.9, shift=0.0)
        for signal, gain in (("goals", 0.05), ("on_target", 0.03), ("shots", 0.03), ("corners", 0.03))
    ]
    rated = ratings.rate(of.results, tuple(plain))
    counts = np.nan_to_num(of.results.counts)
    by_shots = 0.30 * counts[:, :, 1] + 0.02 * (counts[:, :, 2] - counts[:, :, 1])
    shot_margin = replace(of.results, home_goals=by_shots[:, 0], away_goals=by_shots[:, 1])
    differences = [elo.rate(results).difference for results in (of.results, shot_margin)]
    return np.column_stack([link.features(rated.expected), *differences])


def with_elo_and_pi(of: League) -> Floats:
    """What our link reads, and the differences of Elo and pi-ratings beside it."""
    return np.column_stack([link.features(of.rated.expected[of.rows]), by_elo(of), by_pi(of)])


def implied(odds: Floats) -> Floats:
    """Shape (M, 3): the market's probabilities, the margin removed in proportion."""
    inverse = 1.0 / odds
    return np.asarray(inverse / inverse.sum(axis=1, keepdims=True))
