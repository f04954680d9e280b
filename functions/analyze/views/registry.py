"""Every view of a league beside its ratings and forecasts, from one reading of what is stored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from functions.analyze.season import outlook as season_outlook
from functions.analyze.views import discipline, expected_points, form, players, schedule, track_record
from functions.analyze.views.inputs import Reading


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
