"""A league's analysis: fit both models, rate the teams, forecast every coming match."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np

from functions.analyze import dixon_coles, elo
from functions.analyze.results import FinalScore, Floats, Results, arrange, days
from functions.analyze.score_matrix import markets, outcome, score_matrix, tilt

METHOD = "mean of Dixon-Coles (decay 0.0018 a day) and Elo with ordered logit"
FEW_MATCHES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ComingMatch:
    """A match the source says has not begun."""

    match_id: int
    season_id: int
    round: int | None
    starts_at: datetime
    home_id: int
    away_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """All that a league's analysis reads."""

    league_id: int
    season_id: int
    season: str
    name: str
    """The league as the source names it: a simulated one says so."""
    scores: Sequence[FinalScore]
    coming: Sequence[ComingMatch]
    dropped: Sequence[int]
    """Ids of matches that will not be played under this id: postponed, void, awarded or replaced."""
    team_names: dict[int, str]


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


def analyse(history: History) -> Analysis:
    """Fit on all final scores up to the newest one; deterministic, independent of the order of its inputs."""
    coming = sorted(history.coming, key=lambda match: (match.starts_at, match.match_id))
    if not history.scores:
        return _nothing_to_fit(history)
    results = arrange(history.scores)
    newest = max(score.starts_at for score in history.scores)
    fit = dixon_coles.fit(results, at_day=days(newest) + 1.0)
    ratings = elo.rate(results)
    link = elo.fit_link(ratings.difference, results.outcome(), ratings.warm)
    cautions = [] if fit.converged else [f"the goal model did not converge in {fit.n_steps} steps"]
    forecaster = Forecaster(fit=fit, ratings=ratings, link=link, names=history.team_names)
    return Analysis(
        league_id=history.league_id,
        season_id=history.season_id,
        season=history.season,
        name=history.name,
        n_matches=len(results),
        newest_match_at=newest,
        next_round=next_round(coming, n_teams=len({m.home_id for m in coming} | {m.away_id for m in coming})),
        model=_described(fit, link),
        ratings=_rating_rows(history, results, fit, ratings),
        cautions=cautions,
        forecasts=[
            Forecast(
                match_id=match.match_id,
                season_id=match.season_id,
                round=match.round,
                starts_at=match.starts_at,
                content=forecaster.forecast(match.home_id, match.away_id),
            )
            for match in coming
        ],
        dropped=sorted(history.dropped),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecaster:
    """Forecasts any pairing from fitted models."""

    fit: dixon_coles.Fit
    ratings: elo.Ratings
    link: elo.OutcomeLink
    names: dict[int, str]

    def forecast(self, home_id: int, away_id: int) -> dict[str, Any]:
        """JSON content of the forecast of `home_id` against `away_id` (team ids), all markets from one matrix."""
        position = {team_id: place for place, team_id in enumerate(self.fit.team_ids)}
        home, away = position.get(home_id), position.get(away_id)
        goals = score_matrix(*self.fit.rates(home, away), self.fit.rho)
        by_goals, by_elo = outcome(goals), self.link.probabilities(self.ratings.ahead(home, away))
        read = markets(tilt(goals, (by_goals + by_elo) / 2))
        return {
            "home": {"id": home_id, "name": self.names.get(home_id, str(home_id))},
            "away": {"id": away_id, "name": self.names.get(away_id, str(away_id))},
            "probabilities": {"home": _p(read.p_home), "draw": _p(read.p_draw), "away": _p(read.p_away)},
            "expected_goals": {"home": round(read.home_goals, 3), "away": round(read.away_goals, 3)},
            "over": {line: _p(p) for line, p in read.p_over.items()},
            "both_score": _p(read.p_both_score),
            "clean_sheet": {"home": _p(read.p_home_clean_sheet), "away": _p(read.p_away_clean_sheet)},
            "likely_scores": [{"score": score, "p": _p(p)} for score, p in read.likely_scores],
            "models": {"dixon_coles": _three(by_goals), "elo": _three(by_elo)},
            "method": METHOD,
            "n_matches": self.fit.n_matches,
            "cautions": [*self._few(home_id, home), *self._few(away_id, away)],
        }

    def _few(self, team_id: int, place: int | None) -> list[str]:
        seen = 0 if place is None else int(self.fit.n_by_team[place])
        name = self.names.get(team_id, str(team_id))
        return [f"{name}: only {seen} matches known"] if seen < FEW_MATCHES else []


def forecaster_of(model: dict[str, Any], ratings: Sequence[dict[str, Any]]) -> Forecaster:
    """Rebuild a forecaster from what an `Analysis` stored."""
    ordered = sorted(ratings, key=lambda row: int(row["team_id"]))
    team_ids = tuple(int(row["team_id"]) for row in ordered)
    goals = model["dixon_coles"]
    return Forecaster(
        fit=dixon_coles.Fit(
            team_ids=team_ids,
            base=goals["base"],
            home=goals["home"],
            attack=np.array([row["attack"] for row in ordered]),
            defence=np.array([row["defence"] for row in ordered]),
            newcomer=(goals["newcomer_attack"], goals["newcomer_defence"]),
            rho=goals["rho"],
            n_matches=goals["n_matches"],
            n_by_team=np.array([row["n_matches"] for row in ordered], dtype=np.float64),
            n_steps=goals["n_steps"],
            converged=goals["converged"],
            log_likelihood=goals["log_likelihood"],
        ),
        ratings=elo.Ratings(
            team_ids=team_ids,
            rating=np.array([row["elo"] for row in ordered]),
            difference=np.zeros(0),
            warm=np.zeros(0),
        ),
        link=elo.OutcomeLink(**model["elo_link"]),
        names={int(row["team_id"]): str(row["team"]) for row in ordered},
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
    )


def _described(fit: dixon_coles.Fit, link: elo.OutcomeLink) -> dict[str, Any]:
    return {
        "method": METHOD,
        "dixon_coles": {
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
        },
        "elo_link": asdict(link),
    }


def _rating_rows(
    history: History, results: Results, fit: dixon_coles.Fit, ratings: elo.Ratings
) -> list[dict[str, Any]]:
    """One row a team, best Elo first; `active` tells who plays in the newest season."""
    last = results.season == results.season.max()
    active = {int(team) for team in np.concatenate([results.home[last], results.away[last]])}
    rows = [
        {
            "team_id": team_id,
            "team": history.team_names.get(team_id, str(team_id)),
            "elo": float(ratings.rating[place]),
            "attack": float(fit.attack[place]),
            "defence": float(fit.defence[place]),
            "n_matches": int(fit.n_by_team[place]),
            "active": place in active,
        }
        for place, team_id in enumerate(fit.team_ids)
    ]
    return sorted(rows, key=lambda row: (-float(str(row["elo"])), str(row["team"])))


def _p(probability: float) -> float:
    return round(probability, 4)


def _three(probabilities: Floats) -> dict[str, float]:
    return dict(zip(("home", "draw", "away"), (_p(float(p)) for p in probabilities), strict=True))
