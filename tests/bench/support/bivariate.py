"""The bivariate Poisson model, an evaluated row beside Dixon-Coles: goals both sides share raise draws.

Home and away goals are ``X = A + C`` and ``Y = B + C`` with independent Poisson counts A, B, C; the means of A and B
are those of `functions.analyze.models.dixon_coles` with its decay and priors, the mean of C is one number. Fitted by
expectation and maximisation: the shared goals of each match given its score, then one Newton step for the rest.

References
----------
Karlis and Ntzoufras (2003), Analysis of sports data by using bivariate Poisson models, The Statistician 52.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from functions.analyze.models import dixon_coles
from functions.analyze.models.results import Floats, Results
from tests.bench.support.forecasters import GoalRates, League, alone, windows

_START = 0.05
"""Shared goals a match, before any is known."""
_MOST_ROUNDS = 1000
_SETTLED = 2e-5


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A fitted model."""

    own: dixon_coles.Fit
    """Of the goals a side does not share; its rho is 0."""
    shared: float
    """Mean of the goals both sides share."""
    converged: bool


def fit(results: Results, *, at_day: float, decay_per_day: float, shared: float = _START) -> Fit:
    """Penalised, weighted maximum likelihood; `shared` is where it starts."""
    weights = np.exp(-decay_per_day * (at_day - results.day))
    problem = dixon_coles._Likelihood(results, weights, dixon_coles.PRIOR_SD)
    beta, settled, n_rounds = problem.start(), False, 0
    while not settled and n_rounds < _MOST_ROUNDS:
        in_common = shared_goals(results, *problem.rates(beta), shared)
        problem.goals = np.concatenate([results.home_goals - in_common, results.away_goals - in_common])
        step = problem.newton_step(beta, 0.0)
        before, shared = shared, float(weights @ in_common / weights.sum())
        beta, n_rounds = beta + step, n_rounds + 1
        settled = bool(abs(shared - before) < _SETTLED and np.abs(step).max() < _SETTLED)
    return Fit(own=problem.to_fit(beta, 0.0, n_rounds, settled), shared=shared, converged=settled)


def shared_goals(results: Results, home: Floats, away: Floats, shared: float) -> Floats:
    """Shape (M,): expected goals in common given each score and the means of all three counts."""
    x, y = results.home_goals, results.away_goals
    term, total, weighted = np.ones(len(x)), np.ones(len(x)), np.zeros(len(x))
    for k in range(1, int(np.minimum(x, y).max(initial=0)) + 1):
        term = term * (x - k + 1).clip(0) * (y - k + 1).clip(0) / k * shared / (home * away)
        total, weighted = total + term, weighted + k * term
    return np.asarray(weighted / total)


def goal_rates(of: League, *, decay_per_day: float) -> GoalRates:
    """Fitted anew every week on three years; what is shared cancels in who wins, so the other means say all."""
    results = of.results
    instance, shared, n_unsettled = np.full((2, len(results)), np.nan), _START, 0
    for monday, before, rows in windows(results):
        known = alone(results, before)
        result = fit(known, at_day=monday, decay_per_day=decay_per_day, shared=max(shared, 0.01))
        shared, index = result.shared, known.index()
        n_unsettled += not result.converged
        for m in rows:
            instance[:, m] = result.own.rates(index.get(int(results.home[m])), index.get(int(results.away[m])))
    if n_unsettled:
        raise ArithmeticError(f"{n_unsettled} fits did not settle")
    return GoalRates(home=instance[0], away=instance[1], rho=np.zeros(len(results)))
