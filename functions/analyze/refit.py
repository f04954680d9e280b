"""Refit marked leagues: an update only marks its league, and one thread fits for all updates of a burst."""

from __future__ import annotations

import logging
import time

from functions.analyze import view_service
from functions.analyze.ports import Deps, FitResult
from shared.errors import NotFound, Overloaded, Unavailable
from shared.events.envelope import Event
from shared.events.football import LeagueUpdated
from shared.events.ticks import task_of

_log = logging.getLogger(__name__)

MAX_RUN_S = 60.0
"""Half of the broker's delivery timeout: a run that takes longer fails, and the broker delivers the event again."""


def mark_and_refit(event: LeagueUpdated, deps: Deps) -> None:
    """Mark the league durably, then refit every marked league, unless another thread already does that.

    The delivery that refits is acknowledged once no mark is left. After a crash the broker delivers it again, and the
    marks of the deliveries that were acknowledged meanwhile are still stored. A second delivery fits again and stores
    the same.
    """
    deps.analyses.mark(event.league_id, event.season_id, event.updated_at)
    refit_marked(deps)


def run_task(event: Event, deps: Deps) -> None:
    """Run the scheduled task that an event names: ``fit``.

    Raises
    ------
    InvalidInput : the event names another task, or none.
    """
    task_of(event, ("fit",))
    refit_marked(deps)


def refit_marked(deps: Deps) -> None:
    """Refit every marked league as soon as its updates pause.

    Raises
    ------
    Overloaded : updates kept coming for `MAX_RUN_S`, and a league is still marked.
    """
    if not deps.coalescer.start():
        return
    try:
        deadline_s = time.monotonic() + MAX_RUN_S
        while deps.coalescer.rerun():
            _refit_all(deadline_s, deps)
    except BaseException:
        deps.coalescer.abort()
        raise


def _refit_all(deadline_s: float, deps: Deps) -> None:
    """Refit until no league is marked.

    A league whose fit fails keeps its mark and stops no other: its error is raised at the end. A league that another
    process is fitting is left to that process, which also sees the marks made meanwhile.
    """
    failures: dict[int, Exception] = {}
    claimed_elsewhere: set[int] = set()
    while (due := deps.analyses.next_due(skip={*failures, *claimed_elsewhere})) is not None:
        if time.monotonic() > deadline_s:
            raise Overloaded("updates keep coming, and leagues are still to be fitted")
        if due.in_s > 0:
            deps.sleep(due.in_s)
            continue
        try:
            if not _refit(due.league_id, deps):
                claimed_elsewhere.add(due.league_id)
        except (Overloaded, Unavailable):
            raise  # a store is in trouble, and every other league would fail as well
        except Exception as failure:
            _log.exception("a fit failed", extra={"action": "fit_failed", "league_id": due.league_id})
            failures[due.league_id] = failure
    for error in failures.values():
        raise error


def _refit(league_id: int, deps: Deps) -> bool:
    """Fit a due league and store the result. False when another process has claimed it."""
    with deps.analyses.claim_due(league_id) as claim:
        if claim is None:
            return False
        claim.save(_fit(league_id, deps))
        return True


def _fit(league_id: int, deps: Deps) -> FitResult | None:
    """Analyse the league and build its views. None while it has no match; the first match will mark it again."""
    from functions.analyze.models.analysis import analyse

    try:
        history = deps.matches.history(league_id)
    except NotFound:
        return None
    analysis = analyse(history)
    return FitResult(analysis=analysis, views=view_service.build_views(history, analysis, deps))
