"""The win model of the system that this one replaces, kept as a baseline to beat: means of a team's last matches.

``lambda home = 1.08 (0.55 scored by home + 0.35 conceded by away + 0.125)``, away alike without the 1.08; rates
between 0.2 and 3.5, independent Poisson goals up to ten of a side.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable

import numpy as np

from functions.analyze.models.results import Floats, Results

NAME = "poisson_recent_matches_v1"
MATCHES_BACK = 10
UNKNOWN = 1.2
"""Goals assumed of a team without a match this season."""

_HOME = 1.08
_OWN, _OTHER, _CONSTANT = 0.55, 0.35, 0.125
_LEAST, _MOST = 0.2, 3.5
_MAX_GOALS = 10

Recent = deque[tuple[float, float]]
"""Goals for and against of a team's last matches of the season."""


def rates(home: Iterable[tuple[float, float]], away: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """Expected goals of both sides from their recent (goals for, goals against)."""
    (home_for, home_against), (away_for, away_against) = means(home), means(away)
    return (
        _bounded(_HOME * (_OWN * home_for + _OTHER * away_against + _CONSTANT)),
        _bounded(_OWN * away_for + _OTHER * home_against + _CONSTANT),
    )


def means(matches: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """Mean goals for and against."""
    kept = list(matches)
    if not kept:
        return UNKNOWN, UNKNOWN
    return sum(goals for goals, _ in kept) / len(kept), sum(goals for _, goals in kept) / len(kept)


def matrix(home_rate: float, away_rate: float) -> Floats:
    """Probabilities of each score, shape (11, 11), summing to 1."""
    goals = np.arange(_MAX_GOALS + 1)
    factorial = np.cumprod(np.maximum(goals, 1))
    home, away = (rate**goals / factorial for rate in (home_rate, away_rate))
    both = np.outer(home, away)
    return np.asarray(both / both.sum())


def recent(results: Results, season: int) -> dict[int, list[tuple[float, float]]]:
    """Team id to goals for and against in its last matches of the season."""
    seen = _empty()
    for m in np.flatnonzero(results.season == season):
        _note(seen, results, int(m))
    return {results.team_ids[team]: list(kept) for team, kept in seen.items()}


def walk(results: Results) -> list[tuple[float, float]]:
    """Rates of every match from the weeks before it in its season."""
    made: list[tuple[float, float]] = []
    seen, season, week = _empty(), None, results.week()
    for number in np.unique(week):
        rows = np.flatnonzero(week == number)
        if season != results.season[rows[0]]:
            seen, season = _empty(), results.season[rows[0]]
        made += [rates(seen[int(results.home[m])], seen[int(results.away[m])]) for m in rows]
        for m in rows:
            _note(seen, results, int(m))
    return made


def _empty() -> defaultdict[int, Recent]:
    return defaultdict(lambda: deque(maxlen=MATCHES_BACK))


def _note(seen: defaultdict[int, Recent], results: Results, m: int) -> None:
    home, away = float(results.home_goals[m]), float(results.away_goals[m])
    seen[int(results.home[m])].append((home, away))
    seen[int(results.away[m])].append((away, home))


def _bounded(rate: float) -> float:
    return min(max(rate, _LEAST), _MOST)
