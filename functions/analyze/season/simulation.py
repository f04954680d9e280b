"""Simulate the rest of a season thousands of times and rank every simulated table by the league's rules.

Each simulated season draws the team strengths first and then all scores. With fixed strengths the table would look
more certain than it is, because a team's strength is only known from its matches. The posterior of a team's attack and
defence is taken as normal on the log scale around the forecaster's value, with the precision
``1 / prior variance + goals expected in the matches it has played this season``: the first term is the uncertainty
after a summer, the second the information of Poisson counts on the log of their rate (Laplace's approximation).

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
from functions.analyze.season.table import Counts, Small, Tally, empty_tally, rank_teams

N_SIMULATIONS = 10_000
"""A probability's standard error is then 0.5 points at most."""

PRIOR_SD = 0.15
"""Standard deviation, before a season, of attack and defence on the log scale. In the seasons 2010/11 to 2018/19
of five leagues the tournament RPS and the log score of final places are best and flat from 0.13 to 0.20,
promoted teams need no more than others, and none at all costs 0.003 before the first matchday."""
_GOALS_PER_MATCH = 1.35
"""Goals of one side: the information of a match."""

_BATCH = 1000
"""Seasons drawn together: their scores fit into the processor's cache."""
_MAX_GOALS = 20

_Rates = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchArrays:
    """Matches among T teams, each array of shape (M,); teams are indices into the team ids."""

    home: Ints
    away: Ints
    home_goals: Ints
    away_goals: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonState:
    """A season of T teams under way."""

    team_ids: tuple[int, ...]
    played: MatchArrays
    to_play: tuple[Ints, Ints]
    """Indices of home and away teams of the remaining matches, each of shape (R,)."""
    adjustments: Ints
    """Shape (T,), points added or deducted by rulings."""
    tie_break: Sequence[str]
    rates: Rates
    sd: Floats
    """Shape (T,), standard deviation of attack and of defence on the log scale."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedTables:
    """The final tables of T teams over all simulated seasons."""

    p_place: Floats
    """Shape (T, T): probability that the row's team ends at the column's place; rows and columns sum to 1."""
    points: Floats
    """Shape (T,), mean."""
    points_low: Ints
    """Shape (T,), 5th percentile."""
    points_high: Ints
    """Shape (T,), 95th percentile."""


def strength_sd(n_played: Ints, prior_sd: float | Floats = PRIOR_SD) -> Floats:
    """Standard deviation of attack and defence on the log scale after `n_played` matches of the season."""
    return np.asarray(1.0 / np.sqrt(1.0 / np.square(prior_sd) + _GOALS_PER_MATCH * n_played))


def simulate(season: SeasonState, *, n: int = N_SIMULATIONS, seed: int = 0) -> SimulatedTables:
    """Draw the rest of the season `n` times; the same seed gives the same tables."""
    random = np.random.default_rng(seed)
    teams = len(season.team_ids)
    counts, points = np.zeros((teams, teams), np.int64), np.empty((teams, n), np.int16)
    tally = _tally_played(season)
    for start in range(0, n, _BATCH):
        size = min(_BATCH, n - start)
        place, points[:, start : start + size] = _play_to_end(season, tally.repeat(size), size, random)
        for team in range(teams):
            counts[team] += np.bincount(place[team], minlength=teams)
    low, high = np.quantile(points, (0.05, 0.95), axis=1, method="inverted_cdf")
    return SimulatedTables(p_place=counts / n, points=points.mean(axis=1), points_low=low, points_high=high)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionalTables:
    """The final tables of T teams by the result of each of W watched matches; results are home win, draw, away win."""

    n: Ints
    """Shape (W, 3): simulated seasons with that result."""
    p_place: Floats
    """Shape (W, 3, T, T): as in `SimulatedTables`; zero where no season has the result."""
    points: Floats
    """Shape (W, 3, T), mean."""


def simulate_by_result(
    season: SeasonState, watched: Ints, *, n: int = N_SIMULATIONS, seed: int = 0
) -> ConditionalTables:
    """Draw the rest of the season `n` times and split the seasons by the results of some matches.

    One set of seasons serves all matches, so that what differs between two results is not the luck of the draw.

    Parameters
    ----------
    watched : shape (W,), indices into `season.to_play`.
    """
    random = np.random.default_rng(seed)
    teams, matches = len(season.team_ids), len(watched)
    counts = np.zeros((matches, 3, teams, teams), np.int64)
    sums, sizes = np.zeros((matches, 3, teams)), np.zeros((matches, 3), np.int64)
    tally = _tally_played(season)
    for start in range(0, n, _BATCH):
        size = min(_BATCH, n - start)
        home, away = draw_scores(season, size, random)
        place, points = _rank_ends(season, tally.repeat(size), home, away, random)
        results = 1 - np.sign(home[watched].astype(np.int64) - away[watched])
        for match in range(matches):
            for result in range(3):
                chosen = results[match] == result
                sizes[match, result] += chosen.sum()
                sums[match, result] += points[:, chosen].sum(axis=1)
                for team in range(teams):
                    counts[match, result, team] += np.bincount(place[team, chosen], minlength=teams)
    divisor = np.maximum(sizes, 1)
    return ConditionalTables(n=sizes, p_place=counts / divisor[:, :, None, None], points=sums / divisor[:, :, None])


def _tally_played(season: SeasonState) -> Tally:
    """Tally the results so far, for one season."""
    tally, played = empty_tally(len(season.team_ids), 1), season.played
    goals = (side.astype(np.int8)[:, None] for side in (played.home_goals, played.away_goals))
    for match in zip(played.home, played.away, *goals, strict=True):
        tally.add(*match)
    return tally


def _play_to_end(season: SeasonState, tally: Tally, n: int, random: np.random.Generator) -> tuple[Small, Counts]:
    """Places and points, each of shape (T, n), after `n` simulations of the remaining matches."""
    return _rank_ends(season, tally, *draw_scores(season, n, random), random)


def _rank_ends(
    season: SeasonState, tally: Tally, home_goals: Small, away_goals: Small, random: np.random.Generator
) -> tuple[Small, Counts]:
    """Places and points after the remaining matches ended so; goals have shape (R, n)."""
    for match in zip(*season.to_play, home_goals, away_goals, strict=True):
        tally.add(*match)
    points = tally.points.sum(axis=1, dtype=np.int16) + season.adjustments[:, None].astype(np.int16)
    return rank_teams(tally, points, season.tie_break, random.random(points.shape)), points


def draw_scores(season: SeasonState, n: int, random: np.random.Generator) -> tuple[Small, Small]:
    """Draw home and away goals of the remaining matches, each of shape (R, n)."""
    home, away = season.to_play
    spread, variance = season.sd[:, None].astype(np.float32), season.sd**2
    shape = (len(season.team_ids), n)
    attack, defence = (random.standard_normal(shape, np.float32) * spread for _ in range(2))
    centre = ((variance[home] + variance[away]) / 2)[:, None]
    rates = season.rates
    home_rate = _exp(np.log(rates.home[home, away])[:, None] - centre, attack[home] + defence[away])
    away_rate = _exp(np.log(rates.away[home, away])[:, None] - centre, attack[away] + defence[home])
    home_goals, away_goals = _draw_poisson(home_rate, random), _draw_poisson(away_rate, random)
    rho = rates.rho[home, away][:, None].astype(np.float32)
    return home_goals, _apply_dependence(home_goals, away_goals, home_rate, away_rate, rho, random)


def _exp(level: Floats, offset: _Rates) -> _Rates:
    return np.asarray(np.exp(level.astype(np.float32) + offset))


def _draw_poisson(rate: _Rates, random: np.random.Generator) -> Small:
    """Draw Poisson counts by inversion, five times as fast as the generator's own Poisson counts."""
    chance = random.random(rate.shape, np.float32)
    term = np.exp(-rate)
    cumulative, goals = term.copy(), np.zeros(rate.shape, np.int8)
    for count in range(1, _MAX_GOALS + 1):
        is_more = chance >= cumulative
        if not is_more.any():
            break
        goals += is_more
        term *= rate
        term /= np.float32(count)
        cumulative += term
    return goals


def _apply_dependence(
    home: Small, away: Small, home_rate: _Rates, away_rate: _Rates, rho: _Rates, random: np.random.Generator
) -> Small:
    """Change some away goals so that the scores have the Dixon-Coles dependence.

    The factor adds ``-lambda mu rho exp(-lambda - mu)`` to 0-0 and to 1-1 and takes the same from 0-1 and from 1-0.
    Drawing from it means to flip the away goal in a share of each of the four scores.
    """
    is_nil = home == 0
    share = np.where(is_nil, home_rate, np.float32(1.0)) * np.where(
        is_nil == (away == 0), np.float32(1.0), np.float32(-1.0)
    )
    share *= np.where(away == 0, away_rate, np.float32(1.0))
    is_flipped = (home <= 1) & (away <= 1) & (random.random(home.shape, np.float32) < share * rho)
    return np.where(is_flipped, 1 - away, away).astype(np.int8)
