"""Baseline: the forecast model of the replaced system, from the means of a team's last matches.

``lambda home = 1.08 (0.55 scored by home + 0.35 conceded by away + 0.125)``, the away side likewise without the
factor 1.08. Rates are cut to 0.2..3.5; goals are independent Poisson counts up to ten.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable

import numpy as np

from functions.analyze.models.results import Floats, Results

NAME = "poisson_recent_matches_v1"
MATCHES_BACK = 10
DEFAULT_GOALS = 1.2
"""Goals assumed for a team without a match this season."""

_HOME = 1.08
_OWN, _OTHER, _CONSTANT = 0.55, 0.35, 0.125
_MIN_RATE, _MAX_RATE = 0.2, 3.5
_MAX_GOALS = 10

RecentGoals = deque[tuple[float, float]]
"""Goals for and against in a team's last matches of the season."""


def expected_goals(home: Iterable[tuple[float, float]], away: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """Expected goals of home and away side from the goals for and against in their recent matches."""
    (home_for, home_against), (away_for, away_against) = mean_goals(home), mean_goals(away)
    return (
        _clip(_HOME * (_OWN * home_for + _OTHER * away_against + _CONSTANT)),
        _clip(_OWN * away_for + _OTHER * home_against + _CONSTANT),
    )


def mean_goals(matches: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """Mean goals for and against."""
    goals = list(matches)
    if not goals:
        return DEFAULT_GOALS, DEFAULT_GOALS
    return sum(scored for scored, _ in goals) / len(goals), sum(conceded for _, conceded in goals) / len(goals)


def score_probabilities(home_rate: float, away_rate: float) -> Floats:
    """Probabilities of each score, shape (11, 11), summing to 1."""
    goals = np.arange(_MAX_GOALS + 1)
    factorial = np.cumprod(np.maximum(goals, 1))
    home, away = (rate**goals / factorial for rate in (home_rate, away_rate))
    matrix = np.outer(home, away)
    return np.asarray(matrix / matrix.sum())


def recent_goals(results: Results, season: int) -> dict[int, list[tuple[float, float]]]:
    """Map team ids to goals for and against in their last matches of the season."""
    recent = _no_goals()
    for m in np.flatnonzero(results.season == season):
        _add(recent, results, int(m))
    return {results.team_ids[team]: list(goals) for team, goals in recent.items()}


def walk_forward(results: Results) -> list[tuple[float, float]]:
    """Expected goals of every match from the earlier weeks of its season."""
    rates: list[tuple[float, float]] = []
    recent, season, week = _no_goals(), None, results.week()
    for number in np.unique(week):
        rows = np.flatnonzero(week == number)
        if season != results.season[rows[0]]:
            recent, season = _no_goals(), results.season[rows[0]]
        rates += [expected_goals(recent[int(results.home[m])], recent[int(results.away[m])]) for m in rows]
        for m in rows:
            _add(recent, results, int(m))
    return rates


def _no_goals() -> defaultdict[int, RecentGoals]:
    return defaultdict(lambda: deque(maxlen=MATCHES_BACK))


def _add(recent: defaultdict[int, RecentGoals], results: Results, m: int) -> None:
    home, away = float(results.home_goals[m]), float(results.away_goals[m])
    recent[int(results.home[m])].append((home, away))
    recent[int(results.away[m])].append((away, home))


def _clip(rate: float) -> float:
    return min(max(rate, _MIN_RATE), _MAX_RATE)
