"""Build any view of a league by its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from functions.analyze.season.importance import build_importance
from functions.analyze.season.outlook import build_outlook
from functions.analyze.views.discipline import build_discipline
from functions.analyze.views.expected_points import build_expected_points
from functions.analyze.views.form import build_form
from functions.analyze.views.inputs import ViewInputs
from functions.analyze.views.players import build_players
from functions.analyze.views.schedule import build_schedule
from functions.analyze.views.track_record import build_track_record


def _outlook(inputs: ViewInputs) -> dict[str, Any]:
    return build_outlook(inputs.progress, inputs.scores, inputs.format, inputs.format.adjustments(inputs.at))


def _importance(inputs: ViewInputs) -> dict[str, Any]:
    coming = [each for each in inputs.analysis.forecasts if each.round == inputs.analysis.next_round]
    return build_importance(inputs.progress, inputs.scores, inputs.format, inputs.format.adjustments(inputs.at), coming)


def _schedule(inputs: ViewInputs) -> dict[str, Any]:
    elo = {row["team_id"]: row["elo"] for row in inputs.analysis.ratings}
    return build_schedule(inputs.progress, inputs.scores, elo)


def _form(inputs: ViewInputs) -> dict[str, Any]:
    return build_form(inputs.progress, inputs.analysis.pre_match, inputs.shots)


def _expected_points(inputs: ViewInputs) -> dict[str, Any]:
    return build_expected_points(inputs.progress, inputs.analysis.pre_match, inputs.shots)


def _discipline(inputs: ViewInputs) -> dict[str, Any]:
    matches = inputs.seasons.discipline(inputs.history.league_id, inputs.history.season_id)
    return build_discipline(inputs.progress, matches)


def _players(inputs: ViewInputs) -> dict[str, Any]:
    players = inputs.seasons.players(inputs.history.league_id, inputs.history.season_id, inputs.at)
    return build_players(players, inputs.progress.teams)


def _track_record(inputs: ViewInputs) -> dict[str, Any]:
    odds = inputs.seasons.closing_odds(inputs.history.league_id) if inputs.forecasts else {}
    return build_track_record(inputs.forecasts, inputs.history.scores, odds)


BUILDERS: dict[str, Callable[[ViewInputs], dict[str, Any]]] = {
    "outlook": _outlook,
    "importance": _importance,
    "schedule": _schedule,
    "form": _form,
    "expected-points": _expected_points,
    "discipline": _discipline,
    "players": _players,
    "track-record": _track_record,
}
"""A builder for each view of `functions.analyze.views.names.VIEWS`; apart from it, since builders import numpy."""

_HEAD = ("name", "season_id", "season", "n_matches", "newest_match_at", "version", "inputs")


def build_view(name: str, inputs: ViewInputs) -> dict[str, Any]:
    """Build the JSON of one view; before the season's first result it has no teams."""
    head = {key: getattr(inputs.analysis, key) for key in _HEAD}
    head["newest_match_at"] = head["newest_match_at"] and head["newest_match_at"].isoformat()
    content = BUILDERS[name](inputs) if inputs.history.scores else {"teams": [], "items": [], "cautions": []}
    cautions = [*inputs.analysis.cautions, *content.pop("cautions")]
    return {**head, **content, "cautions": cautions}
