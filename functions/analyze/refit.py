"""Fit what was marked: an update only marks its league, and one delivery fits for all that come meanwhile."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from functions.analyze.ports import Made
from shared.errors import NotFound, Overloaded, Unavailable
from shared.events.football import LeagueUpdated

if TYPE_CHECKING:
    from functions.analyze.ports import Deps

_log = logging.getLogger(__name__)

LONGEST_TURN_S = 60.0
"""Half of what the broker waits for an answer; whoever is not done by then is called again."""


def updated(event: LeagueUpdated, deps: Deps) -> None:
    """Mark the league durably, then fit what is marked, unless another thread is at it and will find the mark.

    The delivery that fits is acknowledged when nothing is marked any more, so a crash brings it back, and with it the
    marks of those that were acknowledged meanwhile. A second delivery fits again and stores the same.
    """
    deps.fits.mark(event.league_id, event.season_id, event.updated_at)
    fit_marked(deps)


def fit_marked(deps: Deps) -> None:
    """Fit every marked league as soon as its updates pause.

    Raises
    ------
    Overloaded : updates kept coming for `LONGEST_TURN_S`, and some league is still marked.
    """
    if not deps.turn.take():
        return
    try:
        until_s = time.monotonic() + LONGEST_TURN_S
        while deps.turn.again():
            _fit_all(until_s, deps)
    except BaseException:
        deps.turn.drop()
        raise


def _fit_all(until_s: float, deps: Deps) -> None:
    """A league whose fit fails keeps its mark and stops no other; its error comes when all others are done."""
    failed: dict[int, Exception] = {}
    while (due_in_s := _fit_next(failed, deps)) is not None:
        if time.monotonic() > until_s:
            raise Overloaded("updates keep coming, and leagues are still to be fitted")
        if due_in_s > 0:
            deps.wait(due_in_s)
    for error in failed.values():
        raise error


def _fit_next(failed: dict[int, Exception], deps: Deps) -> float | None:
    """Seconds until a league is due, 0 when one was fitted or failed, None when none is marked."""
    tried: list[int] = []

    def compute(league_id: int) -> Made | None:
        tried.append(league_id)
        return _made(league_id, deps)

    try:
        return deps.fits.refit(compute, skip=tuple(failed))
    except (Overloaded, Unavailable):
        raise  # an engine's trouble, which every league would have
    except Exception as error:
        if not tried:
            raise
        _log.exception("a fit failed", extra={"action": "fit_failed", "league_id": tried[0]})
        failed[tried[0]] = error
        return 0.0


def _made(league_id: int, deps: Deps) -> Made | None:
    """All that is made of a league; None when it has no matches yet, whose arrival will mark it again."""
    from functions.analyze import view_service
    from functions.analyze.models.analysis import analyse

    try:
        history = deps.matches.history(league_id)
    except NotFound:
        return None
    analysis = analyse(history)
    return Made(analysis=analysis, views=view_service.every(history, analysis, deps))
