"""Build a league's views with its fit, and answer them; the views of an earlier day are built on request."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from functions.analyze import service
from functions.analyze.views.names import VIEWS
from shared.domain.catalogue import leagues
from shared.errors import NotFound

if TYPE_CHECKING:
    from functions.analyze.models.analysis import Analysis
    from functions.analyze.models.history import History
    from functions.analyze.ports import Deps
    from functions.analyze.views.inputs import ViewInputs


def build_views(history: History, analysis: Analysis, deps: Deps) -> dict[str, dict[str, Any]]:
    """Build all views of a league, by name."""
    from functions.analyze.views.registry import build_view

    try:
        leagues.by_id(history.league_id)
    except NotFound:
        return {}  # a league outside the catalogue has no route, and nobody knows its season's format
    inputs = _view_inputs(history, analysis, None, deps)
    return {name: build_view(name, inputs) for name in VIEWS}


def get_view(slug: str, name: str, as_of: date | None, deps: Deps) -> dict[str, Any]:
    """Return one view of a league: the stored one, or that of an earlier day."""
    league_id = leagues.by_slug(slug).id
    if as_of is None:
        return {"league": slug, "as_of": None, **deps.views.view(league_id, name)}
    fitted_at = deps.analyses.league(league_id)["fitted_at"]
    view = deps.as_of_views.get_or_compute(
        (league_id, as_of, fitted_at, name), lambda: _build_view_as_of(league_id, name, as_of, fitted_at, deps)
    )
    return {"league": slug, "as_of": as_of, **view, "made_at": service.start_of_day(as_of)}


def get_outlook_history(slug: str, deps: Deps) -> dict[str, Any]:
    """Return the chances of every team after each round, as they were published then."""
    from functions.analyze.season import history

    league_id = leagues.by_slug(slug).id
    analysis = deps.analyses.league(league_id)
    rows = history.to_rows(deps.views.outlook_history(league_id, analysis["season_id"]))
    return {"league": slug, "season": analysis["season"], "items": rows}


def find_similar_players(
    slug: str, player_id: int, *, k: int, min_minutes: int, as_of: date | None, deps: Deps
) -> dict[str, Any]:
    """Return the `k` players of a league's season who are most like one of them."""
    from functions.analyze.views import players

    view = get_view(slug, "players", as_of, deps)
    similar = players.find_similar(view, player_id, k=k, min_minutes=min_minutes)
    return {**{name: value for name, value in view.items() if name != "players"}, **similar}


def compare_with_odds(
    slug: str, home_id: int, away_id: int, odds: str, *, as_of: date | None, deps: Deps
) -> dict[str, Any]:
    """Compare the forecast of two teams with the odds of their match, written as ``2.1,3.4,3.6``."""
    from functions.analyze.views import odds_comparison

    pairing = service.forecast_pairing(slug, home_id, away_id, as_of=as_of, deps=deps)
    return odds_comparison.compare_with_odds(pairing, odds_comparison.parse_odds(odds))


def _build_view_as_of(league_id: int, name: str, as_of: date, fitted_at: datetime, deps: Deps) -> dict[str, Any]:
    from functions.analyze.views.registry import build_view

    analysis = service.analysis_as_of(league_id, as_of, fitted_at, deps)
    at = service.start_of_day(as_of)
    return build_view(name, _view_inputs(deps.matches.history(league_id, at), analysis, at, deps))


def _view_inputs(history: History, analysis: Analysis, at: datetime | None, deps: Deps) -> ViewInputs:
    from functions.analyze.views.inputs import ViewInputs

    forecasts = deps.views.forecasts_to_score(history.league_id)
    return ViewInputs(
        slug=leagues.by_id(history.league_id).slug,
        at=at,
        analysis=analysis,
        history=history,
        seasons=deps.seasons,
        forecasts=[forecast for forecast in forecasts if at is None or forecast.made_at < at],
    )
