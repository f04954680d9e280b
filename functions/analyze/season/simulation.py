"""How a season may end: the matches that remain, drawn thousands of times, and the league's own way of ranking.

In every simulated season team strengths are drawn first, then all scores from them. Strengths held fixed would make
the table look surer than anyone can be: what a team is worth is known no better than its matches tell. The posterior of
a team's attack and defence is taken as normal on the log scale around the forecaster's, with the precision
``1 / prior variance + goals expected in the matches it has played this season``: the second term is the information of
Poisson counts on the log of their rate (Laplace's approximation), the first what a summer leaves uncertain.

References
----------
Ekstrøm, Van Eetvelde, Ley and Brefeld (2021), Evaluating one-shot tournament predictions, Journal of Sports Analytics
7. Lee (1997), Modeling scores in the Premier League: is Manchester United really the best?, Chance 10.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from functions.analyze.models.results import Floats, Ints
from functions.analyze.season.rates import Rates
from functions.analyze.season.table import Counts, Small, Tally, empty, places

N_SIMULATIONS = 10_000
"""A probability's standard error is then 0.5 points at most."""

PRIOR_SD = 0.15
"""Standard deviation, before a season, of attack and defence on the log scale. In the seasons 2010/11 to 2018/19
of five leagues the tournament RPS and the log score of final places are best and flat from 0.13 to 0.20,
promoted teams need no more than others, and none at all costs 0.003 before the first matchday."""
_GOALS_A_MATCH = 1.35
"""Of one side: the information of a match."""

_AT_ONCE = 1000
"""Seasons drawn together: their scores stay in the processor's cache."""
_MOST_GOALS = 20

_Rates = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """Some matches among T teams, each array of shape (M,); teams by their place among the ids."""

    home: Ints
    away: Ints
    home_goals: Ints
    away_goals: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """A season of T teams under way."""

    team_ids: tuple[int, ...]
    played: Matches
    to_play: tuple[Ints, Ints]
    """Places of home and away teams of the matches that remain, each of shape (R,)."""
    adjustments: Ints
    """Shape (T,), points given or taken by rulings."""
    tie_break: Sequence[str]
    rates: Rates
    sd: Floats
    """Shape (T,), of attack and of defence on the log scale."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What became of T teams in all simulated seasons."""

    p_place: Floats
    """Shape (T, T): team in row ends at place in column; rows and columns sum to 1."""
    points: Floats
    """Shape (T,), mean."""
    points_low: Ints
    """Shape (T,), 5th percentile."""
    points_high: Ints
    """Shape (T,), 95th percentile."""


def uncertainty(n_played: Ints, prior_sd: float | Floats = PRIOR_SD) -> Floats:
    """Standard deviation of attack and defence on the log scale after `n_played` matches of the season."""
    return np.asarray(1.0 / np.sqrt(1.0 / np.square(prior_sd) + _GOALS_A_MATCH * n_played))


def simulate(season: Season, *, n: int = N_SIMULATIONS, seed: int = 0) -> Outlook:
    """Draw the rest of the season `n` times; the same seed gives the same answer."""
    random = np.random.default_rng(seed)
    teams = len(season.team_ids)
    counts, points = np.zeros((teams, teams), np.int64), np.empty((teams, n), np.int16)
    so_far = _tally(season)
    for start in range(0, n, _AT_ONCE):
        size = min(_AT_ONCE, n - start)
        place, points[:, start : start + size] = _ended(season, so_far.times(size), size, random)
        for team in range(teams):
            counts[team] += np.bincount(place[team], minlength=teams)
    low, high = np.quantile(points, (0.05, 0.95), axis=1, method="inverted_cdf")
    return Outlook(p_place=counts / n, points=points.mean(axis=1), points_low=low, points_high=high)


def _tally(season: Season) -> Tally:
    """What has been played, once."""
    tally, played = empty(len(season.team_ids), 1), season.played
    goals = (side.astype(np.int8)[:, None] for side in (played.home_goals, played.away_goals))
    for match in zip(played.home, played.away, *goals, strict=True):
        tally.add(*match)
    return tally


def _ended(season: Season, tally: Tally, n: int, random: np.random.Generator) -> tuple[Small, Counts]:
    """Places and points, each of shape (T, n), of `n` seasons played to their end."""
    for match in zip(*season.to_play, *scores(season, n, random), strict=True):
        tally.add(*match)
    points = tally.points.sum(axis=1, dtype=np.int16) + season.adjustments[:, None].astype(np.int16)
    return places(tally, points, season.tie_break, random.random(points.shape)), points


def scores(season: Season, n: int, random: np.random.Generator) -> tuple[Small, Small]:
    """Home and away goals of the matches that remain, each of shape (R, n)."""
    home, away = season.to_play
    spread, variance = season.sd[:, None].astype(np.float32), season.sd**2
    shape = (len(season.team_ids), n)
    attack, defence = (random.standard_normal(shape, np.float32) * spread for _ in range(2))
    centre = ((variance[home] + variance[away]) / 2)[:, None]
    rates = season.rates
    home_rate = _exp(np.log(rates.home[home, away])[:, None] - centre, attack[home] + defence[away])
    away_rate = _exp(np.log(rates.away[home, away])[:, None] - centre, attack[away] + defence[home])
    home_goals, away_goals = _drawn(home_rate, random), _drawn(away_rate, random)
    rho = rates.rho[home, away][:, None].astype(np.float32)
    return home_goals, _depending(home_goals, away_goals, home_rate, away_rate, rho, random)


def _exp(level: Floats, moved: _Rates) -> _Rates:
    return np.asarray(np.exp(level.astype(np.float32) + moved))


def _drawn(rate: _Rates, random: np.random.Generator) -> Small:
    """Poisson counts by inversion: five times as fast as a generator that is asked count by count."""
    chance = random.random(rate.shape, np.float32)
    term = np.exp(-rate)
    below, goals = term.copy(), np.zeros(rate.shape, np.int8)
    for count in range(1, _MOST_GOALS + 1):
        more = chance >= below
        if not more.any():
            break
        goals += more
        term *= rate
        term /= np.float32(count)
        below += term
    return goals


def _depending(
    home: Small, away: Small, home_rate: _Rates, away_rate: _Rates, rho: _Rates, random: np.random.Generator
) -> Small:
    """The away goals after what Dixon and Coles' factor moves between the four lowest scores.

    It adds ``-lambda mu rho exp(-lambda - mu)`` to 0-0 and to 1-1 and takes as much of 0-1 and of 1-0: to draw from it,
    a part of each of the four has its away goal turned over.
    """
    nil = home == 0
    part = np.where(nil, home_rate, np.float32(1.0)) * np.where(nil == (away == 0), np.float32(1.0), np.float32(-1.0))
    part *= np.where(away == 0, away_rate, np.float32(1.0))
    turned = (home <= 1) & (away <= 1) & (random.random(home.shape, np.float32) < part * rho)
    return np.where(turned, 1 - away, away).astype(np.int8)
