"""Refits, over fakes: which thread fits, what a failed fit stops, which delivery has to come again."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime

import pytest

from functions.analyze import refit
from functions.analyze.coalescer import Coalescer
from functions.analyze.models.history import History
from functions.analyze.ports import Deps
from shared.errors import Overloaded, Unavailable
from tests.support.analyze.seasons import play
from tests.unit.functions.analyze.models.test_analysis import history
from tests.unit.functions.analyze.test_service import MemoryAnalyses, deps, updated

__all__ = ["deps"]


class Leagues:
    """A match store in which every league has the matches of league 17; reading some leagues raises an error."""

    def __init__(self) -> None:
        self.read: list[int] = []
        self.errors: dict[int, Exception] = {}

    def history(self, league_id: int, as_of: datetime | None = None) -> History:
        self.read.append(league_id)
        if league_id in self.errors:
            raise self.errors[league_id]
        return replace(history(play()), league_id=league_id)


@pytest.fixture
def leagues(deps: Deps) -> Leagues:
    return Leagues()


@pytest.fixture
def world(deps: Deps, leagues: Leagues) -> Deps:
    return replace(deps, matches=leagues)


def analyses_of(deps: Deps) -> MemoryAnalyses:
    assert isinstance(deps.analyses, MemoryAnalyses)
    return deps.analyses


def test_one_thread_runs_until_no_request_is_left() -> None:
    coalescer = Coalescer()
    assert coalescer.start()
    assert not coalescer.start()
    assert coalescer.rerun()
    assert not coalescer.start()
    assert coalescer.rerun()
    assert not coalescer.rerun()
    assert coalescer.start()


def test_an_aborted_run_lets_another_start() -> None:
    coalescer = Coalescer()
    assert coalescer.start()
    coalescer.abort()
    assert coalescer.start()


def test_an_update_during_a_fit_returns_at_once_and_its_league_is_fitted(world: Deps, leagues: Leagues) -> None:
    """The second update arrives in the middle of the first one's fit, in another thread as in a server."""
    answered = threading.Event()

    def arrive() -> None:
        refit.mark_and_refit(updated(8), world)
        answered.set()

    class Arriving(Leagues):
        def history(self, league_id: int, as_of: datetime | None = None) -> History:
            if league_id == 17:
                threading.Thread(target=arrive).start()
                assert answered.wait(10)
            return leagues.history(league_id, as_of)

    refit.mark_and_refit(updated(17), replace(world, matches=Arriving()))
    assert leagues.read == [17, 8]
    assert analyses_of(world).marks == {}


def test_a_run_waits_for_a_league_that_is_not_due(world: Deps) -> None:
    waited: list[float] = []
    analyses_of(world).due_in_s = [0.7, 0.2]
    refit.mark_and_refit(updated(17), replace(world, sleep=waited.append))
    assert waited == [0.7, 0.2]
    assert list(analyses_of(world).stored) == [17]


def test_a_league_without_matches_is_unmarked_and_stores_nothing(deps: Deps) -> None:
    refit.mark_and_refit(updated(8), deps)
    assert (analyses_of(deps).marks, analyses_of(deps).stored) == ({}, {})


def test_a_fit_that_fails_stops_no_other_and_stays_marked(world: Deps, leagues: Leagues) -> None:
    leagues.errors[8] = ZeroDivisionError("a bug of one league")
    for league in (8, 17, 34):
        analyses_of(world).mark(league, 2024, datetime(2026, 1, 1))
    with pytest.raises(ZeroDivisionError):
        refit.refit_marked(world)
    assert list(analyses_of(world).stored) == [17, 34]
    assert list(analyses_of(world).marks) == [8]
    leagues.errors.clear()
    refit.refit_marked(world)
    assert list(analyses_of(world).stored) == [17, 34, 8]


def test_an_unavailable_store_fails_the_delivery_and_the_next_one_fits(world: Deps, leagues: Leagues) -> None:
    leagues.errors[17] = Unavailable("the warehouse does not answer")
    with pytest.raises(Unavailable):
        refit.mark_and_refit(updated(17), world)
    leagues.errors.clear()
    refit.refit_marked(world)
    assert analyses_of(world).marks == {}


def test_endless_updates_fail_the_delivery_and_stay_marked(world: Deps, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refit, "MAX_RUN_S", 0.0)
    analyses_of(world).due_in_s = [1.0] * 1000
    with pytest.raises(Overloaded):
        refit.mark_and_refit(updated(17), world)
    assert list(analyses_of(world).marks) == [17]
    assert world.coalescer.start()
