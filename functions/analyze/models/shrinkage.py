"""Shrink rates of few events towards their mean: empirical Bayes for Poisson counts.

A count ``y`` at exposure ``e`` is Poisson with mean ``e * rate``. The rates of all teams or referees follow a gamma
distribution, whose mean ``m`` and variance ``v`` are estimated by moments. The posterior mean of a rate is
``(y + m^2/v) / (e + m/v)``: close to the mean at low exposure, close to the raw rate at high exposure. If the counts
differ by no more than chance explains, every rate is the mean.

References
----------
Clayton and Kaldor (1987), Empirical Bayes estimates of age-standardized relative risks for use in disease mapping,
Biometrics 43. Marshall (1991), Mapping disease and mortality rates using empirical Bayes estimators, Applied Statistics
40: the estimate of the moments.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from functions.analyze.models.results import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class ShrunkRates:
    """The shrunk rates of N teams or referees."""

    mean: float
    """Mean rate."""
    variance: float
    """Variance of the true rates; 0 where chance explains all differences."""
    rate: Floats
    """Shape (N,), posterior means."""
    sd: Floats
    """Shape (N,), posterior standard deviations; 0 where the variance is 0."""


def shrink_rates(counts: Floats, exposure: Floats) -> ShrunkRates:
    """Compute empirical Bayes rates.

    Parameters
    ----------
    counts : shape (N,), events, at least 0.
    exposure : shape (N,), number of matches or fouls behind each count, above 0.
    """
    total = float(exposure.sum())
    mean = float(counts.sum()) / total
    spread = float(exposure @ (counts / exposure - mean) ** 2) / total
    variance = max(spread - mean / float(exposure.mean()), 0.0)
    if variance == 0.0:
        return ShrunkRates(mean=mean, variance=0.0, rate=np.full(len(counts), mean), sd=np.zeros(len(counts)))
    shape, rate = mean**2 / variance + counts, mean / variance + exposure
    return ShrunkRates(mean=mean, variance=variance, rate=shape / rate, sd=np.sqrt(shape) / rate)
