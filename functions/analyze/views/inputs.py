"""The inputs of a league's views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from functions.analyze.models.analysis import Analysis
from functions.analyze.models.forecaster import restore_forecaster
from functions.analyze.models.history import History
from functions.analyze.models.results import Floats
from functions.analyze.season import format as season_format
from functions.analyze.season.progress import SeasonProgress, compute_progress

if TYPE_CHECKING:
    from functions.analyze.season.progress import SeasonEvent
    from functions.analyze.views.discipline import MatchDiscipline
    from functions.analyze.views.expected_points import ShotChances
    from functions.analyze.views.players import PlayerSeason


ClosingOdds = Mapping[int, tuple[float, float, float]]
"""Match id to the last decimal odds of home win, draw and away win before kick-off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredForecast:
    """The probabilities of a stored forecast, which the track record scores."""

    match_id: int
    made_at: datetime
    starts_at: datetime
    home: float
    draw: float
    away: float
    home_name: str = ""
    away_name: str = ""


class SeasonStore(Protocol):
    """The stored matches of one season."""

    def events(self, league_id: int, season_id: int) -> Sequence[SeasonEvent]:
        """List every event of the season, whatever its status."""

    def shots(self, league_id: int, season_id: int) -> ShotChances:
        """Return the expected goals of every shot, for the matches in which every shot has them."""

    def closing_odds(self, league_id: int) -> ClosingOdds:
        """Return the closing odds of the league's matches, of the sharpest bookmaker who has them."""

    def discipline(self, league_id: int, season_id: int) -> Sequence[MatchDiscipline]:
        """List cards, fouls and referee of the matches whose incidents are stored."""

    def players(self, league_id: int, season_id: int, at: datetime | None) -> Sequence[PlayerSeason]:
        """List what every player did in the matches that were over at a moment; None means now."""


@dataclass(frozen=True, kw_only=True)
class ViewInputs:
    """Everything that the views of one league read. What several views need is read once."""

    slug: str
    at: datetime | None
    """The earlier moment of the views; None means now."""
    analysis: Analysis
    """The analysis as of that moment."""
    history: History
    seasons: SeasonStore
    forecasts: Sequence[ScoredForecast]

    @cached_property
    def format(self) -> season_format.SeasonFormat:
        """How the season ends."""
        return season_format.season_format(self.slug, self.history.season_starts_in)

    @cached_property
    def progress(self) -> SeasonProgress:
        """The results so far and the matches that remain."""
        events = self.seasons.events(self.history.league_id, self.history.season_id)
        return compute_progress(events, at=self.at, double_round_robin=self.format.double_round_robin)

    @cached_property
    def shots(self) -> ShotChances:
        """Expected goals of the season's shots."""
        return self.seasons.shots(self.history.league_id, self.history.season_id)

    @cached_property
    def score_matrices(self) -> dict[tuple[int, int], Floats]:
        """The score matrix of every pairing of the season."""
        forecaster = restore_forecaster(self.analysis.model["forecaster"])
        teams = self.progress.teams
        return {(home, away): forecaster.scores(home, away) for home in teams for away in teams if home != away}

    def scores(self, home_id: int, away_id: int) -> Floats:
        """Return the score matrix of a pairing."""
        return self.score_matrices[home_id, away_id]
