"""Goal rates of every pairing: scores drawn from them have the forecaster's probabilities.

A season simulation draws millions of scores with varying team strengths, so it needs goal rates and a low-score
dependence rather than one score matrix per match. Three numbers of a pairing's matrix determine them: the expected
goals of both sides together, the probability of a home win minus that of an away win, and the probability of a draw.
The Dixon-Coles dependence reduces home wins and away wins by the same amount, so the rates follow from the first two
numbers and the dependence from the third.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from functions.analyze.models.results import Floats
from functions.analyze.models.score_matrix import outcome_probabilities

Scores = Callable[[int, int], Floats]
"""Ids of home and away team to the probabilities of each score, shape (N, N), row = home goals."""

_MAX_GOALS = 24
_MAX_LOG_RATIO = 6.0
"""Log of the ratio of both rates, beyond that of any match."""
_HALVINGS = 18
"""Bisections; they leave an error of 1e-5 in a probability."""
_NODES, _WEIGHTS = np.array([-np.sqrt(3.0), 0.0, np.sqrt(3.0)]), np.array([1.0, 4.0, 1.0]) / 6.0
"""Gauss-Hermite quadrature, exact for means of polynomials up to degree 5 over a normal distribution."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Rates of T teams, each array of shape (T, T): row at home against column; the diagonal has no meaning."""

    home: Floats
    """Expected goals lambda of the home side, the mean over the uncertainty of strengths."""
    away: Floats
    rho: Floats
    """Low-score dependence of Dixon and Coles."""


def pairing_rates(team_ids: Sequence[int], scores: Scores, sd: Floats) -> Rates:
    """Compute the rates whose scores, drawn with varying strengths, have the forecaster's probabilities.

    Parameters
    ----------
    team_ids : ids of the T teams.
    scores : called once for every ordered pair.
    sd : shape (T,), standard deviation of each team's attack and defence on the log scale. Forecasts are already
        means over it, so the rates lie a little further apart than they would without it.
    """
    teams = len(team_ids)
    pairs = [(i, j) for i in range(teams) for j in range(teams) if i != j]
    targets = np.array([_targets(scores(team_ids[i], team_ids[j])) for i, j in pairs]).reshape(-1, 3)
    variance = np.array([sd[i] ** 2 + sd[j] ** 2 for i, j in pairs])
    rates = np.ones((3, teams, teams))
    rates[2] = 0.0
    rows, columns = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    rates[:, rows, columns] = match_rates(targets[:, 0], targets[:, 1], targets[:, 2], variance)
    return Rates(home=rates[0], away=rates[1], rho=rates[2])


def match_rates(goals: Floats, lead: Floats, p_draw: Floats, variance: Floats) -> Floats:
    """Shape (3, P): lambda, mu and rho of P pairings, from three numbers of each (shape (P,)).

    Parameters
    ----------
    goals : expected goals of both sides together.
    lead : probability of a home win minus that of an away win.
    p_draw : probability of a draw; where no admissible rho gives it, the nearest one is taken.
    variance : variance of the log of each rate.
    """
    low, high = np.full((2, len(goals)), _MAX_LOG_RATIO) * np.array([[-1.0], [1.0]])
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        home, away, _ = _win_probabilities(*_split(goals, middle), variance)
        is_below = home - away < lead
        low, high = np.where(is_below, middle, low), np.where(is_below, high, middle)
    rates = _split(goals, (low + high) / 2)
    home, away, shift = _win_probabilities(*rates, variance)
    rho = (1.0 - home - away - p_draw) / (2.0 * shift)
    lowest = -1.0 / np.maximum(np.maximum(*rates), 1.0)
    highest = 1.0 / np.maximum(rates[0] * rates[1], 1.0)
    return np.stack([*rates, np.clip(rho, lowest, highest)])


def _targets(matrix: Floats) -> tuple[float, float, float]:
    goals = np.arange(len(matrix))
    p_home, p_draw, p_away = outcome_probabilities(matrix)
    return float(matrix.sum(axis=1) @ goals + matrix.sum(axis=0) @ goals), float(p_home - p_away), float(p_draw)


def _split(goals: Floats, log_ratio: Floats) -> tuple[Floats, Floats]:
    share = 1.0 / (1.0 + np.exp(-log_ratio))
    return goals * share, goals * (1.0 - share)


def _win_probabilities(home_rate: Floats, away_rate: Floats, variance: Floats) -> tuple[Floats, Floats, Floats]:
    """P(home win), P(away win) without dependence, and what rho = -1 takes from each: means over the uncertainty."""
    spread = np.sqrt(variance)
    p_home, p_away, shift = np.zeros(len(variance)), np.zeros(len(variance)), np.zeros(len(variance))
    for node, weight in zip(_NODES, _WEIGHTS, strict=True):
        home = home_rate * np.exp(node * spread - variance / 2)
        p_home_goals = _poisson(home)
        for away_node, away_weight in zip(_NODES, _WEIGHTS, strict=True):
            away = away_rate * np.exp(away_node * spread - variance / 2)
            p_away_goals = _poisson(away)
            joint = weight * away_weight
            p_home += joint * (p_home_goals[:, 1:] * np.cumsum(p_away_goals, axis=1)[:, :-1]).sum(axis=1)
            p_away += joint * (p_away_goals[:, 1:] * np.cumsum(p_home_goals, axis=1)[:, :-1]).sum(axis=1)
            shift += joint * home * away * np.exp(-home - away)
    return p_home, p_away, shift


def _poisson(rate: Floats) -> Floats:
    """Shape (P, _MAX_GOALS + 1)."""
    goals = np.arange(1, _MAX_GOALS + 1)
    terms = np.concatenate([np.ones((len(rate), 1)), rate[:, None] / goals], axis=1)
    return np.asarray(np.exp(-rate)[:, None] * np.cumprod(terms, axis=1))
