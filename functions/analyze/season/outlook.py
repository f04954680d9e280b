"""Build the outlook of a season: the chances of every team for places, title and relegation, and its points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from functions.analyze.models.results import Ints
from functions.analyze.season.format import SeasonFormat
from functions.analyze.season.progress import SeasonProgress
from functions.analyze.season.rates import Scores, pairing_rates
from functions.analyze.season.simulation import (
    N_SIMULATIONS,
    PRIOR_SD,
    MatchArrays,
    SeasonState,
    SimulatedTables,
    simulate,
    strength_sd,
)

SEED = 20_260_801
"""The same for all leagues and days, so that the same data gives the same outlook."""
_TOP = (2, 3, 4, 5, 6)


def build_outlook(
    progress: SeasonProgress, scores: Scores, format: SeasonFormat, adjustments: Mapping[int, int]
) -> dict[str, Any]:
    """JSON: every team's chances, the most mean points first.

    Parameters
    ----------
    adjustments : points added or deducted by rulings, by team.
    """
    season = build_season_state(progress, scores, format, adjustments)
    tables = simulate(season, seed=SEED)
    rows = [_row(n, season, tables, progress, format) for n in range(len(season.team_ids))]
    return {
        "n_played": len(progress.played),
        "n_to_play": len(progress.to_play),
        "n_simulations": N_SIMULATIONS,
        "seed": SEED,
        "strengths": {"prior_sd": PRIOR_SD, "posterior": "normal on the log scale, by Laplace's approximation"},
        "tie_break": list(format.tie_break),
        "relegated": format.relegated,
        "play_off": format.play_off,
        "teams": sorted(rows, key=lambda row: (-row["mean_points"], row["team"])),
        "cautions": [*format.cautions, *progress.cautions],
    }


def build_season_state(
    progress: SeasonProgress, scores: Scores, format: SeasonFormat, adjustments: Mapping[int, int]
) -> SeasonState:
    """Return the season as the simulation reads it; parameters as in `build_outlook`."""
    team_ids = tuple(sorted(progress.teams))
    index = {team: n for n, team in enumerate(team_ids)}
    n_played = progress.n_played()
    sd = strength_sd(np.array([n_played[team] for team in team_ids], dtype=np.int64))
    played = np.array(
        [(index[r.home_id], index[r.away_id], r.home_goals, r.away_goals) for r in progress.played], dtype=np.int64
    ).reshape(-1, 4)
    to_play = np.array([(index[home], index[away]) for home, away in progress.to_play], dtype=np.int64).reshape(-1, 2)
    return SeasonState(
        team_ids=team_ids,
        played=MatchArrays(home=played[:, 0], away=played[:, 1], home_goals=played[:, 2], away_goals=played[:, 3]),
        to_play=(to_play[:, 0], to_play[:, 1]),
        adjustments=np.array([adjustments.get(team, 0) for team in team_ids], dtype=np.int64),
        tie_break=format.tie_break,
        rates=pairing_rates(team_ids, scores, sd),
        sd=sd,
    )


def _row(
    n: int, season: SeasonState, tables: SimulatedTables, progress: SeasonProgress, format: SeasonFormat
) -> dict[str, Any]:
    p, n_teams = tables.p_place[n], len(season.team_ids)
    n_safe = n_teams - (format.relegated or 0)
    return {
        "team_id": season.team_ids[n],
        "team": progress.teams[season.team_ids[n]],
        "n_played": int((season.played.home == n).sum() + (season.played.away == n).sum()),
        "points": _points(n, season.played) + int(season.adjustments[n]),
        "adjustment": int(season.adjustments[n]),
        "mean_points": round(float(tables.points[n]), 2),
        "points_5": int(tables.points_low[n]),
        "points_95": int(tables.points_high[n]),
        "p_champion": _round(p[0]),
        "p_top": {str(k): _round(p[:k].sum()) for k in _TOP},
        "p_relegated": None if format.relegated is None else _round(p[n_safe:].sum()),
        "p_play_off": _round(p[n_safe - format.play_off : n_safe].sum()),
        "p_place": [_round(each) for each in p],
    }


def _points(n: int, played: MatchArrays) -> int:
    return sum(
        _won(own[side == n], opponent[side == n])
        for side, own, opponent in (
            (played.home, played.home_goals, played.away_goals),
            (played.away, played.away_goals, played.home_goals),
        )
    )


def _won(own: Ints, opponent: Ints) -> int:
    """Points from the goals of some matches."""
    return int(3 * (own > opponent).sum() + (own == opponent).sum())


def _round(probability: float) -> float:
    """Round to four digits: ten thousand simulations give no more."""
    return round(float(probability), 4)
