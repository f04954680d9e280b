"""Football as make-lines reads it, in memory: forecasts of a league and what became of its matches."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from functions.make_lines.core import ClosingOdds, PlayedMatch
from functions.make_lines.ports import LeagueFit, ScoreForecast
from shared.domain.betting.margins import Floats
from shared.errors import Unavailable

LEAGUE_ID, LEAGUE = 17, "england"
NOT_STARTED, ENDED = 0, 100


def poisson_scores(home: float, away: float, size: int = 13) -> Floats:
    """Independent scores, shape (size, size)."""
    rows, columns = ([math.exp(-rate) * rate**n / math.factorial(n) for n in range(size)] for rate in (home, away))
    matrix = np.outer(rows, columns)
    return np.asarray(matrix / matrix.sum())


def forecast(match_id: int, starts_at: datetime, *, made_at: datetime, rates: tuple[float, float]) -> ScoreForecast:
    """A forecast of a match between teams 10 and 11 times its id."""
    return ScoreForecast(
        match_id=match_id,
        round=1,
        starts_at=starts_at,
        made_at=made_at,
        home_id=match_id * 10,
        home=f"Home {match_id}",
        away_id=match_id * 10 + 1,
        away=f"Away {match_id}",
        scores=poisson_scores(*rates),
    )


class MemoryFootball:
    """One league, fitted when a test says so."""

    def __init__(self, fitted_at: datetime) -> None:
        self.fit = LeagueFit(league_id=LEAGUE_ID, league=LEAGUE, fitted_at=fitted_at, newest_match_at=None)
        self.coming: dict[int, ScoreForecast] = {}
        self.played: dict[int, PlayedMatch] = {}
        self.closing: dict[int, ClosingOdds] = {}
        self.silent = False

    def plan(self, match_id: int, starts_at: datetime, rates: tuple[float, float] = (1.6, 1.2)) -> None:
        """Forecast a match, or move or rate it anew."""
        self.coming[match_id] = forecast(match_id, starts_at, made_at=self.fit.fitted_at, rates=rates)
        self.played[match_id] = PlayedMatch(
            match_id=match_id,
            status_code=NOT_STARTED,
            starts_at=starts_at,
            home_id=match_id * 10,
            away_id=match_id * 10 + 1,
            home_goals=None,
            away_goals=None,
            version=1,
        )

    def refit(self, at: datetime, newest_match_at: datetime | None = None) -> None:
        """All coming matches are forecast again."""
        self.fit = replace(self.fit, fitted_at=at, newest_match_at=newest_match_at)
        self.coming = {match_id: replace(each, made_at=at) for match_id, each in self.coming.items()}

    def tell(self, match_id: int, **fields: Any) -> None:
        """The source says something else of a match."""
        match = self.played[match_id]
        self.played[match_id] = replace(match, version=match.version + 1, **fields)
        if fields.get("status_code", NOT_STARTED) != NOT_STARTED:
            self.coming.pop(match_id, None)

    def end(self, match_id: int, home: int, away: int) -> None:
        """A match ended with this score after 90 minutes."""
        self.tell(match_id, status_code=ENDED, home_goals=home, away_goals=away)

    # --- as the port has it

    def leagues(self) -> Sequence[LeagueFit]:
        """The league."""
        self._answer()
        return [self.fit]

    def forecasts(self, league: str, *, until: datetime) -> Sequence[ScoreForecast]:
        """Its forecasts."""
        self._answer()
        return [each for each in self.coming.values() if each.starts_at <= until]

    def matches_of_day(self, day: date) -> Mapping[int, PlayedMatch]:
        """Matches that begin on a day."""
        self._answer()
        return {match_id: match for match_id, match in self.played.items() if match.starts_at.date() == day}

    def match(self, match_id: int) -> PlayedMatch | None:
        """One match."""
        self._answer()
        return self.played.get(match_id)

    def closing_odds(self, match_id: int) -> ClosingOdds | None:
        """The closing odds of one match."""
        self._answer()
        return self.closing.get(match_id)

    def _answer(self) -> None:
        if self.silent:
            raise Unavailable("football does not answer")


MINUTE = timedelta(minutes=1)
