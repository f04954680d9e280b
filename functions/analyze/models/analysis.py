"""Analyse a league: rate its teams, fit the goal model, forecast every coming match."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np

from functions.analyze.models import dixon_coles, dynamic_ratings, elo, least_squares, outcome_logit, pi
from functions.analyze.models.forecaster import Forecaster, build_forecaster
from functions.analyze.models.history import MATCH_DURATION, ComingMatch, History
from functions.analyze.models.rating_history import SeasonHistory, build_season_histories
from functions.analyze.models.results import Floats, Results, sort_by_kick_off, to_arrays, to_days
from shared import rfc3339

VERSION = 1
"""Version of the models, raised when the same inputs give other ratings or forecasts than before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """The forecast of one match; `content` is the JSON of the answer."""

    match_id: int
    season_id: int
    round: int | None
    starts_at: datetime
    content: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """The analysis of one league; `model`, `ratings` and the forecasts hold JSON."""

    league_id: int
    season_id: int
    season: str
    name: str
    n_matches: int
    newest_match_at: datetime | None
    next_round: int | None
    model: dict[str, Any]
    ratings: list[dict[str, Any]]
    cautions: list[str]
    forecasts: list[Forecast]
    cancelled_ids: list[int]
    """Matches that will not be played: their forecasts are deleted, all others stay as they were before kick-off."""
    history: list[SeasonHistory]
    pre_match: Mapping[int, Floats] = field(compare=False)
    """Match id to the probabilities of home win, draw and away win before its week, shape (3,), for views."""
    inputs: dict[str, Any]
    """The inputs: number and digest of the matches, the newest match and the newest change."""
    version: int = VERSION

    def summary(self) -> dict[str, Any]:
        """Return the fields of a stored analysis: everything except matches and histories."""
        return {
            "season_id": self.season_id,
            "season": self.season,
            "name": self.name,
            "n_matches": self.n_matches,
            "newest_match_at": self.newest_match_at,
            "next_round": self.next_round,
            "version": self.version,
            "inputs": self.inputs,
            "model": self.model,
            "ratings": self.ratings,
            "cautions": self.cautions,
        }


def analyse(history: History) -> Analysis:
    """Rate and fit on all final scores; deterministic, and independent of the order of the inputs."""
    if not history.scores:
        return _empty_analysis(history)
    newest = max(score.starts_at for score in history.scores)
    ahead = (match for match in history.coming if _is_ahead(match, newest))
    coming = sorted(ahead, key=lambda match: (match.starts_at, match.match_id))
    ordered = sort_by_kick_off(history.scores)
    results = to_arrays(ordered)
    fit = dixon_coles.fit(results, at_day=to_days(newest) + 1.0)
    dynamic, elo_ratings, pi_ratings = dynamic_ratings.rate(results), elo.rate(results), pi.rate(results)
    forecaster = build_forecaster(
        results, dynamic.final, season=history.season_starts_in, rho=fit.rho, names=history.team_names
    )
    return Analysis(
        league_id=history.league_id,
        season_id=history.season_id,
        season=history.season,
        name=history.name,
        n_matches=len(results),
        newest_match_at=newest,
        next_round=next_round(coming, n_teams=len({m.home_id for m in coming} | {m.away_id for m in coming})),
        model={"dixon_coles": _goal_model_to_json(fit), "forecaster": forecaster.to_json()},
        ratings=_rating_rows(history, results, fit, dynamic.final, elo_ratings, pi_ratings),
        cautions=[] if fit.converged else [f"the goal model did not converge in {fit.n_steps} steps"],
        forecasts=[_forecast(match, forecaster) for match in coming],
        cancelled_ids=sorted(history.cancelled_ids),
        history=build_season_histories(
            results,
            {"elo": elo_ratings.path, "pi": pi_ratings.path, "goals": dynamic.path},
            season_ids={score.season_starts_in: score.season_id for score in history.scores},
            labels=history.season_labels,
            names=history.team_names,
        ),
        pre_match=dict(
            zip(
                (score.match_id for score in ordered),
                outcome_logit.probabilities(dynamic.expected, dynamic.n_seen),
                strict=True,
            )
        ),
        inputs=_describe_inputs(history, results),
    )


def _is_ahead(match: ComingMatch, newest: datetime) -> bool:
    """Return False if a match that kicked off later has already ended.

    The source is then late with this match, and a forecast must not use results from after its kick-off.
    """
    return match.starts_at > newest + MATCH_DURATION


def _forecast(match: ComingMatch, forecaster: Forecaster) -> Forecast:
    return Forecast(
        match_id=match.match_id,
        season_id=match.season_id,
        round=match.round,
        starts_at=match.starts_at,
        content=forecaster.forecast(match.home_id, match.away_id),
    )


def next_round(coming: Sequence[ComingMatch], *, n_teams: int) -> int | None:
    """Return the most frequent round of the next n_teams/2 matches: one rescheduled match is not the next round."""
    rounds = [match.round for match in coming[: max(n_teams // 2, 1)] if match.round is not None]
    return Counter(rounds).most_common(1)[0][0] if rounds else None


def _empty_analysis(history: History) -> Analysis:
    return Analysis(
        league_id=history.league_id,
        season_id=history.season_id,
        season=history.season,
        name=history.name,
        n_matches=0,
        newest_match_at=None,
        next_round=None,
        model={},
        ratings=[],
        cautions=["no final score is stored yet"],
        forecasts=[],
        cancelled_ids=sorted(history.cancelled_ids),
        history=[],
        pre_match={},
        inputs=_describe_inputs(history, to_arrays([])),
    )


def _describe_inputs(history: History, results: Results) -> dict[str, Any]:
    newest, changed = (at and rfc3339.format_moment(at) for at in (_newest(history), history.newest_change_at))
    return {
        "n_matches": len(results),
        "newest_match_at": newest,
        "newest_change_at": changed,
        "digest": results.digest(),
    }


def _newest(history: History) -> datetime | None:
    return max((score.starts_at for score in history.scores), default=None)


def _goal_model_to_json(fit: dixon_coles.Fit) -> dict[str, Any]:
    return {
        "base": fit.base,
        "home": fit.home,
        "rho": fit.rho,
        "newcomer_attack": fit.newcomer[0],
        "newcomer_defence": fit.newcomer[1],
        "decay_per_day": dixon_coles.DECAY_PER_DAY,
        "prior_sd": dixon_coles.PRIOR_SD,
        "n_matches": fit.n_matches,
        "n_steps": fit.n_steps,
        "converged": fit.converged,
        "log_likelihood": fit.log_likelihood,
    }


def _rating_rows(
    history: History,
    results: Results,
    fit: dixon_coles.Fit,
    strengths: dynamic_ratings.Strengths,
    elo_ratings: elo.EloRatings,
    pi_ratings: pi.PiRatings,
) -> list[dict[str, Any]]:
    """One row per team, best Elo first; Massey and Colley rate the teams `active` in the newest season."""
    season = results.of_season(history.season_starts_in)
    active = {int(team) for team in np.concatenate([season.home, season.away])}
    massey, colley = least_squares.massey(season), least_squares.colley(season)
    rows = [
        {
            "team_id": team_id,
            "team": history.team_names.get(team_id, str(team_id)),
            "elo": float(elo_ratings.rating[n]),
            "pi": float(pi_ratings.home[n] + pi_ratings.away[n]) / 2,
            "pi_home": float(pi_ratings.home[n]),
            "pi_away": float(pi_ratings.away[n]),
            "massey": float(massey[n]) if n in active else None,
            "colley": float(colley[n]) if n in active else None,
            "goals": float(strengths.attack[n, 0] - strengths.defence[n, 0]),
            "attack": float(fit.attack[n]),
            "defence": float(fit.defence[n]),
            "n_matches": int(fit.n_by_team[n]),
            "active": n in active,
        }
        for n, team_id in enumerate(fit.team_ids)
    ]
    return sorted(rows, key=lambda row: (-float(str(row["elo"])), str(row["team"])))
