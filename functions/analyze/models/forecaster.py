"""Forecast any pairing from a league's ratings: one score matrix per match, and every market from that matrix."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from functions.analyze.models import baseline as recent_matches_model
from functions.analyze.models import outcome_logit
from functions.analyze.models.dynamic_ratings import FILTERS, Strengths, initial_strengths
from functions.analyze.models.results import Floats, Results
from functions.analyze.models.score_matrix import read_markets, score_matrix, tilt

METHOD = "dynamic ratings of goals, shots on target, shots and corners"
BY_GOALS = "dynamic ratings of goals"
FEW_MATCHES = 10
N_SHOWN_GOALS = 7
"""The answer shows the probabilities of scores up to 6-6, row = home goals; those of all others are missing to 1."""

_GOALS = 0
"""The filter of `FILTERS` whose expected counts are the goal rates of the score matrix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecaster:
    """Forecasts of a league's T teams, ready for the next match of a season."""

    team_ids: tuple[int, ...]
    strengths: Strengths
    """Strengths of T + 1 teams, ready for the season; the last one is a team without any match."""
    rho: float
    """Low-score dependence of Dixon and Coles."""
    names: Mapping[int, str]
    n_matches: int
    n_by_team: Mapping[int, int]
    index: Mapping[int, int]
    """Team id to its row in `strengths`."""
    recent: Mapping[int, tuple[float, float]]
    """Team id to mean goals for and against in its last matches this season, the input of the baseline."""

    def outcomes(self, home_id: int, away_id: int) -> Floats:
        """Shape (3,): probabilities of home win, draw and away win."""
        home, away = self._index(home_id), self._index(away_id)
        return outcome_logit.match_probabilities(self._log_means(home, away), self._n_seen(home, away))

    def scores(self, home_id: int, away_id: int) -> Floats:
        """Shape (N, N): probabilities of each score, row = home goals; its outcome probabilities equal `outcomes`."""
        home, away = self._index(home_id), self._index(away_id)
        means = self._log_means(home, away)
        goals = score_matrix(math.exp(means[0, _GOALS]), math.exp(means[1, _GOALS]), self.rho)
        return tilt(goals, outcome_logit.match_probabilities(means, self._n_seen(home, away)))

    def forecast(self, home_id: int, away_id: int) -> dict[str, Any]:
        """JSON content of the forecast of two teams."""
        by_statistics = outcome_logit.has_statistics(self._n_seen(self._index(home_id), self._index(away_id))[None])[0]
        return {
            **self._markets(home_id, away_id, self.scores(home_id, away_id)),
            "method": METHOD if by_statistics else BY_GOALS,
            **self._sample(home_id, away_id),
        }

    def baseline(self, home_id: int, away_id: int) -> dict[str, Any]:
        """JSON content of the forecast by the replaced system's formula."""
        default = (recent_matches_model.DEFAULT_GOALS, recent_matches_model.DEFAULT_GOALS)
        rates = recent_matches_model.expected_goals(*([self.recent.get(team, default)] for team in (home_id, away_id)))
        return {
            **self._markets(home_id, away_id, recent_matches_model.score_probabilities(*rates)),
            "method": recent_matches_model.NAME,
            **self._sample(home_id, away_id),
        }

    def to_json(self) -> dict[str, Any]:
        """JSON from which `restore_forecaster` restores this forecaster."""
        strengths = self.strengths
        return {
            "team_ids": list(self.team_ids),
            "names": {str(team): self.names[team] for team in self.team_ids if team in self.names},
            "rho": self.rho,
            "base": strengths.base[0].tolist(),
            "home": strengths.home[0].tolist(),
            "attack": strengths.attack.tolist(),
            "defence": strengths.defence.tolist(),
            "seen": strengths.n_seen.tolist(),
            "n_matches": self.n_matches,
            "n_by_team": {str(team): n for team, n in self.n_by_team.items()},
            "recent": {str(team): list(means) for team, means in self.recent.items()},
        }

    def _index(self, team_id: int) -> int:
        return self.index.get(team_id, len(self.team_ids))

    def _log_means(self, home: int, away: int) -> Floats:
        """Shape (2, V): logs of the expected counts of both sides."""
        strengths = self.strengths
        level = strengths.base[0]
        at_home = level + strengths.home[0] + strengths.attack[home] + strengths.defence[away]
        return np.array((at_home, level + strengths.attack[away] + strengths.defence[home]))

    def _n_seen(self, home: int, away: int) -> Floats:
        """Shape (V,): matches with each count, of the side that has fewer."""
        return np.asarray(np.minimum(self.strengths.n_seen[home], self.strengths.n_seen[away]))

    def _markets(self, home_id: int, away_id: int, matrix: Floats) -> dict[str, Any]:
        markets = read_markets(matrix)
        return {
            "home": {"id": home_id, "name": self._name(home_id)},
            "away": {"id": away_id, "name": self._name(away_id)},
            "probabilities": {
                "home": _round(markets.p_home),
                "draw": _round(markets.p_draw),
                "away": _round(markets.p_away),
            },
            "expected_goals": {"home": round(markets.home_goals, 3), "away": round(markets.away_goals, 3)},
            "over": {line: _round(p) for line, p in markets.p_over.items()},
            "both_score": _round(markets.p_both_score),
            "clean_sheet": {"home": _round(markets.p_home_clean_sheet), "away": _round(markets.p_away_clean_sheet)},
            "likely_scores": [{"score": score, "p": _round(p)} for score, p in markets.likely_scores],
            "scores": matrix[:N_SHOWN_GOALS, :N_SHOWN_GOALS].round(4).tolist(),
        }

    def _sample(self, home_id: int, away_id: int) -> dict[str, Any]:
        return {"n_matches": self.n_matches, "cautions": [*self._few_matches(home_id), *self._few_matches(away_id)]}

    def _few_matches(self, team_id: int) -> list[str]:
        n_matches = self.n_by_team.get(team_id, 0)
        return [f"{self._name(team_id)}: only {n_matches} matches known"] if n_matches < FEW_MATCHES else []

    def _name(self, team_id: int) -> str:
        return self.names.get(team_id, str(team_id))


def build_forecaster(
    results: Results, strengths: Strengths, *, season: int, rho: float, names: Mapping[int, str]
) -> Forecaster:
    """Build the forecaster of a league for the matches of a season.

    Parameters
    ----------
    strengths : strengths of the teams of `results` after the last match.
    season : the year in which the season starts.
    """
    teams = len(results.team_ids)
    ready = initial_strengths(teams + 1, 1, strengths.filters)
    for target, source in (
        (ready.attack, strengths.attack),
        (ready.defence, strengths.defence),
        (ready.n_seen, strengths.n_seen),
    ):
        target[:teams] = source
    ready.base[:], ready.home[:] = strengths.base, strengths.home
    ready.first_season[:] = strengths.first_season
    ready.season[:teams] = strengths.season
    all_teams = np.arange(teams + 1)
    ready.start_season(all_teams, np.zeros(teams + 1, dtype=np.int64), np.full(teams + 1, season))
    n_matches = np.bincount(np.concatenate([results.home, results.away]), minlength=teams)
    recent = recent_matches_model.recent_goals(results, season)
    return Forecaster(
        team_ids=results.team_ids,
        strengths=ready,
        rho=rho,
        names=names,
        n_matches=len(results),
        n_by_team=dict(zip(results.team_ids, n_matches.tolist(), strict=True)),
        index=results.index(),
        recent={team: recent_matches_model.mean_goals(matches) for team, matches in recent.items()},
    )


def restore_forecaster(stored: Mapping[str, Any]) -> Forecaster:
    """Restore a forecaster from `Forecaster.to_json`."""
    team_ids = tuple(stored["team_ids"])
    strengths = initial_strengths(len(team_ids) + 1, 1, FILTERS)
    for name in ("base", "home", "attack", "defence"):
        getattr(strengths, name)[:] = stored[name]
    strengths.n_seen[:] = stored["seen"]
    return Forecaster(
        team_ids=team_ids,
        strengths=strengths,
        rho=stored["rho"],
        names={int(team): name for team, name in stored["names"].items()},
        n_matches=stored["n_matches"],
        n_by_team={int(team): n for team, n in stored["n_by_team"].items()},
        index={team: n for n, team in enumerate(team_ids)},
        recent={int(team): (means[0], means[1]) for team, means in stored["recent"].items()},
    )


def _round(probability: float) -> float:
    return round(probability, 4)
