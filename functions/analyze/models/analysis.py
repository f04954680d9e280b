"""A league's analysis: rate the teams, fit the goal model, forecast every coming match."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np

from functions.analyze.models import dixon_coles, elo, least_squares, pi
from functions.analyze.models import dynamic_ratings as ratings
from functions.analyze.models import outcome_logit as link
from functions.analyze.models.forecaster import Forecaster, forecaster
from functions.analyze.models.history import PLAYED_FOR, ComingMatch, History
from functions.analyze.models.rating_history import SeasonHistory, seasons
from functions.analyze.models.results import Floats, Results, arrange, days, in_order
from shared import rfc3339

VERSION = 1
"""Of the rules: raised when the same inputs make other ratings or forecasts than before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """One match's forecast, ready to be answered (`content` is JSON)."""

    match_id: int
    season_id: int
    round: int | None
    starts_at: datetime
    content: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What is stored of one league: JSON in `model`, `ratings` and the forecasts."""

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
    dropped: list[int]
    """Ids of matches that will not be played: their forecasts go. All others stay as they were before kick-off."""
    history: list[SeasonHistory]
    before: Mapping[int, Floats] = field(compare=False)
    """Match id to home win, draw and away win as they were expected before its week, shape (3,); for views alone."""
    inputs: dict[str, Any]
    """What it was made of: number and digest of the matches, the newest of them and of their changes."""
    version: int = VERSION

    def described(self) -> dict[str, Any]:
        """All but the matches, under the names of a stored analysis."""
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
    """Rate and fit on all final scores up to the newest one; deterministic, independent of the order of its inputs."""
    if not history.scores:
        return _nothing_to_fit(history)
    newest = max(score.starts_at for score in history.scores)
    ahead = (match for match in history.coming if _is_ahead(match, newest))
    coming = sorted(ahead, key=lambda match: (match.starts_at, match.match_id))
    ordered = in_order(history.scores)
    results = arrange(ordered)
    fit = dixon_coles.fit(results, at_day=days(newest) + 1.0)
    rated, by_elo, by_pi = ratings.rate(results), elo.rate(results), pi.rate(results)
    known = forecaster(results, rated.now, season=history.season_starts_in, rho=fit.rho, names=history.team_names)
    return Analysis(
        league_id=history.league_id,
        season_id=history.season_id,
        season=history.season,
        name=history.name,
        n_matches=len(results),
        newest_match_at=newest,
        next_round=next_round(coming, n_teams=len({m.home_id for m in coming} | {m.away_id for m in coming})),
        model={"dixon_coles": _described(fit), "forecaster": known.stored()},
        ratings=_rating_rows(history, results, fit, rated.now, by_elo, by_pi),
        cautions=[] if fit.converged else [f"the goal model did not converge in {fit.n_steps} steps"],
        forecasts=[_forecast(match, known) for match in coming],
        dropped=sorted(history.dropped),
        history=seasons(
            results,
            {"elo": by_elo.path, "pi": by_pi.path, "goals": rated.path},
            season_ids={score.season_starts_in: score.season_id for score in history.scores},
            labels=history.season_labels,
            names=history.team_names,
        ),
        before=dict(
            zip((score.match_id for score in ordered), link.probabilities(rated.before, rated.seen), strict=True)
        ),
        inputs=_inputs(history, results),
    )


def _is_ahead(match: ComingMatch, newest: datetime) -> bool:
    """False of a match that has not begun although another, begun at `newest`, has ended since its kick-off.

    The source is late with it, and what is known by now is no forecast's business.
    """
    return match.starts_at > newest + PLAYED_FOR


def _forecast(match: ComingMatch, known: Forecaster) -> Forecast:
    return Forecast(
        match_id=match.match_id,
        season_id=match.season_id,
        round=match.round,
        starts_at=match.starts_at,
        content=known.forecast(match.home_id, match.away_id),
    )


def next_round(coming: Sequence[ComingMatch], *, n_teams: int) -> int | None:
    """The round most of the soonest n_teams/2 matches belong to: a rescheduled match alone is not the next round."""
    soonest = [match.round for match in coming[: max(n_teams // 2, 1)] if match.round is not None]
    return Counter(soonest).most_common(1)[0][0] if soonest else None


def _nothing_to_fit(history: History) -> Analysis:
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
        dropped=sorted(history.dropped),
        history=[],
        before={},
        inputs=_inputs(history, arrange([])),
    )


def _inputs(history: History, results: Results) -> dict[str, Any]:
    newest, changed = (at and rfc3339.text(at) for at in (_newest(history), history.newest_change_at))
    return {
        "n_matches": len(results),
        "newest_match_at": newest,
        "newest_change_at": changed,
        "digest": results.digest(),
    }


def _newest(history: History) -> datetime | None:
    return max((score.starts_at for score in history.scores), default=None)


def _described(fit: dixon_coles.Fit) -> dict[str, Any]:
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
    rated: ratings.Strengths,
    by_elo: elo.Ratings,
    by_pi: pi.PiRatings,
) -> list[dict[str, Any]]:
    """One row a team, best Elo first. Massey and Colley rate the newest season alone, and who is `active` in it."""
    season = results.of_season(history.season_starts_in)
    active = {int(team) for team in np.concatenate([season.home, season.away])}
    massey, colley = least_squares.massey(season), least_squares.colley(season)
    rows = [
        {
            "team_id": team_id,
            "team": history.team_names.get(team_id, str(team_id)),
            "elo": float(by_elo.rating[place]),
            "pi": float(by_pi.home[place] + by_pi.away[place]) / 2,
            "pi_home": float(by_pi.home[place]),
            "pi_away": float(by_pi.away[place]),
            "massey": float(massey[place]) if place in active else None,
            "colley": float(colley[place]) if place in active else None,
            "goals": float(rated.attack[place, 0] - rated.defence[place, 0]),
            "attack": float(fit.attack[place]),
            "defence": float(fit.defence[place]),
            "n_matches": int(fit.n_by_team[place]),
            "active": place in active,
        }
        for place, team_id in enumerate(fit.team_ids)
    ]
    return sorted(rows, key=lambda row: (-float(str(row["elo"])), str(row["team"])))
