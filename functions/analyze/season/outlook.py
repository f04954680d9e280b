"""A league's season outlook as it is answered: places, title, relegation and points of every team."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from functions.analyze.models.results import Ints
from functions.analyze.season.format import Format
from functions.analyze.season.progress import Course
from functions.analyze.season.rates import Scores, pairing_rates
from functions.analyze.season.simulation import N_SIMULATIONS, PRIOR_SD, Matches, Outlook, Season, simulate, uncertainty

SEED = 20_260_801
"""One for all leagues and days: the same data gives the same outlook."""
_TOP = (2, 3, 4, 5, 6)


def outlook(course: Course, scores: Scores, format: Format, given: Mapping[int, int]) -> dict[str, Any]:
    """JSON: every team's chances, the best mean first; `given` are points by rulings, by team."""
    season = _season(course, scores, format, given)
    made = simulate(season, seed=SEED)
    rows = [_row(n, season, made, course, format) for n in range(len(season.team_ids))]
    return {
        "n_played": len(course.played),
        "n_to_play": len(course.to_play),
        "n_simulations": N_SIMULATIONS,
        "seed": SEED,
        "strengths": {"prior_sd": PRIOR_SD, "posterior": "normal on the log scale, by Laplace's approximation"},
        "tie_break": list(format.tie_break),
        "relegated": format.relegated,
        "play_off": format.play_off,
        "teams": sorted(rows, key=lambda row: (-row["mean_points"], row["team"])),
        "cautions": [*format.cautions, *course.cautions],
    }


def _season(course: Course, scores: Scores, format: Format, given: Mapping[int, int]) -> Season:
    team_ids = tuple(sorted(course.teams))
    place = {team: n for n, team in enumerate(team_ids)}
    n_played = course.n_played()
    sd = uncertainty(np.array([n_played[team] for team in team_ids], dtype=np.int64))
    played = np.array(
        [(place[r.home_id], place[r.away_id], r.home_goals, r.away_goals) for r in course.played], dtype=np.int64
    ).reshape(-1, 4)
    to_play = np.array([(place[home], place[away]) for home, away in course.to_play], dtype=np.int64).reshape(-1, 2)
    return Season(
        team_ids=team_ids,
        played=Matches(home=played[:, 0], away=played[:, 1], home_goals=played[:, 2], away_goals=played[:, 3]),
        to_play=(to_play[:, 0], to_play[:, 1]),
        adjustments=np.array([given.get(team, 0) for team in team_ids], dtype=np.int64),
        tie_break=format.tie_break,
        rates=pairing_rates(team_ids, scores, sd),
        sd=sd,
    )


def _row(n: int, season: Season, made: Outlook, course: Course, format: Format) -> dict[str, Any]:
    p, teams = made.p_place[n], len(season.team_ids)
    above = teams - (format.relegated or 0)
    return {
        "team_id": season.team_ids[n],
        "team": course.teams[season.team_ids[n]],
        "n_played": int((season.played.home == n).sum() + (season.played.away == n).sum()),
        "points": _points(n, season.played) + int(season.adjustments[n]),
        "adjustment": int(season.adjustments[n]),
        "mean_points": round(float(made.points[n]), 2),
        "points_5": int(made.points_low[n]),
        "points_95": int(made.points_high[n]),
        "p_champion": _p(p[0]),
        "p_top": {str(k): _p(p[:k].sum()) for k in _TOP},
        "p_relegated": None if format.relegated is None else _p(p[above:].sum()),
        "p_play_off": _p(p[above - format.play_off : above].sum()),
        "p_place": [_p(each) for each in p],
    }


def _points(n: int, played: Matches) -> int:
    return sum(
        _gained(mine[side == n], theirs[side == n])
        for side, mine, theirs in (
            (played.home, played.home_goals, played.away_goals),
            (played.away, played.away_goals, played.home_goals),
        )
    )


def _gained(mine: Ints, theirs: Ints) -> int:
    return int(3 * (mine > theirs).sum() + (mine == theirs).sum())


def _p(probability: float) -> float:
    """Ten thousand simulations give no more than four digits."""
    return round(float(probability), 4)
