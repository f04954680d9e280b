"""Dynamic ratings of teams on the log scale, from goals and other counts of a match.

A count ``y`` of the home side i against j has the mean ``m = exp(base + home + attack[i] + defence[j])``, of the away
side ``exp(base + attack[j] + defence[i])``. After every week each count moves the two strengths in its mean by
``gain * (y - m) / (m + spread)``; a slower step of the same form moves base and home advantage of the division. Between
seasons strengths shrink to the mean; a team that changes division is shifted, a new team starts below the mean.

Several filters run side by side, with different gains on goals, shots on target, shots and corners: a high gain follows
recent form, a low one the usual level. `functions.analyze.models.outcome_logit` turns them into probabilities.

References
----------
West, Harrison and Migon (1985), Dynamic generalized linear models and Bayesian forecasting, JASA 80: the step is the
first-order filter of a Poisson count with a gamma rate. Lasek and Gagolewski (2021), Interpretable sports team rating
models based on the gradient descent algorithm, International Journal of Forecasting 37. Wheatcroft (2020), A profitable
model for predicting the over/under market in football, International Journal of Forecasting 36: match statistics
forecast goals better than goals do.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from functions.analyze.models.rating_history import RatingPath
from functions.analyze.models.results import SIGNALS, Floats, Ints, Results

_LEVEL_GAIN = 0.003
"""Gain of a division's base and home advantage, small for the 380 matches of a season."""
_LEVEL_MEMORY = 40.0
"""In its first matches, about this many, the level of a division follows nearly their running mean."""
_START_BASE = {"goals": 0.24, "on_target": 1.45, "shots": 2.50, "corners": 1.60}
"""Log of a usual count of one side; a few weeks of matches correct it."""
_START_HOME = 0.25
_NEWCOMER = 0.15
"""Log counts by which a team new to a known division scores less and concedes more than the mean."""
_BOOST = 3.0
_BOOST_MATCHES = 12.0
"""After n matches a team moves by ``1 + _BOOST exp(-n / _BOOST_MATCHES)`` times the gain: its start is a guess."""

NEVER, _NOT_YET = -1, 9999
"""Placeholders for a season before, and one after, all others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalFilter:
    """One filter: how fast strengths follow one signal."""

    signal: str
    gain: float
    """Share of a match's relative surprise by which a strength moves."""
    carry: float
    """Share of a strength that a team keeps for the next season."""
    shift: float
    """Log counts between a division and the next lower one."""
    spread: float = 3.0
    """Counts added to the mean that divides a surprise: it damps the surprises of small means."""


FILTERS = (
    SignalFilter(signal="goals", gain=0.05, carry=0.90, shift=0.30),
    SignalFilter(signal="goals", gain=0.12, carry=0.90, shift=0.30),
    SignalFilter(signal="goals", gain=0.02, carry=0.95, shift=0.30),
    SignalFilter(signal="on_target", gain=0.03, carry=0.85, shift=0.15),
    SignalFilter(signal="on_target", gain=0.08, carry=0.90, shift=0.20),
    SignalFilter(signal="on_target", gain=0.015, carry=0.95, shift=0.20),
    SignalFilter(signal="shots", gain=0.03, carry=0.85, shift=0.15),
    SignalFilter(signal="shots", gain=0.08, carry=0.90, shift=0.15),
    SignalFilter(signal="corners", gain=0.03, carry=0.90, shift=0.15),
)
"""Round numbers, chosen on the matches of five leagues before 2019/20. A search for better ones over-fits: it gains
0.001 of log loss there and nothing on later matches."""

N_GOALS = sum(each.signal == "goals" for each in FILTERS)
"""Number of filters on goals, which every league has; they come first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strengths:
    """Strengths of T teams in D divisions by V filters; `start_season` and `update` change the arrays in place."""

    filters: tuple[SignalFilter, ...]
    base: Floats
    """Shape (D, V), log count of an average away side."""
    home: Floats
    """Shape (D, V), home advantage."""
    attack: Floats
    """Shape (T, V), scored above the mean of the division."""
    defence: Floats
    """Shape (T, V), conceded above the mean; lower is better."""
    n_seen: Floats
    """Shape (T, V), number of matches with this count."""
    n_played: Floats
    """Shape (D, V), number of matches with this count in a division."""
    season: Ints
    """Shape (T,), the last season of a team; `NEVER` before its first."""
    division: Ints
    """Shape (T,), the last division of a team."""
    first_season: Ints
    """Shape (D,), the first known season of a division; `_NOT_YET` before it."""

    def lead(self, home: Ints, away: Ints) -> Floats:
        """Shape (M, 2): attack minus defence of both sides by the first filter."""
        lead = self.attack[:, 0] - self.defence[:, 0]
        return np.stack([lead[home], lead[away]], axis=1)

    def start_season(self, teams: Ints, division: Ints, season: Ints) -> None:
        """Prepare `teams` (shape (N,)) for a match in this division and season: apply the changes between seasons."""
        is_new = self.season[teams] < season
        if not is_new.any():
            return
        teams, first = np.unique(teams[is_new], return_index=True)
        division, season = division[is_new][first], season[is_new][first]
        np.minimum.at(self.first_season, division, season)
        carry = np.array([each.carry for each in self.filters])
        shift = np.array([each.shift for each in self.filters])
        # Divisions are numbered from the top: a promoted team meets better teams and is weaker among them by the shift.
        promotion = np.sign(self.division[teams] - division)[:, None] * shift
        was_absent = (season - self.season[teams] > 1)[:, None]
        deficit = np.where((season > self.first_season[division])[:, None], _NEWCOMER, 0.0)
        self.attack[teams] = np.where(was_absent, -deficit, self.attack[teams] * carry - promotion)
        self.defence[teams] = np.where(was_absent, deficit, self.defence[teams] * carry + promotion)
        self.n_seen[teams] *= ~was_absent
        self.season[teams], self.division[teams] = season, division

    def log_means(self, home: Ints, away: Ints, division: Ints) -> Floats:
        """Shape (M, 2, V): logs of the expected counts of both sides in M matches."""
        level = self.base[division]
        at_home = level + self.home[division] + self.attack[home] + self.defence[away]
        return np.stack([at_home, level + self.attack[away] + self.defence[home]], axis=1)

    def update(self, home: Ints, away: Ints, division: Ints, counts: Floats, log_means: Floats) -> None:
        """Move the strengths by the surprises of one week: `counts` has shape (M, 2, V), NaN where there is none."""
        gain, spread = _gains_and_spreads(self.filters)
        mean = np.exp(log_means)
        surprise = (counts - mean) / (mean + spread)
        has_count = np.asarray(~np.isnan(surprise).any(axis=1))
        surprise = np.where(has_count[:, None], surprise, 0.0)
        level = np.maximum(_LEVEL_GAIN, 1.0 / (self.n_played[division] + _LEVEL_MEMORY))
        gain_home, gain_away = self._boost(home) * gain, self._boost(away) * gain
        np.add.at(self.attack, home, gain_home * surprise[:, 0])
        np.add.at(self.defence, away, gain_away * surprise[:, 0])
        np.add.at(self.attack, away, gain_away * surprise[:, 1])
        np.add.at(self.defence, home, gain_home * surprise[:, 1])
        np.add.at(self.base, division, level * surprise.mean(axis=1))
        np.add.at(self.home, division, level * (surprise[:, 0] - surprise[:, 1]))
        for teams in (home, away):
            np.add.at(self.n_seen, teams, has_count)
        np.add.at(self.n_played, division, has_count)

    def _boost(self, teams: Ints) -> Floats:
        """Shape (N, V): the factor on the gain of teams with few matches."""
        return np.asarray(1.0 + _BOOST * np.exp(-self.n_seen[teams] / _BOOST_MATCHES))


@cache
def _gains_and_spreads(filters: tuple[SignalFilter, ...]) -> tuple[Floats, Floats]:
    """Gains and spreads, each of shape (V,)."""
    return np.array([each.gain for each in filters]), np.array([each.spread for each in filters])


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingRun:
    """The ratings over some results (M matches)."""

    expected: Floats
    """Shape (M, 2, V), logs of the expected counts of home and away side before the week of each match."""
    n_seen: Floats
    """Shape (M, V), earlier matches with this count, of the side that has fewer."""
    final: Strengths
    """Strengths after the last week."""
    path: RatingPath
    """Attack minus defence by the first filter, around the week of each match."""


def rate(results: Results, filters: tuple[SignalFilter, ...] = FILTERS) -> RatingRun:
    """Compute the ratings week by week (Monday to Sunday, UTC): a week's expectations use earlier weeks only.

    Missing counts (NaN) move nothing. The result is deterministic.
    """
    strengths = initial_strengths(len(results.team_ids), int(results.division.max(initial=0)) + 1, filters)
    counts = results.counts[:, :, [SIGNALS.index(each.signal) for each in filters]]
    expected, n_seen = np.empty(counts.shape), np.empty((len(results), len(filters)))
    path = RatingPath(before=np.empty((len(results), 2)), after=np.empty((len(results), 2)))
    starts = np.flatnonzero(np.diff(results.week(), prepend=np.inf))
    for start, end in zip(starts, [*starts[1:], len(results)], strict=True):
        rows = slice(int(start), int(end))
        home, away, division = results.home[rows], results.away[rows], results.division[rows]
        both, season = np.concatenate([home, away]), results.season[rows]
        strengths.start_season(both, np.tile(division, 2), np.tile(season, 2))
        expected[rows] = strengths.log_means(home, away, division)
        n_seen[rows] = np.minimum(strengths.n_seen[home], strengths.n_seen[away])
        path.before[rows] = strengths.lead(home, away)
        strengths.update(home, away, division, counts[rows], expected[rows])
        path.after[rows] = strengths.lead(home, away)
    return RatingRun(expected=expected, n_seen=n_seen, final=strengths, path=path)


def initial_strengths(n_teams: int, n_divisions: int, filters: tuple[SignalFilter, ...] = FILTERS) -> Strengths:
    """Return the strengths before any match: all teams are equal."""
    teams, divisions = (n_teams, len(filters)), (n_divisions, len(filters))
    base = np.array([_START_BASE[each.signal] for each in filters])
    return Strengths(
        filters=filters,
        base=np.tile(base, (n_divisions, 1)),
        home=np.full(divisions, _START_HOME),
        attack=np.zeros(teams),
        defence=np.zeros(teams),
        n_seen=np.zeros(teams),
        n_played=np.zeros(divisions),
        season=np.full(n_teams, NEVER),
        division=np.zeros(n_teams, dtype=np.int64),
        first_season=np.full(n_divisions, _NOT_YET),
    )
