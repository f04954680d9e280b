"""The goal model: its gradient, its bounds, what it recovers and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from functions.analyze.models import dixon_coles
from functions.analyze.models.dixon_coles import _Likelihood
from functions.analyze.models.history import FinalScore
from functions.analyze.models.results import Results, to_arrays
from shared.errors import InvalidInput
from tests.support.analyze.seasons import play


def results(**options: int) -> Results:
    return to_arrays(play(**options))


def fitted(known: Results, **options: float) -> dixon_coles.Fit:
    return dixon_coles.fit(known, at_day=float(known.day.max()) + 1, **options)


def test_gradient_equals_the_objective_s_slope() -> None:
    known = results(n_teams=6)
    problem = _Likelihood(known, np.linspace(0.2, 1.0, len(known)), 0.4)
    beta = problem.start() + np.random.default_rng(3).normal(0, 0.1, problem.design.shape[1])
    rho = -0.06
    lam, mu = problem.rates(beta)
    slope = problem.weight2 * (problem.goals - np.concatenate([lam, mu])) + problem._tau_slope(lam, mu, rho)
    gradient = problem.design.T @ slope - problem.precision * (beta - problem.centre)
    steps = np.eye(len(beta)) * 1e-6
    numeric = [(problem.objective(beta + h, rho) - problem.objective(beta - h, rho)) / 2e-6 for h in steps]
    assert np.allclose(gradient, numeric, atol=1e-5)


def test_fit_converges_where_no_neighbour_is_better() -> None:
    known = results(n_teams=8)
    fit = fitted(known)
    assert fit.converged
    problem = _Likelihood(known, np.exp(-dixon_coles.DECAY_PER_DAY * (known.day.max() + 1 - known.day)), 0.4)
    beta = np.concatenate([[fit.base, fit.home], fit.attack, fit.defence, [0.0, 0.0]])
    best = problem.objective(beta, fit.rho)
    random = np.random.default_rng(5)
    for _ in range(50):
        nearby = beta + random.normal(0, 0.01, len(beta))
        assert problem.objective(nearby, fit.rho + random.normal(0, 0.01)) < best


def test_known_strengths_are_recovered_from_forty_seasons() -> None:
    known = results(n_teams=8, n_seasons=40, seed=7)
    fit = fitted(known, decay_per_day=0.0, prior_sd=5.0)
    truth = np.linspace(0.3, -0.3, 8)
    assert np.max(np.abs(fit.attack - truth)) < 0.12
    assert np.max(np.abs(fit.defence + truth)) < 0.12
    assert fit.home == pytest.approx(0.25, abs=0.06)


def test_strengths_sum_to_zero() -> None:
    fit = fitted(results())
    assert float(fit.attack.sum()) == pytest.approx(0, abs=1e-8)
    assert float(fit.defence.sum()) == pytest.approx(0, abs=1e-8)


def test_order_of_arrival_changes_nothing() -> None:
    scores = play()
    one, other = fitted(to_arrays(scores)), fitted(to_arrays(reversed(scores)))
    assert np.array_equal(one.attack, other.attack)
    assert one.rho == other.rho


def test_every_fixture_of_lopsided_teams_has_admissible_rho() -> None:
    """The published failure: a strong away side made a probability negative (Greuther Fürth v Bayern, 2021)."""
    scores = [
        FinalScore(
            match_id=n,
            season_id=1,
            season_starts_in=2021,
            starts_at=score.starts_at,
            home_id=score.home_id,
            away_id=score.away_id,
            home_goals=0 if score.away_id == 100 else score.home_goals,
            away_goals=9 if score.away_id == 100 else score.away_goals,
        )
        for n, score in enumerate(play(n_teams=4))
    ]
    fit = fitted(to_arrays(scores), prior_sd=5.0)
    for home in range(4):
        for away in range(4):
            lam, mu = fit.rates(home, away)
            if home != away:
                assert 1 - lam * mu * fit.rho > 0
                assert 1 + lam * fit.rho > 0
                assert 1 + mu * fit.rho > 0


def test_one_match_is_enough_and_stays_modest() -> None:
    fit = fitted(to_arrays(play(n_teams=2)[:1]))
    assert fit.converged
    assert float(np.max(np.abs(fit.attack))) < 0.5


def test_team_without_a_match_gets_the_newcomers_strength() -> None:
    fit = fitted(results(n_seasons=2))
    lam, mu = fit.rates(None, None)
    attack, defence = fit.newcomer
    assert lam == pytest.approx(np.exp(fit.base + fit.home + attack + defence))
    assert mu == pytest.approx(np.exp(fit.base + attack + defence))


def test_no_match_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no final score"):
        dixon_coles.fit(to_arrays([]), at_day=1.0)


def test_match_of_the_future_is_refused() -> None:
    known = results()
    with pytest.raises(InvalidInput, match="after the day of the fit"):
        dixon_coles.fit(known, at_day=float(known.day.min()))
