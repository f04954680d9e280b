"""Nine leagues' next rounds as make-lines reads them: ten matches each, forecast by seeded rates."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from functions.make_lines.core import ClosingOdds, PlayedMatch
from functions.make_lines.ports import LeagueFit, ScoreForecast
from shared.domain.catalogue.leagues import NINE
from tests.support.betting.football import forecast

MATCHES = 10


class NineLeagues:
    """Football that answers at once; `refit` changes every forecast, and so nearly every price."""

    def __init__(self, fitted_at: datetime) -> None:
        self._random = random.Random(7)
        self._begin = fitted_at
        self.refit(fitted_at)

    def refit(self, at: datetime) -> None:
        """Forecast all matches anew."""
        draw = self._random.uniform
        self._fits = [
            LeagueFit(league_id=league.id, league=league.slug, fitted_at=at, newest_match_at=None) for league in NINE
        ]
        self._forecasts = {
            fit.league: [
                forecast(
                    number * 100 + match,
                    self._begin + timedelta(days=2, hours=match),
                    made_at=at,
                    rates=(draw(0.6, 2.8), draw(0.5, 2.2)),
                )
                for match in range(MATCHES)
            ]
            for number, fit in enumerate(self._fits, 1)
        }

    def leagues(self) -> Sequence[LeagueFit]:
        """All nine."""
        return self._fits

    def forecasts(self, league: str, *, until: datetime) -> Sequence[ScoreForecast]:
        """A league's next round."""
        return [each for each in self._forecasts[league] if each.starts_at <= until]

    def matches_of_day(self, day: date) -> Mapping[int, PlayedMatch]:
        """No match has begun."""
        return {}

    def match(self, match_id: int) -> PlayedMatch | None:
        """As above."""
        return None

    def closing_odds(self, match_id: int) -> ClosingOdds | None:
        """As above."""
        return None
