"""Elo ratings of teams, and the ordered logit that turns a rating difference into three probabilities.

References
----------
Elo (1978), The Rating of Chessplayers. Hvattum and Arntzen (2010), Using ELO ratings for match result prediction in
association football, International Journal of Forecasting 26. McCullagh (1980), Regression models for ordinal data.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from functions.analyze.results import Floats, Ints, Results

START = 1500.0
K = 20.0
HOME_ADVANTAGE = 60.0
"""Rating points added to the home side; K and this as in published football Elo systems, not tuned here."""
SUMMER_PULL = 0.20
"""Share of the distance to the mean that a rating loses between seasons."""
NEWCOMER_DEFICIT = 80.0
"""Points below the mean at which a team unknown to the league starts: a quarter of a goal, about what promoted teams
lack."""

_BURN_IN_PER_TEAM = 5
"""Matches of each side before its rating differences are used to fit the link: START is no information."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratings:
    """Elo after every match of some results (T teams, M matches)."""

    team_ids: tuple[int, ...]
    rating: Floats
    """Shape (T,), after the last match."""
    difference: Floats
    """Shape (M,), home minus away before each match, home advantage included."""
    warm: Floats
    """Shape (M,), 1.0 where both sides had played enough before, else 0.0."""

    def ahead(self, home: int | None, away: int | None) -> float:
        """Rating difference of a coming match, home advantage included; None is a team without any match."""
        return self._rating(home) - self._rating(away) + HOME_ADVANTAGE

    def _rating(self, team: int | None) -> float:
        return float(self.rating.mean()) - NEWCOMER_DEFICIT if team is None else float(self.rating[team])


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeLink:
    """Cumulative logit, d in 100 points, F logistic: P(away) = F(low - slope d), P(not home) = F(high - slope d)."""

    slope: float
    low: float
    high: float

    def probabilities(self, difference: float) -> Floats:
        """Shape (3,): home win, draw, away win at a rating difference in points."""
        z = self.slope * difference / 100.0
        away, not_home = _logistic(np.array([self.low - z, self.high - z]))
        return np.array([1 - not_home, not_home - away, away])


DEFAULT_LINK = OutcomeLink(slope=0.570, low=-0.742, high=0.510)
"""Used until enough matches are seen: `fit_link` on 57,327 public-domain results of five European leagues, 1993 to
2025."""


def rate(results: Results) -> Ratings:
    """Run the ratings through all matches in order: ``R += K sqrt(margin) (S - E)``, ``E = 1 / (1 + 10^(-d/400))``.

    A draw counts with margin 1. Between seasons every rating is pulled to the mean by `SUMMER_PULL`; teams new to a
    league that has history start `NEWCOMER_DEFICIT` below it.
    """
    teams = len(results.team_ids)
    rating = np.full(teams, START)
    seen = np.zeros(teams, dtype=np.int64)
    difference, warm = np.zeros(len(results)), np.zeros(len(results))
    season = None
    for m in range(len(results)):
        if season is not None and results.season[m] != season:
            rating = _between_seasons(rating, seen)
        season = results.season[m]
        home, away = results.home[m], results.away[m]
        margin = results.home_goals[m] - results.away_goals[m]
        difference[m] = rating[home] - rating[away] + HOME_ADVANTAGE
        warm[m] = float(min(seen[home], seen[away]) >= _BURN_IN_PER_TEAM)
        expected = 1.0 / (1.0 + 10.0 ** (-difference[m] / 400.0))
        change = K * np.sqrt(max(abs(margin), 1.0)) * ((1 + np.sign(margin)) / 2 - expected)
        rating[home] += change
        rating[away] -= change
        seen[home] += 1
        seen[away] += 1
    return Ratings(team_ids=results.team_ids, rating=rating, difference=difference, warm=warm)


def fit_link(difference: Floats, outcome: Ints, use: Floats, *, min_matches: int = 150) -> OutcomeLink:
    """Maximum likelihood of the ordered logit by Newton steps on a concave likelihood (McCullagh 1980).

    Parameters
    ----------
    difference : shape (M,), rating points before each match.
    outcome : shape (M,), 0 home, 1 draw, 2 away.
    use : shape (M,), weight of each match, 0 leaves it out.
    min_matches : with fewer in use, or without all three outcomes, `DEFAULT_LINK` is returned.
    """
    kept = use > 0
    d, y, w = difference[kept] / 100.0, outcome[kept], use[kept]
    if len(d) < min_matches or len(set(y.tolist())) < 3:
        return DEFAULT_LINK
    theta = np.array([DEFAULT_LINK.low, DEFAULT_LINK.high, DEFAULT_LINK.slope])
    value = _link_objective(theta, d, y, w)
    for _ in range(50):
        gradient, hessian = _link_derivatives(theta, d, y, w)
        step = np.linalg.solve(hessian, gradient)
        for _ in range(30):
            moved = _link_objective(theta - step, d, y, w)
            if moved >= value:
                break
            step = step / 2
        theta, value = theta - step, moved
        if np.max(np.abs(step)) < 1e-10:
            break
    return OutcomeLink(low=float(theta[0]), high=float(theta[1]), slope=float(theta[2]))


def _between_seasons(rating: Floats, seen: Ints) -> Floats:
    """Pull known teams to their mean; those never seen wait below it."""
    known = seen > 0
    mean = float(rating[known].mean())
    pulled = np.where(known, rating + SUMMER_PULL * (mean - rating), mean - NEWCOMER_DEFICIT)
    return np.asarray(pulled)


def _logistic(x: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(x, -500, 500))))


def _link_objective(theta: Floats, d: Floats, y: Ints, w: Floats) -> float:
    low, high, slope = theta
    if low >= high:
        return -np.inf
    upper = np.where(y == 0, 1.0, np.where(y == 1, _logistic(high - slope * d), _logistic(low - slope * d)))
    lower = np.where(y == 0, _logistic(high - slope * d), np.where(y == 1, _logistic(low - slope * d), 0.0))
    return float(w @ np.log(np.maximum(upper - lower, 1e-300)))


def _link_derivatives(theta: Floats, d: Floats, y: Ints, w: Floats) -> tuple[Floats, Floats]:
    """Gradient, shape (3,), and Hessian, shape (3, 3), of `_link_objective` in (low, high, slope)."""
    low, high, slope = theta
    f_low, f_high = _logistic(low - slope * d), _logistic(high - slope * d)
    g_low, g_high = f_low * (1 - f_low), f_high * (1 - f_high)
    h_low, h_high = g_low * (1 - 2 * f_low), g_high * (1 - 2 * f_high)
    p = np.choose(y, [1 - f_high, f_high - f_low, f_low])
    sign_low, sign_high = np.choose(y, [0.0, -1.0, 1.0]), np.choose(y, [-1.0, 1.0, 0.0])
    ones, zeros = np.ones_like(d), np.zeros_like(d)
    d_low, d_high = np.stack([ones, zeros, -d]), np.stack([zeros, ones, -d])
    first = (sign_low * g_low * d_low + sign_high * g_high * d_high) / p
    second = (d_low * (w * sign_low * h_low / p)) @ d_low.T + (d_high * (w * sign_high * h_high / p)) @ d_high.T
    return first @ w, second - (first * w) @ first.T
