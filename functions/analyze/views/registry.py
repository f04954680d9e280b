"""Every view of a league beside its ratings and forecasts, from one reading of what is stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from functions.analyze.models.analysis import Analysis, History
from functions.analyze.models.forecaster import Forecaster, restored
from functions.analyze.models.results import Floats
from functions.analyze.season import format as season_format
from functions.analyze.season import outlook as season_outlook
from functions.analyze.season.progress import Course, course
from functions.analyze.view_service import Seasons
from functions.analyze.views import discipline, expected_points, form, players, schedule, track_record
from functions.analyze.views.track_record import Said


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


def _outlook(read: Reading) -> dict[str, Any]:
    return season_outlook.outlook(read.course, read.scores, read.format, read.format.adjustments(read.at))


def _schedule(read: Reading) -> dict[str, Any]:
    elo = {row["team_id"]: row["elo"] for row in read.analysis.ratings}
    return schedule.schedule(read.course, read.scores, elo)


def _form(read: Reading) -> dict[str, Any]:
    return form.form(read.course, read.analysis.before, read.shots)


def _expected_points(read: Reading) -> dict[str, Any]:
    return expected_points.table(read.course, read.analysis.before, read.shots)


def _discipline(read: Reading) -> dict[str, Any]:
    return discipline.discipline(read.course, read.seasons.conducts(read.history.league_id, read.history.season_id))


def _players(read: Reading) -> dict[str, Any]:
    seasons = read.seasons.players(read.history.league_id, read.history.season_id, read.at)
    return players.table(seasons, read.course.teams)


def _track_record(read: Reading) -> dict[str, Any]:
    return track_record.track_record(read.said, read.history.scores)


_VIEWS: dict[str, Callable[[Reading], dict[str, Any]]] = {
    "outlook": _outlook,
    "schedule": _schedule,
    "form": _form,
    "expected-points": _expected_points,
    "discipline": _discipline,
    "players": _players,
    "track-record": _track_record,
}


_HEAD = ("name", "season_id", "season", "n_matches", "newest_match_at", "version", "inputs")


def made(name: str, read: Reading) -> dict[str, Any]:
    """The JSON of one view, or what it says before the first result."""
    head = {key: getattr(read.analysis, key) for key in _HEAD}
    head["newest_match_at"] = head["newest_match_at"] and head["newest_match_at"].isoformat()
    content = _VIEWS[name](read) if read.history.scores else {"teams": [], "cautions": []}
    cautions = [*read.analysis.cautions, *content.pop("cautions")]
    return {**head, **content, "cautions": cautions}
