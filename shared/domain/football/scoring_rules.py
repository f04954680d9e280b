"""Score forecasts of three outcomes: scoring rules, calibration, and bootstrap intervals.

References
----------
Epstein (1969), A scoring system for probability forecasts of ranked categories, Journal of Applied Meteorology 8.
Constantinou and Fenton (2012), Solving the problem of inadequate scoring rules for assessing probabilistic football
forecast models, Journal of Quantitative Analysis in Sports 8. Efron (1979), Bootstrap methods, Annals of Statistics 7.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_MIN_P = 1e-15
"""Replaces a probability of zero before its logarithm is taken."""
_BATCH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Forecasts with about the same probability."""

    n: int
    forecast: float
    """Mean forecast probability."""
    observed: float
    """Share of the outcomes that happened."""


def rps(p: Floats, outcome: Ints) -> Floats:
    """Ranked probability score of each match, shape (M,): 0 is perfect.

    Parameters
    ----------
    p : shape (M, 3), probabilities of home win, draw and away win.
    outcome : shape (M,), 0 home win, 1 draw, 2 away win.
    """
    ahead = np.cumsum(p - _one_hot(outcome), axis=1)[:, :2]
    return np.asarray((ahead**2).sum(axis=1) / 2)


def log_loss(p: Floats, outcome: Ints) -> Floats:
    """Minus the natural logarithm of the probability of each match's outcome, shape (M,)."""
    return np.asarray(-np.log(np.maximum(p[np.arange(len(p)), outcome], _MIN_P)))


def brier(p: Floats, outcome: Ints) -> Floats:
    """Squared distance of each forecast from its outcome over all three, shape (M,): 0 to 2."""
    return np.asarray(((p - _one_hot(outcome)) ** 2).sum(axis=1))


def calibration(p: Floats, outcome: Ints, *, n_bins: int = 10) -> list[Bin]:
    """Sort all 3 M probabilities into `n_bins` bins of equal size; compare each bin's mean with the observed share."""
    order = np.argsort(p, axis=None, kind="stable")
    forecast, observed = p.ravel()[order], _one_hot(outcome).ravel()[order]
    parts = [part for part in np.array_split(np.arange(len(forecast)), n_bins) if len(part)]
    return [
        Bin(n=len(part), forecast=float(forecast[part].mean()), observed=float(observed[part].mean())) for part in parts
    ]


def bootstrap_interval(values: Floats, *, n: int = 2000, seed: int = 0) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of the mean of `values`, shape (M,); pass differences to compare pairs."""
    random = np.random.default_rng(seed)
    means = np.empty(n)
    for start in range(0, n, _BATCH):
        stop = min(start + _BATCH, n)
        means[start:stop] = values[random.integers(0, len(values), (stop - start, len(values)))].mean(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)


def _one_hot(outcome: Ints) -> Floats:
    return np.eye(3)[outcome]
