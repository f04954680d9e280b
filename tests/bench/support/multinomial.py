"""A multinomial logit with a mild ridge, fitted by Newton steps: how links of the benchmarks are fitted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from functions.analyze.models.results import Floats, Ints

RIDGE = 3.0
"""Of standardised coefficients: felt only where two features say nearly the same."""
_MAX_STEPS = 50
_TOLERANCE = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True)
class Logit:
    """Log odds of home win and of away win against a draw, linear in F features."""

    constant: Floats
    """Shape (2,)."""
    slope: Floats
    """Shape (2, F), of the features as they are: standardisation is folded in."""

    def probabilities(self, features: Floats) -> Floats:
        """Shape (M, 3), home, draw, away, of `features`, shape (M, F)."""
        return softmax(features @ self.slope.T + self.constant)


def softmax(log_odds: Floats) -> Floats:
    """Shape (M, 3) of log odds against a draw, shape (M, 2): home, away."""
    full = np.insert(log_odds, 1, 0.0, axis=1)
    grown = np.exp(full - full.max(axis=1, keepdims=True))
    return np.asarray(grown / grown.sum(axis=1, keepdims=True))


def fit(features: Floats, outcome: Ints, *, ridge: float = RIDGE) -> Logit:
    """Penalised maximum likelihood: features, shape (M, F); outcome, shape (M,), 0 home, 1 draw, 2 away.

    Raises
    ------
    ArithmeticError : Newton's steps do not settle.
    """
    centre, scale = features.mean(axis=0), features.std(axis=0)
    design = np.column_stack([np.ones(len(features)), (features - centre) / scale])
    beta = np.zeros((2, design.shape[1]))
    for _ in range(_MAX_STEPS):
        step = _step(beta, design, outcome, ridge)
        beta = beta + step
        if np.abs(step).max() < _TOLERANCE:
            slope = beta[:, 1:] / scale
            return Logit(constant=beta[:, 0] - slope @ centre, slope=slope)
    raise ArithmeticError("the logit did not converge")


def objective(beta: Floats, design: Floats, outcome: Ints, ridge: float) -> float:
    """Penalised log likelihood of `beta`, shape (2, 1 + F); the constants are free."""
    p = softmax(design @ beta.T)
    return float(np.log(p[np.arange(len(p)), outcome]).sum() - 0.5 * ridge * (beta[:, 1:] ** 2).sum())


def gradient(beta: Floats, design: Floats, outcome: Ints, ridge: float) -> Floats:
    """Shape (2, 1 + F): slope of `objective`."""
    observed = np.eye(3)[outcome][:, [0, 2]]
    pull = ridge * beta
    pull[:, 0] = 0.0
    return np.asarray((observed - softmax(design @ beta.T)[:, [0, 2]]).T @ design - pull)


def _step(beta: Floats, design: Floats, outcome: Ints, ridge: float) -> Floats:
    p = softmax(design @ beta.T)[:, [0, 2]]
    free = np.full(design.shape[1], ridge)
    free[0] = 0.0
    blocks = [[_block(p, i, j, design) + (i == j) * np.diag(free) for j in (0, 1)] for i in (0, 1)]
    slope = gradient(beta, design, outcome, ridge)
    return np.asarray(np.linalg.solve(np.block(blocks), slope.ravel()).reshape(beta.shape))


def _block(p: Floats, i: int, j: int, design: Floats) -> Floats:
    """Minus the second derivative in the coefficients of outcomes i and j."""
    weight = p[:, i] * ((i == j) - p[:, j])
    return np.asarray((design * weight[:, None]).T @ design)


def pool_weights(forecasts: list[Floats], outcome: Ints) -> Floats:
    """Exponents w, shape (K,), that make ``prod p_k^w`` likeliest: K forecasts, each of shape (M, 3)."""
    logs = np.log(np.stack(forecasts))
    weights = np.full(len(forecasts), 1 / len(forecasts))
    for _ in range(_MAX_STEPS):
        p = pooled(forecasts, weights)
        mean = np.einsum("kmo,mo->km", logs, p)
        slope = (logs[:, np.arange(len(outcome)), outcome] - mean).sum(axis=1)
        apart = logs - mean[:, :, None]
        step = np.linalg.solve(np.einsum("kmo,lmo,mo->kl", apart, apart, p), slope)
        weights = weights + step
        if np.abs(step).max() < _TOLERANCE:
            return np.asarray(weights)
    raise ArithmeticError("the pool did not converge")


def pooled(forecasts: list[Floats], weights: Floats) -> Floats:
    """The normalised product of forecasts to the power of their weights, shape (M, 3)."""
    grown = np.exp(np.tensordot(weights, np.log(np.stack(forecasts)), axes=1))
    return np.asarray(grown / grown.sum(axis=1, keepdims=True))
