"""Forecasts of any pairing from a league's ratings: one score matrix a match, every market read from it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from functions.analyze.models import baseline as recent_matches
from functions.analyze.models import outcome_logit as link
from functions.analyze.models.dynamic_ratings import SPEEDS, Strengths, unrated
from functions.analyze.models.results import Floats, Results
from functions.analyze.models.score_matrix import markets, score_matrix, tilt

METHOD = "dynamic ratings of goals, shots on target, shots and corners"
BY_GOALS = "dynamic ratings of goals"
FEW_MATCHES = 10
SHOWN_SCORES = 7
"""Told are the chances of scores up to 6-6, row = home goals; all others together are what is left to one."""

_GOALS = 0
"""The speed of `SPEEDS` whose means are the rates of the score matrix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecaster:
    """What is known of a league's T teams before a match of the season to come."""

    team_ids: tuple[int, ...]
    strengths: Strengths
    """Of T + 1 teams, ready for the season; the last stands for a team without any match."""
    rho: float
    """Dependence of low scores, as Dixon and Coles have it."""
    names: Mapping[int, str]
    n_matches: int
    n_by_team: Mapping[int, int]
    place: Mapping[int, int]
    """Team id to its row."""
    recent: Mapping[int, tuple[float, float]]
    """Team id to mean goals for and against of its last matches this season: what the replaced system read."""

    def outcomes(self, home_id: int, away_id: int) -> Floats:
        """Shape (3,): home win, draw, away win."""
        home, away = self._place(home_id), self._place(away_id)
        return link.of_match(self._log_means(home, away), self._seen(home, away))

    def scores(self, home_id: int, away_id: int) -> Floats:
        """Shape (N, N): probabilities of each score, row = home goals; its outcomes are `outcomes`."""
        home, away = self._place(home_id), self._place(away_id)
        means = self._log_means(home, away)
        goals = score_matrix(math.exp(means[0, _GOALS]), math.exp(means[1, _GOALS]), self.rho)
        return tilt(goals, link.of_match(means, self._seen(home, away)))

    def forecast(self, home_id: int, away_id: int) -> dict[str, Any]:
        """JSON content of the forecast of `home_id` against `away_id` (team ids)."""
        counted = link.with_statistics(self._seen(self._place(home_id), self._place(away_id))[None])[0]
        return {
            **self._described(home_id, away_id, self.scores(home_id, away_id)),
            "method": METHOD if counted else BY_GOALS,
            **self._known(home_id, away_id),
        }

    def baseline(self, home_id: int, away_id: int) -> dict[str, Any]:
        """The same by the replaced system's formula."""
        usual = (recent_matches.UNKNOWN, recent_matches.UNKNOWN)
        rates = recent_matches.rates(*([self.recent.get(team, usual)] for team in (home_id, away_id)))
        return {
            **self._described(home_id, away_id, recent_matches.matrix(*rates)),
            "method": recent_matches.NAME,
            **self._known(home_id, away_id),
        }

    def stored(self) -> dict[str, Any]:
        """JSON from which `restored` makes this forecaster again."""
        now = self.strengths
        return {
            "team_ids": list(self.team_ids),
            "names": {str(team): self.names[team] for team in self.team_ids if team in self.names},
            "rho": self.rho,
            "base": now.base[0].tolist(),
            "home": now.home[0].tolist(),
            "attack": now.attack.tolist(),
            "defence": now.defence.tolist(),
            "seen": now.seen.tolist(),
            "n_matches": self.n_matches,
            "n_by_team": {str(team): n for team, n in self.n_by_team.items()},
            "recent": {str(team): list(means) for team, means in self.recent.items()},
        }

    def _place(self, team_id: int) -> int:
        return self.place.get(team_id, len(self.team_ids))

    def _log_means(self, home: int, away: int) -> Floats:
        """Shape (2, V)."""
        now = self.strengths
        level = now.base[0]
        at_home = level + now.home[0] + now.attack[home] + now.defence[away]
        return np.array((at_home, level + now.attack[away] + now.defence[home]))

    def _seen(self, home: int, away: int) -> Floats:
        """Shape (V,)."""
        return np.asarray(np.minimum(self.strengths.seen[home], self.strengths.seen[away]))

    def _described(self, home_id: int, away_id: int, matrix: Floats) -> dict[str, Any]:
        read = markets(matrix)
        return {
            "home": {"id": home_id, "name": self._name(home_id)},
            "away": {"id": away_id, "name": self._name(away_id)},
            "probabilities": {"home": _p(read.p_home), "draw": _p(read.p_draw), "away": _p(read.p_away)},
            "expected_goals": {"home": round(read.home_goals, 3), "away": round(read.away_goals, 3)},
            "over": {line: _p(p) for line, p in read.p_over.items()},
            "both_score": _p(read.p_both_score),
            "clean_sheet": {"home": _p(read.p_home_clean_sheet), "away": _p(read.p_away_clean_sheet)},
            "likely_scores": [{"score": score, "p": _p(p)} for score, p in read.likely_scores],
            "scores": matrix[:SHOWN_SCORES, :SHOWN_SCORES].round(4).tolist(),
        }

    def _known(self, home_id: int, away_id: int) -> dict[str, Any]:
        return {"n_matches": self.n_matches, "cautions": [*self._few(home_id), *self._few(away_id)]}

    def _few(self, team_id: int) -> list[str]:
        seen = self.n_by_team.get(team_id, 0)
        return [f"{self._name(team_id)}: only {seen} matches known"] if seen < FEW_MATCHES else []

    def _name(self, team_id: int) -> str:
        return self.names.get(team_id, str(team_id))


def forecaster(results: Results, rated: Strengths, *, season: int, rho: float, names: Mapping[int, str]) -> Forecaster:
    """Ready for the matches of `season` (the year it starts in), one league's `results` rated up to now."""
    teams = len(results.team_ids)
    ready = unrated(teams + 1, 1, rated.speeds)
    for mine, theirs in ((ready.attack, rated.attack), (ready.defence, rated.defence), (ready.seen, rated.seen)):
        mine[:teams] = theirs
    ready.base[:], ready.home[:], ready.opened[:] = rated.base, rated.home, rated.opened
    ready.season[:teams] = rated.season
    everyone = np.arange(teams + 1)
    ready.enter(everyone, np.zeros(teams + 1, dtype=np.int64), np.full(teams + 1, season))
    seen = np.bincount(np.concatenate([results.home, results.away]), minlength=teams)
    recent = recent_matches.recent(results, season)
    return Forecaster(
        team_ids=results.team_ids,
        strengths=ready,
        rho=rho,
        names=names,
        n_matches=len(results),
        n_by_team=dict(zip(results.team_ids, seen.tolist(), strict=True)),
        place=results.index(),
        recent={team: recent_matches.means(matches) for team, matches in recent.items()},
    )


def restored(stored: Mapping[str, Any]) -> Forecaster:
    """A forecaster as `Forecaster.stored` told it."""
    team_ids = tuple(stored["team_ids"])
    strengths = unrated(len(team_ids) + 1, 1, SPEEDS)
    for name in ("base", "home", "attack", "defence", "seen"):
        getattr(strengths, name)[:] = stored[name]
    return Forecaster(
        team_ids=team_ids,
        strengths=strengths,
        rho=stored["rho"],
        names={int(team): name for team, name in stored["names"].items()},
        n_matches=stored["n_matches"],
        n_by_team={int(team): n for team, n in stored["n_by_team"].items()},
        place={team: place for place, team in enumerate(team_ids)},
        recent={int(team): (means[0], means[1]) for team, means in stored["recent"].items()},
    )


def _p(probability: float) -> float:
    return round(probability, 4)
