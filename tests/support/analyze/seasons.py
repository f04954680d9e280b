"""Generate league seasons with known team strengths, for tests of the models."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from functions.analyze.models.history import FinalScore


def play(
    *, n_teams: int = 10, n_seasons: int = 1, seed: int = 1, first_year: int = 2024, spread: float = 0.3
) -> list[FinalScore]:
    """Draw double round robins with Poisson goals; team strengths fall evenly from `spread` to -`spread`."""
    random = np.random.default_rng(seed)
    strength = np.linspace(spread, -spread, n_teams)
    scores = []
    for season in range(n_seasons):
        pairs = [(h, a) for h in range(n_teams) for a in range(n_teams) if h != a]
        for n, pair in enumerate(random.permutation(len(pairs))):
            home, away = pairs[pair]
            scores.append(
                FinalScore(
                    match_id=season * 10_000 + n,
                    season_id=first_year + season,
                    season_starts_in=first_year + season,
                    starts_at=datetime(first_year + season, 8, 1, tzinfo=UTC) + timedelta(days=3 * n / (n_teams / 2)),
                    home_id=100 + home,
                    away_id=100 + away,
                    home_goals=int(random.poisson(np.exp(0.1 + 0.25 + strength[home] - strength[away]))),
                    away_goals=int(random.poisson(np.exp(0.1 + strength[away] - strength[home]))),
                )
            )
    return scores
