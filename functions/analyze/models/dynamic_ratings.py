"""Dynamic ratings of teams on the log scale, from goals and from whatever else is counted in a match.

A count ``y`` of the home side i against j has the mean ``m = exp(base + home + attack[i] + defence[j])``, of the away
side ``exp(base + attack[j] + defence[i])``. After every week each count moves the two strengths it speaks of by
``gain * (y - m) / (m + spread)``; a slower step of the same form moves base and home advantage of the division. Between
seasons strengths shrink to the mean; a team that changes division is shifted, one never seen starts below the mean.

Several gains of several signals run side by side: what a team did lately and what it does usually, in goals, shots on
target, shots and corners. `functions.analyze.models.outcome_logit` turns them into probabilities.

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

from functions.analyze.models.rating_history import Path
from functions.analyze.models.results import SIGNALS, Floats, Ints, Results

_LEVEL_GAIN = 0.003
"""Step of a division's base and home advantage, slow beside a season's 380 matches."""
_LEVEL_MEMORY = 40.0
"""Until a division has this many matches by the slow step, its level is nearly their running mean."""
_START_BASE = {"goals": 0.24, "on_target": 1.45, "shots": 2.50, "corners": 1.60}
"""Log of a usual count of a side; a few weeks correct it."""
_START_HOME = 0.25
_NEWCOMER = 0.15
"""Log counts by which a team new to a known division scores less and concedes more than its mean."""
_HASTE = 3.0
_HASTE_MATCHES = 12.0
"""A team seen n times moves by ``1 + _HASTE exp(-n / _HASTE_MATCHES)`` times the gain: its start is no information."""

NEVER, _NOT_YET = -1, 9999
"""Seasons before and after all others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """One way of following one signal."""

    signal: str
    gain: float
    """Share of a week's relative surprise that a strength takes over."""
    carry: float
    """What a season leaves of a strength for the next."""
    shift: float
    """Log counts between a division and the one below."""
    spread: float = 3.0
    """Counts added to the mean where surprises are weighed: more, and large counts move as little as small ones."""


SPEEDS = (
    Speed(signal="goals", gain=0.05, carry=0.90, shift=0.30),
    Speed(signal="goals", gain=0.12, carry=0.90, shift=0.30),
    Speed(signal="goals", gain=0.02, carry=0.95, shift=0.30),
    Speed(signal="on_target", gain=0.03, carry=0.85, shift=0.15),
    Speed(signal="on_target", gain=0.08, carry=0.90, shift=0.20),
    Speed(signal="on_target", gain=0.015, carry=0.95, shift=0.20),
    Speed(signal="shots", gain=0.03, carry=0.85, shift=0.15),
    Speed(signal="shots", gain=0.08, carry=0.90, shift=0.15),
    Speed(signal="corners", gain=0.03, carry=0.90, shift=0.15),
)
"""Chosen on the matches of five leagues before 2019/20 by round numbers; a search for better ones over-fits: it gains
0.001 of log loss there and nothing on the matches after."""

N_GOALS = sum(speed.signal == "goals" for speed in SPEEDS)
"""The first speeds follow goals: every league has those."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strengths:
    """Where all teams stand (T teams, D divisions, V speeds); `enter` and `learn` write the arrays in place."""

    speeds: tuple[Speed, ...]
    base: Floats
    """Shape (D, V), log count of an average side away from home."""
    home: Floats
    """Shape (D, V), added at home."""
    attack: Floats
    """Shape (T, V), above the mean of the division."""
    defence: Floats
    """Shape (T, V), conceded above the mean: lower is better."""
    seen: Floats
    """Shape (T, V), matches whose count was there."""
    played: Floats
    """Shape (D, V), the same of a division."""
    season: Ints
    """Shape (T,), the season a team was seen in last; `NEVER` before."""
    division: Ints
    """Shape (T,), the division it was seen in last."""
    opened: Ints
    """Shape (D,), the first season known of a division; `_NOT_YET` before."""

    def lead(self, home: Ints, away: Ints) -> Floats:
        """Shape (M, 2): attack less defence of both sides by the first speed."""
        lead = self.attack[:, 0] - self.defence[:, 0]
        return np.stack([lead[home], lead[away]], axis=1)

    def enter(self, teams: Ints, division: Ints, season: Ints) -> None:
        """Ready `teams` (shape (N,)) for a match of this division and season: take them through the summer."""
        late = self.season[teams] < season
        if not late.any():
            return
        teams, first = np.unique(teams[late], return_index=True)
        division, season = division[late][first], season[late][first]
        np.minimum.at(self.opened, division, season)
        carry = np.array([speed.carry for speed in self.speeds])
        shift = np.array([speed.shift for speed in self.speeds])
        # Divisions are numbered from the top: whoever goes up meets better teams and looks weaker by the shift.
        up = np.sign(self.division[teams] - division)[:, None] * shift
        away = (season - self.season[teams] > 1)[:, None]
        unknown = np.where((season > self.opened[division])[:, None], _NEWCOMER, 0.0)
        self.attack[teams] = np.where(away, -unknown, self.attack[teams] * carry - up)
        self.defence[teams] = np.where(away, unknown, self.defence[teams] * carry + up)
        self.seen[teams] *= ~away
        self.season[teams], self.division[teams] = season, division

    def log_means(self, home: Ints, away: Ints, division: Ints) -> Floats:
        """Shape (M, 2, V): logs of the expected counts of both sides of M matches."""
        level = self.base[division]
        at_home = level + self.home[division] + self.attack[home] + self.defence[away]
        return np.stack([at_home, level + self.attack[away] + self.defence[home]], axis=1)

    def learn(self, home: Ints, away: Ints, division: Ints, counts: Floats, log_means: Floats) -> None:
        """Move by the surprises of one week's matches: `counts`, shape (M, 2, V), NaN where not counted."""
        gain, spread = _steps(self.speeds)
        mean = np.exp(log_means)
        surprise = (counts - mean) / (mean + spread)
        there = np.asarray(~np.isnan(surprise).any(axis=1))
        surprise = np.where(there[:, None], surprise, 0.0)
        level = np.maximum(_LEVEL_GAIN, 1.0 / (self.played[division] + _LEVEL_MEMORY))
        haste_home, haste_away = self._gain(home) * gain, self._gain(away) * gain
        np.add.at(self.attack, home, haste_home * surprise[:, 0])
        np.add.at(self.defence, away, haste_away * surprise[:, 0])
        np.add.at(self.attack, away, haste_away * surprise[:, 1])
        np.add.at(self.defence, home, haste_home * surprise[:, 1])
        np.add.at(self.base, division, level * surprise.mean(axis=1))
        np.add.at(self.home, division, level * (surprise[:, 0] - surprise[:, 1]))
        for teams in (home, away):
            np.add.at(self.seen, teams, there)
        np.add.at(self.played, division, there)

    def _gain(self, teams: Ints) -> Floats:
        """Shape (N, V): how many times the usual gain a team moves by."""
        return np.asarray(1.0 + _HASTE * np.exp(-self.seen[teams] / _HASTE_MATCHES))


@cache
def _steps(speeds: tuple[Speed, ...]) -> tuple[Floats, Floats]:
    """Gains and spreads, each of shape (V,)."""
    return np.array([speed.gain for speed in speeds]), np.array([speed.spread for speed in speeds])


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """Some results (M matches), rated."""

    before: Floats
    """Shape (M, 2, V), logs of the counts expected of home and away side before each match's week."""
    seen: Floats
    """Shape (M, V), matches with this count that the less known side had played before."""
    now: Strengths
    """After the last week."""
    path: Path
    """By the first speed: how much more a team scores and less it concedes than the mean, around each match's week."""


def rate(results: Results, speeds: tuple[Speed, ...] = SPEEDS) -> Rated:
    """Run through all matches week by week (Monday to Sunday, UTC): what is expected of a week never sees the week.

    Missing counts (NaN) move nothing. Deterministic.
    """
    now = unrated(len(results.team_ids), int(results.division.max(initial=0)) + 1, speeds)
    counts = results.counts[:, :, [SIGNALS.index(speed.signal) for speed in speeds]]
    before, seen = np.empty(counts.shape), np.empty((len(results), len(speeds)))
    path = Path(before=np.empty((len(results), 2)), after=np.empty((len(results), 2)))
    starts = np.flatnonzero(np.diff(results.week(), prepend=np.inf))
    for start, end in zip(starts, [*starts[1:], len(results)], strict=True):
        rows = slice(int(start), int(end))
        home, away, division = results.home[rows], results.away[rows], results.division[rows]
        both, season = np.concatenate([home, away]), results.season[rows]
        now.enter(both, np.tile(division, 2), np.tile(season, 2))
        before[rows] = now.log_means(home, away, division)
        seen[rows] = np.minimum(now.seen[home], now.seen[away])
        path.before[rows] = now.lead(home, away)
        now.learn(home, away, division, counts[rows], before[rows])
        path.after[rows] = now.lead(home, away)
    return Rated(before=before, seen=seen, now=now, path=path)


def unrated(n_teams: int, n_divisions: int, speeds: tuple[Speed, ...] = SPEEDS) -> Strengths:
    """All teams equal, no match seen."""
    teams, divisions = (n_teams, len(speeds)), (n_divisions, len(speeds))
    base = np.array([_START_BASE[speed.signal] for speed in speeds])
    return Strengths(
        speeds=speeds,
        base=np.tile(base, (n_divisions, 1)),
        home=np.full(divisions, _START_HOME),
        attack=np.zeros(teams),
        defence=np.zeros(teams),
        seen=np.zeros(teams),
        played=np.zeros(divisions),
        season=np.full(n_teams, NEVER),
        division=np.zeros(n_teams, dtype=np.int64),
        opened=np.full(n_divisions, _NOT_YET),
    )
