"""The offline optimum: the linear programme that knows every hour before it comes."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack

from shared.domain.ads.pacing import Floats
from tests.bench.support.ads.campaigns import Campaigns


def optimal_clicks(campaigns: Campaigns) -> tuple[Floats, Floats]:
    """Return clicks and spend of each campaign's optimum, each of shape (N,).

    Maximise ``sum x[h, b] clicks[h, b]`` subject to ``sum x[h, b] spend[h, b] <= budget``, ``sum_b x[h, b] <= 1`` for
    every hour and ``x >= 0``: the share of each hour that is bid in each bin.
    """
    results = [_optimum(campaigns, row) for row in range(len(campaigns.budget))]
    clicks, spend = np.array(results).T
    return clicks, spend


def _optimum(campaigns: Campaigns, row: int) -> tuple[float, float]:
    hours = int(campaigns.n_hours[row])
    clicks, spend = campaigns.clicks[row, :hours], campaigns.spend[row, :hours]
    # A bin with no click more than the one below only costs more; leaving them out makes the programme a third as
    # large.
    useful = np.diff(clicks, axis=1, prepend=0.0) > 0
    hour, bin_ = np.nonzero(useful)
    if not len(hour):
        return 0.0, 0.0
    gains, costs = clicks[hour, bin_], spend[hour, bin_]
    one_a_hour = csr_array((np.ones(len(hour)), (hour, np.arange(len(hour)))), shape=(hours, len(hour)))
    solution = linprog(
        -gains,
        A_ub=vstack([csr_array(costs[None, :]), one_a_hour]),
        b_ub=np.concatenate([[campaigns.budget[row]], np.ones(hours)]),
        method="highs",
    )
    assert solution.success, solution.message
    return -float(solution.fun), float(costs @ solution.x)
