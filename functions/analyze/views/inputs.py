"""What the views of a league are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from functions.analyze.models.analysis import Analysis
from functions.analyze.models.forecaster import Forecaster, restored
from functions.analyze.models.history import History
from functions.analyze.models.results import Floats
from functions.analyze.season import format as season_format
from functions.analyze.season.progress import Course, course
from functions.analyze.views import expected_points

if TYPE_CHECKING:
    from functions.analyze.season.progress import SeasonEvent
    from functions.analyze.views.discipline import Conduct
    from functions.analyze.views.expected_points import Shots
    from functions.analyze.views.players import PlayerSeason


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A stored forecast."""

    match_id: int
    made_at: datetime
    starts_at: datetime
    home: float
    draw: float
    away: float


class Seasons(Protocol):
    """The stored matches of one season."""

    def events(self, league_id: int, season_id: int) -> Sequence[SeasonEvent]:
        """Every event of the season, whatever became of it."""

    def shots(self, league_id: int, season_id: int) -> Shots:
        """Expected goals of every shot, of the matches all of whose shots have them."""

    def conducts(self, league_id: int, season_id: int) -> Sequence[Conduct]:
        """Cards, fouls and referee of the matches whose incidents are stored."""

    def players(self, league_id: int, season_id: int, at: datetime | None) -> Sequence[PlayerSeason]:
        """What everybody did in the matches that were over at a moment, or by now."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What the views are made of."""

    slug: str
    at: datetime | None
    """An earlier moment; None is now."""
    analysis: Analysis
    """Of that moment."""
    history: History
    seasons: Seasons
    said: Sequence[Said]

    @cached_property
    def format(self) -> season_format.Format:
        """How the season ends."""
        return season_format.of_season(self.slug, self.history.season_starts_in)

    @cached_property
    def course(self) -> Course:
        """The season so far."""
        events = self.seasons.events(self.history.league_id, self.history.season_id)
        return course(events, at=self.at, double_round_robin=self.format.double_round_robin)

    @cached_property
    def shots(self) -> expected_points.Shots:
        """Expected goals of the season's shots."""
        return self.seasons.shots(self.history.league_id, self.history.season_id)

    @cached_property
    def matrices(self) -> dict[tuple[int, int], Floats]:
        """The score matrix of every pairing of the season."""
        known: Forecaster = restored(self.analysis.model["forecaster"])
        teams = self.course.teams
        return {(home, away): known.scores(home, away) for home in teams for away in teams if home != away}

    def scores(self, home_id: int, away_id: int) -> Floats:
        """The score matrix of a pairing."""
        return self.matrices[home_id, away_id]
