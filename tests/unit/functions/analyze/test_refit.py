"""When leagues are fitted, over fakes: whose turn it is, what a failed fit stops, and who is told to come again."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime

import pytest

from functions.analyze import refit as fitting
from functions.analyze.coalescer import Turn
from functions.analyze.models.history import History
from functions.analyze.ports import Deps
from shared.errors import Overloaded, Unavailable
from tests.support.analyze.seasons import play
from tests.unit.functions.analyze.models.test_analysis import history
from tests.unit.functions.analyze.test_service import MemoryFits, deps, updated

__all__ = ["deps"]


class Leagues:
    """Leagues that have the matches of league 17; what reading one raises or does, by id."""

    def __init__(self) -> None:
        self.read: list[int] = []
        self.trouble: dict[int, Exception] = {}

    def history(self, league_id: int, as_of: datetime | None = None) -> History:
        self.read.append(league_id)
        if league_id in self.trouble:
            raise self.trouble[league_id]
        return replace(history(play()), league_id=league_id)


@pytest.fixture
def leagues(deps: Deps) -> Leagues:
    return Leagues()


@pytest.fixture
def world(deps: Deps, leagues: Leagues) -> Deps:
    return replace(deps, matches=leagues)


def fits_of(deps: Deps) -> MemoryFits:
    assert isinstance(deps.fits, MemoryFits)
    return deps.fits


def test_a_turn_is_one_threads_and_ends_when_no_word_was_left() -> None:
    turn = Turn()
    assert turn.take()
    assert not turn.take()
    assert turn.again()
    assert not turn.take()
    assert turn.again()
    assert not turn.again()
    assert turn.take()


def test_a_turn_given_up_is_free() -> None:
    turn = Turn()
    assert turn.take()
    turn.drop()
    assert turn.take()


def test_who_comes_while_another_fits_leaves_at_once_and_its_mark_is_fitted(world: Deps, leagues: Leagues) -> None:
    """The second update arrives in the middle of the first one's fit, in another thread as in a server."""
    answered = threading.Event()

    def arrive() -> None:
        fitting.updated(updated(8), world)
        answered.set()

    class Arriving(Leagues):
        def history(self, league_id: int, as_of: datetime | None = None) -> History:
            if league_id == 17:
                threading.Thread(target=arrive).start()
                assert answered.wait(10)
            return leagues.history(league_id, as_of)

    fitting.updated(updated(17), replace(world, matches=Arriving()))
    assert leagues.read == [17, 8]
    assert fits_of(world).marks == {}


def test_a_league_that_is_not_due_is_waited_for(world: Deps) -> None:
    waited: list[float] = []
    fits_of(world).due_in_s = [0.7, 0.2]
    fitting.updated(updated(17), replace(world, wait=waited.append))
    assert waited == [0.7, 0.2]
    assert list(fits_of(world).stored) == [17]


def test_a_league_without_matches_is_unmarked_and_stores_nothing(deps: Deps) -> None:
    fitting.updated(updated(8), deps)
    assert (fits_of(deps).marks, fits_of(deps).stored) == ({}, {})


def test_a_fit_that_fails_stops_no_other_and_stays_marked(world: Deps, leagues: Leagues) -> None:
    leagues.trouble[8] = ZeroDivisionError("a bug of one league")
    for league in (8, 17, 34):
        fits_of(world).mark(league, 2024, datetime(2026, 1, 1))
    with pytest.raises(ZeroDivisionError):
        fitting.fit_marked(world)
    assert list(fits_of(world).stored) == [17, 34]
    assert list(fits_of(world).marks) == [8]
    leagues.trouble.clear()
    fitting.fit_marked(world)
    assert list(fits_of(world).stored) == [17, 34, 8]


def test_an_engine_that_is_silent_is_asked_again_later(world: Deps, leagues: Leagues) -> None:
    leagues.trouble[17] = Unavailable("the warehouse does not answer")
    with pytest.raises(Unavailable):
        fitting.updated(updated(17), world)
    leagues.trouble.clear()
    fitting.fit_marked(world)
    assert fits_of(world).marks == {}


def test_updates_without_end_are_given_up_in_time_and_stay_marked(world: Deps, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "LONGEST_TURN_S", 0.0)
    fits_of(world).due_in_s = [1.0] * 1000
    with pytest.raises(Overloaded):
        fitting.updated(updated(17), world)
    assert list(fits_of(world).marks) == [17]
    assert world.turn.take()
