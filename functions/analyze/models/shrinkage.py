"""Rates of few events drawn towards the mean of their kind: empirical Bayes for Poisson counts.

A count ``y`` at exposure ``e`` is Poisson with the mean ``e * rate``, and rates are spread over teams or referees as a
gamma distribution, whose mean and variance are estimated by moments from all of them. The posterior mean of a rate is
``(y + m^2/v) / (e + m/v)``: who was seen seldom is told near the mean, who was seen often by his own numbers. Where
the counts differ by no more than chance would have them differ, all are told the mean.

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
class Shrunk:
    """Of N rates of one kind."""

    mean: float
    """Of all together."""
    variance: float
    """Of the true rates; 0 where chance explains all differences."""
    rate: Floats
    """Shape (N,), posterior means."""
    sd: Floats
    """Shape (N,), posterior standard deviations; 0 where the variance is."""


def shrunk(counts: Floats, exposure: Floats) -> Shrunk:
    """Empirical Bayes rates.

    Parameters
    ----------
    counts : shape (N,), events, at least 0.
    exposure : shape (N,), what they are counted over (matches, fouls), above 0.
    """
    total = float(exposure.sum())
    mean = float(counts.sum()) / total
    spread = float(exposure @ (counts / exposure - mean) ** 2) / total
    variance = max(spread - mean / float(exposure.mean()), 0.0)
    if variance == 0.0:
        return Shrunk(mean=mean, variance=0.0, rate=np.full(len(counts), mean), sd=np.zeros(len(counts)))
    shape, rate = mean**2 / variance + counts, mean / variance + exposure
    return Shrunk(mean=mean, variance=variance, rate=shape / rate, sd=np.sqrt(shape) / rate)
