"""Make a league's views with its fit, and answer them; of an earlier day they are made when asked for."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from shared.domain.catalogue import leagues
from shared.errors import NotFound

if TYPE_CHECKING:
    from functions.analyze.models.analysis import Analysis
    from functions.analyze.models.history import History
    from functions.analyze.ports import Deps
    from functions.analyze.views.inputs import Reading

NAMES = ("outlook", "schedule", "form", "expected-points", "discipline", "players", "track-record")
"""Of the views; each is a route below a league."""


def every(history: History, analysis: Analysis, deps: Deps) -> dict[str, dict[str, Any]]:
    """All views of a league by name, made of its analysis."""
    from functions.analyze.views.registry import made

    try:
        leagues.by_id(history.league_id)
    except NotFound:
        return {}  # no format is known of a league outside the catalogue, nor has it a route
    read = _reading(history, analysis, None, deps)
    return {name: made(name, read) for name in NAMES}


def answer(slug: str, name: str, as_of: date | None, deps: Deps) -> dict[str, Any]:
    """One view of a league, stored or as of an earlier day."""
    from functions.analyze import service

    league = leagues.by_slug(slug)
    if as_of is None:
        return {"league": slug, "as_of": None, **deps.views.view(league.id, name)}
    from functions.analyze.views.registry import made

    fitted_at = deps.fits.league(league.id)["fitted_at"]
    analysis = service.past(league.id, as_of, fitted_at, deps)
    moment = datetime.combine(as_of, time(), UTC)
    key = (league.id, as_of, fitted_at, name)
    view = deps.past_views.made(
        key, lambda: made(name, _reading(deps.matches.history(league.id, moment), analysis, moment, deps))
    )
    return {"league": slug, "as_of": as_of, **view, "made_at": moment}


def similar_players(
    slug: str, player_id: int, *, k: int, min_minutes: int, as_of: date | None, deps: Deps
) -> dict[str, Any]:
    """The players of a league's season who are most like one of them."""
    from functions.analyze.views import players

    view = answer(slug, "players", as_of, deps)
    found = players.similar(view, player_id, k=k, min_minutes=min_minutes)
    return {**{name: of for name, of in view.items() if name != "players"}, **found}


def _reading(history: History, analysis: Analysis, at: datetime | None, deps: Deps) -> Reading:
    from functions.analyze.views.inputs import Reading

    said = deps.views.said(history.league_id)
    return Reading(
        slug=leagues.by_id(history.league_id).slug,
        at=at,
        analysis=analysis,
        history=history,
        seasons=deps.seasons,
        said=[each for each in said if at is None or each.made_at < at],
    )
