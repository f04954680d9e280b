"""The time-decayed Dixon-Coles goal model, fitted by Newton steps in numpy alone.

Goals of home side i against j: ``log lambda = base + home + attack[i] + defence[j]``, of the away side:
``log mu = base + attack[j] + defence[i]``; low scores are corrected by ``tau`` (below). Matches weigh
``exp(-decay_per_day * age)``.

Strengths have a Gaussian prior (mean 0, standard deviation `PRIOR_SD`), which makes a fit after three matchdays
sensible. Teams new to the league share an estimated offset, because promoted teams are weaker than the mean of the
others. Attacks sum to zero, and so do defences.

References
----------
Dixon and Coles (1997), Modelling Association Football Scores and Inefficiencies in the Football Betting Market,
Applied Statistics 46. Maher (1982), Modelling association football scores, Statistica Neerlandica 36.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from functions.analyze.models.results import Floats, Results
from shared.errors import InvalidInput

DECAY_PER_DAY = 0.0018
"""A half-life of 385 days: the flat optimum reported for league football (0.0065 per half week in the paper)."""

PRIOR_SD = 0.40
"""Standard deviation of a strength, log goals. Walk-forward by week on 10,707 matches of five European leagues
(2019/20 to 2024/25, three years of training) the ranked probability score is 0.2033 at 0.20, 0.2020 at 0.30 and 0.2019
at 0.45: flat from 0.3 on, so the value matters for short histories only."""

_LEVEL_PRIOR_SD = 1.0
"""Standard deviation of the prior on base (around the observed mean) and home effect: too wide to matter after one
matchday."""

_MAX_LOG_RATE = 10.0
"""A Newton step that expects e^10 goals of a side has overshot."""

_MAX_STEPS = 50
_TOLERANCE = 1e-9
_RHO_MARGIN = 0.99
"""Share of the admissible range of rho that is used, so that no score probability becomes exactly zero."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A fitted model of T teams."""

    team_ids: tuple[int, ...]
    base: float
    home: float
    attack: Floats
    """Shape (T,), log goals scored above the mean."""
    defence: Floats
    """Shape (T,), log goals conceded above the mean; lower is better."""
    newcomer: tuple[float, float]
    """Attack and defence assumed for a team without any match: the offset of teams new to the league."""
    rho: float
    n_matches: int
    n_by_team: Floats
    """Shape (T,), number of matches of each team."""
    n_steps: int
    converged: bool
    log_likelihood: float

    def rates(self, home: int | None, away: int | None) -> tuple[float, float]:
        """Return the expected goals (lambda, mu) of two team indices; None is a team without any match."""
        home_attack, home_defence = self._strength(home)
        away_attack, away_defence = self._strength(away)
        return (
            float(np.exp(self.base + self.home + home_attack + away_defence)),
            float(np.exp(self.base + away_attack + home_defence)),
        )

    def _strength(self, team: int | None) -> tuple[float, float]:
        return self.newcomer if team is None else (float(self.attack[team]), float(self.defence[team]))


def rho_range(rates_home: Floats, rates_away: Floats) -> tuple[float, float]:
    """Return the bounds of rho within which every `tau` stays positive.

    ``max(-1/lambda, -1/mu) <= rho <= min(1/(lambda mu), 1)`` for every pair of rates (Dixon and Coles 1997, eq. 4.2).
    """
    low = float(np.max(np.maximum(-1 / rates_home, -1 / rates_away)))
    high = float(min(np.min(1 / (rates_home * rates_away)), 1.0))
    return low * _RHO_MARGIN, high * _RHO_MARGIN


def admissible_rho(home_rate: float, away_rate: float) -> tuple[float, float]:
    """Return `rho_range` of one pair of rates."""
    low, high = max(-1 / home_rate, -1 / away_rate), min(1 / (home_rate * away_rate), 1.0)
    return low * _RHO_MARGIN, high * _RHO_MARGIN


def fit(results: Results, *, at_day: float, decay_per_day: float = DECAY_PER_DAY, prior_sd: float = PRIOR_SD) -> Fit:
    """Maximise the penalised, weighted log likelihood.

    Alternates Newton steps in the strengths (rho fixed) with the one-dimensional, concave problem in rho (strengths
    fixed) until neither moves. Deterministic.

    Parameters
    ----------
    results : matches before `at_day`, M >= 1.
    at_day : days since 1970-01-01; the age of a match is counted from here.
    decay_per_day : xi of Dixon and Coles, per day.
    prior_sd : standard deviation of the Gaussian prior, log goals.

    Raises
    ------
    InvalidInput : there is no match, or one lies after `at_day`.
    """
    if not len(results):
        raise InvalidInput("no final score to fit on")
    if float(results.day.max()) > at_day:
        raise InvalidInput("a match lies after the day of the fit")
    likelihood = _Likelihood(results, np.exp(-decay_per_day * (at_day - results.day)), prior_sd)
    beta = likelihood.start()
    rho, n_steps, converged = 0.0, 0, False
    while n_steps < _MAX_STEPS and not converged:
        step = likelihood.newton_step(beta, rho)
        beta = beta + step
        previous, rho = rho, likelihood.best_rho(beta, rho)
        n_steps += 1
        converged = bool(np.max(np.abs(step)) < _TOLERANCE and abs(rho - previous) < _TOLERANCE)
    return likelihood.to_fit(beta, rho, n_steps, converged)


class _Likelihood:
    """The likelihood in matrix form: 2M counts; columns base, home, attacks, defences, offsets of new teams."""

    def __init__(self, results: Results, weights: Floats, prior_sd: float) -> None:
        n, teams = len(results), len(results.team_ids)
        self.results, self.weights = results, weights
        h, a = results.home_goals, results.away_goals
        self.newcomer = results.newcomers().astype(np.float64)
        design = np.zeros((2 * n, 4 + 2 * teams))
        row = np.arange(n)
        design[:, 0] = 1.0
        design[row, 1] = 1.0
        for rows, scorer, conceder in ((row, results.home, results.away), (row + n, results.away, results.home)):
            design[rows, 2 + scorer] = 1.0
            design[rows, 2 + teams + conceder] = 1.0
            design[rows, -2] = self.newcomer[scorer]
            design[rows, -1] = self.newcomer[conceder]
        self.design = design
        self.goals = np.concatenate([h, a])
        self.weight2 = np.concatenate([weights, weights])
        self.precision = np.full(design.shape[1], prior_sd**-2)
        self.precision[:2] = _LEVEL_PRIOR_SD**-2
        # A few matches do not determine the level of goals: it is held near their mean, and never below 0.5 per side.
        self.centre = np.zeros(design.shape[1])
        self.centre[0] = np.log(max(float(np.average(self.goals, weights=self.weight2)), 0.5))
        # Without an earlier season no team is new and the two offset columns are empty: the prior keeps them at zero.
        self.cell = {(x, y): np.flatnonzero((h == x) & (a == y)) for x in (0, 1) for y in (0, 1)}

    def start(self) -> Floats:
        """Return the start value: all teams are equal, at the observed mean."""
        return self.centre.copy()

    def rates(self, beta: Floats) -> tuple[Floats, Floats]:
        rates = np.exp(self.design @ beta)
        return rates[: len(self.results)], rates[len(self.results) :]

    def objective(self, beta: Floats, rho: float) -> float:
        """Return the penalised log likelihood without the constant ``log goals!``; -inf where a tau is not positive."""
        linear = self.design @ beta
        if linear.max() > _MAX_LOG_RATE:
            return -np.inf
        tau = self._tau(*self.rates(beta), rho)
        if np.any(tau <= 0):
            return -np.inf
        poisson = float(self.weight2 @ (self.goals * linear - np.exp(linear)))
        penalty = 0.5 * float(self.precision @ (beta - self.centre) ** 2)
        return poisson + float(self.weights @ np.log(tau)) - penalty

    def newton_step(self, beta: Floats, rho: float) -> Floats:
        """Return a step with the Poisson Hessian (the curvature of tau is negligible), halved until it improves."""
        lam, mu = self.rates(beta)
        both = np.concatenate([lam, mu])
        slope = self.weight2 * (self.goals - both) + self._tau_slope(lam, mu, rho)
        gradient = self.design.T @ slope - self.precision * (beta - self.centre)
        hessian = (self.design * (self.weight2 * both)[:, None]).T @ self.design + np.diag(self.precision)
        step = np.linalg.solve(hessian, gradient)
        before = self.objective(beta, rho)
        for _ in range(30):
            if self.objective(beta + step, rho) >= before:
                return np.asarray(step)
            step = step / 2
        return np.zeros_like(beta)

    def best_rho(self, beta: Floats, rho: float) -> float:
        """Maximise over rho by Newton steps in the admissible range; sums of logs of affine functions are concave."""
        lam, mu = self.rates(beta)
        low, high = rho_range(*self._all_pairs(beta))
        slope_of_tau = np.zeros(len(self.results))
        slope_of_tau[self.cell[0, 0]] = -(lam * mu)[self.cell[0, 0]]
        slope_of_tau[self.cell[0, 1]] = lam[self.cell[0, 1]]
        slope_of_tau[self.cell[1, 0]] = mu[self.cell[1, 0]]
        slope_of_tau[self.cell[1, 1]] = -1.0
        rho = min(max(rho, low), high)
        for _ in range(_MAX_STEPS):
            ratio = slope_of_tau / (1.0 + slope_of_tau * rho)
            first, second = float(self.weights @ ratio), float(self.weights @ ratio**2)
            if second == 0.0:
                return rho
            new_rho = min(max(rho + first / second, low), high)
            if abs(new_rho - rho) < _TOLERANCE:
                return new_rho
            rho = new_rho
        return rho

    def to_fit(self, beta: Floats, rho: float, n_steps: int, converged: bool) -> Fit:
        teams = len(self.results.team_ids)
        attack = beta[2 : 2 + teams] + beta[-2] * self.newcomer
        defence = beta[2 + teams : 2 + 2 * teams] + beta[-1] * self.newcomer
        attack_mean, defence_mean = float(attack.mean()), float(defence.mean())
        n_matches = np.bincount(np.concatenate([self.results.home, self.results.away]), minlength=teams)
        return Fit(
            team_ids=self.results.team_ids,
            # Only sums matter, so the means move into the base: strengths are relative to this league.
            base=float(beta[0]) + attack_mean + defence_mean,
            home=float(beta[1]),
            attack=attack - attack_mean,
            defence=defence - defence_mean,
            newcomer=(float(beta[-2]) - attack_mean, float(beta[-1]) - defence_mean),
            rho=rho,
            n_matches=len(self.results),
            n_by_team=n_matches.astype(np.float64),
            n_steps=n_steps,
            converged=converged,
            log_likelihood=self.objective(beta, rho),
        )

    def _all_pairs(self, beta: Floats) -> tuple[Floats, Floats]:
        """Return the rates of every possible pairing, so that rho is admissible for coming matches too."""
        teams = len(self.results.team_ids)
        attack = beta[2 : 2 + teams] + beta[-2] * self.newcomer
        defence = beta[2 + teams : 2 + 2 * teams] + beta[-1] * self.newcomer
        lam = np.exp(beta[0] + beta[1] + attack[:, None] + defence[None, :])
        mu = np.exp(beta[0] + attack[None, :] + defence[:, None])
        pairs = ~np.eye(teams, dtype=bool)
        return lam[pairs], mu[pairs]

    def _tau(self, lam: Floats, mu: Floats, rho: float) -> Floats:
        """tau(0,0) = 1 - lambda mu rho, (0,1) = 1 + lambda rho, (1,0) = 1 + mu rho, (1,1) = 1 - rho, else 1."""
        tau = np.ones(len(lam))
        tau[self.cell[0, 0]] -= (lam * mu)[self.cell[0, 0]] * rho
        tau[self.cell[0, 1]] += lam[self.cell[0, 1]] * rho
        tau[self.cell[1, 0]] += mu[self.cell[1, 0]] * rho
        tau[self.cell[1, 1]] -= rho
        return tau

    def _tau_slope(self, lam: Floats, mu: Floats, rho: float) -> Floats:
        """Shape (2M,): d(weight * log tau) / d(log lambda), then / d(log mu)."""
        tau = self._tau(lam, mu, rho)
        slope = np.zeros((2, len(lam)))
        nil, away_one, home_one = self.cell[0, 0], self.cell[0, 1], self.cell[1, 0]
        slope[:, nil] = -(lam * mu * rho / tau)[nil]
        slope[0, away_one] = (lam * rho / tau)[away_one]
        slope[1, home_one] = (mu * rho / tau)[home_one]
        return np.asarray((slope * self.weights).ravel())
