"""Goal rates of every pairing of a league that give back a forecaster's probabilities when scores are drawn from them.

A season simulation draws scores by the million, so it needs more than a matrix a match: rates that strengths drawn anew
can move, and a dependence of low scores. Of a pairing's matrix three numbers are kept: the expected goals of both sides
together, by how much a home win is likelier than an away win, and the probability of a draw. The dependence of Dixon
and Coles takes as much from a home win as from an away win, so the rates follow from the first two alone, and the
dependence from the third.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from functions.analyze.models.results import Floats
from functions.analyze.models.score_matrix import outcome

Scores = Callable[[int, int], Floats]
"""A forecaster: ids of home and away team to the probabilities of each score, shape (N, N), row = home goals."""

_MAX_GOALS = 24
_WIDEST = 6.0
"""Log of the ratio of two sides' rates, beyond any match."""
_HALVINGS = 18
"""They leave an error of a probability of 1e-5."""
_NODES, _WEIGHTS = np.array([-np.sqrt(3.0), 0.0, np.sqrt(3.0)]), np.array([1.0, 4.0, 1.0]) / 6.0
"""Gauss-Hermite: exact for means of polynomials up to the fifth degree over a normal distribution."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Of T teams, each array of shape (T, T): row plays at home against column; the diagonal is never played."""

    home: Floats
    """Expected goals lambda of the home side, its mean over the uncertainty of strengths."""
    away: Floats
    rho: Floats
    """Dependence of low scores, as Dixon and Coles have it."""


def pairing_rates(team_ids: Sequence[int], scores: Scores, sd: Floats) -> Rates:
    """Rates whose drawn scores have the forecaster's probabilities once strengths are drawn with them.

    Parameters
    ----------
    team_ids : of the T teams.
    scores : asked once for every ordered pair.
    sd : shape (T,), standard deviation of each team's attack and defence on the log scale: forecasts are means over
        it already, so the rates are a little further apart than those that would do without it.
    """
    teams = len(team_ids)
    pairs = [(i, j) for i in range(teams) for j in range(teams) if i != j]
    told = np.array([_told(scores(team_ids[i], team_ids[j])) for i, j in pairs]).reshape(-1, 3)
    variance = np.array([sd[i] ** 2 + sd[j] ** 2 for i, j in pairs])
    made = np.ones((3, teams, teams))
    made[2] = 0.0
    rows, columns = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    made[:, rows, columns] = matched(told[:, 0], told[:, 1], told[:, 2], variance)
    return Rates(home=made[0], away=made[1], rho=made[2])


def matched(goals: Floats, lead: Floats, p_draw: Floats, variance: Floats) -> Floats:
    """Shape (3, P): lambda, mu and rho of P pairings, from what is told of each (shape (P,)).

    Parameters
    ----------
    goals : expected of both sides together.
    lead : probability of a home win less that of an away win.
    p_draw : of a draw; where no admissible rho gives it, the nearest does.
    variance : of the log of either rate.
    """
    low, high = np.full((2, len(goals)), _WIDEST) * np.array([[-1.0], [1.0]])
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        home, away, _ = _outcomes(*_split(goals, middle), variance)
        short = home - away < lead
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    rates = _split(goals, (low + high) / 2)
    home, away, shift = _outcomes(*rates, variance)
    rho = (1.0 - home - away - p_draw) / (2.0 * shift)
    least = -1.0 / np.maximum(np.maximum(*rates), 1.0)
    most = 1.0 / np.maximum(rates[0] * rates[1], 1.0)
    return np.stack([*rates, np.clip(rho, least, most)])


def _told(matrix: Floats) -> tuple[float, float, float]:
    goals = np.arange(len(matrix))
    p_home, p_draw, p_away = outcome(matrix)
    return float(matrix.sum(axis=1) @ goals + matrix.sum(axis=0) @ goals), float(p_home - p_away), float(p_draw)


def _split(goals: Floats, log_ratio: Floats) -> tuple[Floats, Floats]:
    share = 1.0 / (1.0 + np.exp(-log_ratio))
    return goals * share, goals * (1.0 - share)


def _outcomes(home_rate: Floats, away_rate: Floats, variance: Floats) -> tuple[Floats, Floats, Floats]:
    """P(home win), P(away win) without dependence, and what rho = -1 takes of each: means over the uncertainty."""
    spread = np.sqrt(variance)
    p_home, p_away, shift = np.zeros(len(variance)), np.zeros(len(variance)), np.zeros(len(variance))
    for node, weight in zip(_NODES, _WEIGHTS, strict=True):
        home = home_rate * np.exp(node * spread - variance / 2)
        of_home = _poisson(home)
        for other, other_weight in zip(_NODES, _WEIGHTS, strict=True):
            away = away_rate * np.exp(other * spread - variance / 2)
            of_away = _poisson(away)
            both = weight * other_weight
            p_home += both * (of_home[:, 1:] * np.cumsum(of_away, axis=1)[:, :-1]).sum(axis=1)
            p_away += both * (of_away[:, 1:] * np.cumsum(of_home, axis=1)[:, :-1]).sum(axis=1)
            shift += both * home * away * np.exp(-home - away)
    return p_home, p_away, shift


def _poisson(rate: Floats) -> Floats:
    """Shape (P, _MAX_GOALS + 1)."""
    goals = np.arange(1, _MAX_GOALS + 1)
    terms = np.concatenate([np.ones((len(rate), 1)), rate[:, None] / goals], axis=1)
    return np.asarray(np.exp(-rate)[:, None] * np.cumprod(terms, axis=1))
