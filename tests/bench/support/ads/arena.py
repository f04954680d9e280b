"""Runs a bidder over the campaigns of the arena, hour by hour and all campaigns at once, and scores it as BAT does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.domain.ads.pacing import Bidder, Floats, Observation, Plan, State
from tests.bench.support.ads.campaigns import BASE, Campaigns


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a bidder did; hourly arrays have shape (N, H)."""

    clicks: Floats
    spend: Floats
    bid: Floats


def plan_of(campaigns: Campaigns) -> Plan:
    """The plan that every bidder is given: bounds are a factor of eight about the recommended bid."""
    first = campaigns.first_bid
    return Plan(budget=campaigns.budget, first_bid=first, least_bid=first / 8, largest_bid=first * 8)


def run(bidder: Bidder, campaigns: Campaigns) -> Run:
    """Let one bidder bid for every campaign."""
    plan = plan_of(campaigns)
    n, n_hours = campaigns.share.shape
    state, balance = bidder.start(plan), campaigns.budget.copy()
    # Traffic is counted in average days of the campaign, as the product counts it, so that memories mean the same.
    traffic = campaigns.share * (campaigns.n_hours / 24)[:, None]
    left = np.cumsum(traffic[:, ::-1], axis=1)[:, ::-1]
    left = np.concatenate([left, np.zeros((n, 1))], axis=1)
    hours_left = (campaigns.n_hours[:, None] - np.arange(n_hours + 1)).clip(0)
    clicks, spend, bids = np.zeros((n, n_hours)), np.zeros((n, n_hours)), np.zeros((n, n_hours))
    for hour in range(n_hours):
        decision = bidder.decide(plan, state)
        gained, paid = _hour(campaigns, hour, decision.bid, decision.participation, balance)
        balance = np.maximum(balance - paid, 0.0)
        clicks[:, hour], spend[:, hour], bids[:, hour] = gained, paid, decision.bid
        seen = Observation(
            spend=paid,
            balance=balance,
            traffic=traffic[:, hour],
            traffic_left=left[:, hour + 1],
            hours=np.ones(n),
            hours_left=hours_left[:, hour + 1],
        )
        state = _running(state, bidder.step(plan, state, seen), hours_left[:, hour + 1] > 0)
    return Run(clicks=clicks, spend=spend, bid=bids)


def _hour(
    campaigns: Campaigns, hour: int, bid: Floats, participation: Floats, balance: Floats
) -> tuple[Floats, Floats]:
    """Clicks and spend of an hour; one that would cost more than is left is scaled to it, as BAT does."""
    bins = np.floor(np.log(np.maximum(bid, 1e-9)) / np.log(BASE) + 1e-9).astype(int)
    rows, inside = np.arange(len(bid)), bins >= 0
    bins = bins.clip(0, campaigns.clicks.shape[2] - 1)
    clicks = np.where(inside, campaigns.clicks[rows, hour, bins], 0.0) * participation
    spend = np.where(inside, campaigns.spend[rows, hour, bins], 0.0) * participation
    scale = np.where(spend > balance, balance / np.maximum(spend, 1e-12), 1.0)
    return clicks * scale, spend * scale


def _running(before: State, after: State, runs: NDArray[np.bool_]) -> State:
    return {name: np.where(runs, after[name], before[name]) for name in after}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """The metrics of BAT and the regret, each over all campaigns."""

    clicks: float
    cost_per_click: float
    relative_cost_per_click: float
    """Beside the optimum's."""
    traffic_rmse: float
    quick_spend: float
    share_of_optimum: float
    """Clicks of all campaigns beside those of the optimum."""
    regret: float
    regret_interval: tuple[float, float]
    """Mean over campaigns of 1 - clicks / optimum, and its 95 % interval."""
    overspent: int
    spent: float
    """Mean share of the budget."""
    small_deviation: float
    large_deviation: float
    """Mean distance of spend to the campaign's own curve at the ends of days, as a share of the budget: in the quarter
    of campaigns with the smallest and the largest budgets."""


def score(run: Run, campaigns: Campaigns, optimum: tuple[Floats, Floats]) -> Scores:
    """Score a run beside the optimum's clicks and spend."""
    best_clicks, best_spend = optimum
    clicks, spend = run.clicks.sum(axis=1), run.spend.sum(axis=1)
    regrets = 1 - clicks / np.maximum(best_clicks, 1e-12)
    half = 1.96 * regrets.std(ddof=1) / np.sqrt(len(regrets))
    deviation = curve_deviation(run, campaigns)
    order = np.argsort(campaigns.budget)
    quarter = max(1, len(order) // 4)
    cost_per_click = spend.sum() / max(clicks.sum(), 1e-12)
    return Scores(
        clicks=float(clicks.sum()),
        cost_per_click=float(cost_per_click),
        relative_cost_per_click=float(cost_per_click / (best_spend.sum() / best_clicks.sum())),
        traffic_rmse=float(_traffic_rmse(run, campaigns).mean()),
        quick_spend=float(_spends_quickly(run, campaigns).mean()),
        share_of_optimum=float(clicks.sum() / best_clicks.sum()),
        regret=float(regrets.mean()),
        regret_interval=(float(regrets.mean() - half), float(regrets.mean() + half)),
        overspent=int((spend > campaigns.budget * (1 + 1e-9)).sum()),
        spent=float((spend / campaigns.budget).mean()),
        small_deviation=float(deviation[order[:quarter]].mean()),
        large_deviation=float(deviation[order[-quarter:]].mean()),
    )


def curve_deviation(run: Run, campaigns: Campaigns) -> Floats:
    """Mean over ends of days of |spend so far - plan so far| / budget; shape (N,)."""
    ends = np.arange(23, campaigns.share.shape[1], 24)
    gap = (np.cumsum(run.spend, axis=1) / campaigns.budget[:, None] - np.cumsum(campaigns.share, axis=1))[:, ends]
    running = ends < campaigns.n_hours[:, None]
    return np.asarray(np.abs(gap * running).sum(axis=1) / running.sum(axis=1))


def _traffic_rmse(run: Run, campaigns: Campaigns) -> Floats:
    ideal = campaigns.share * campaigns.budget[:, None]
    running = np.arange(campaigns.share.shape[1]) < campaigns.n_hours[:, None]
    squares = ((run.spend - ideal) ** 2 * running).sum(axis=1) / campaigns.n_hours
    return np.asarray(np.sqrt(squares) / (campaigns.budget / campaigns.n_hours))


def _spends_quickly(run: Run, campaigns: Campaigns) -> Floats:
    first_half = np.arange(campaigns.share.shape[1]) < campaigns.n_hours[:, None] / 2
    return np.asarray((run.spend * first_half).sum(axis=1) > 0.9 * campaigns.budget, dtype=float)
