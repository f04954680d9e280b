"""A batch is stored once and announced, or refused with every fault named, or retried later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from functions.ingest_batch.service import Deps, ingest
from shared.adapters.arrow import record_batches
from shared.domain.football.records import Player, Record, Shot
from shared.errors import InvalidInput, Unavailable
from shared.events.football import LeagueUpdated
from shared.testing.batches import LEAGUE, SEASON, batch, match
from shared.testing.clock import HandClock
from shared.testing.memory_sink import MemorySink
from shared.testing.memory_warehouse import MemoryWarehouse


class World:
    """The function over fakes."""

    def __init__(self) -> None:
        self.warehouse, self.sink, self.clock = MemoryWarehouse(), MemorySink(), HandClock()
        self.deps = Deps(decode=record_batches.decode, warehouse=self.warehouse, sink=self.sink, clock=self.clock)

    def announced(self) -> list[LeagueUpdated]:
        """Return the events that were sent to the broker."""
        return [LeagueUpdated.from_event(event) for event in self.sink.events]


@pytest.fixture
def world() -> World:
    """Nothing is stored, nothing was sent."""
    return World()


def test_a_batch_is_stored_and_announced(world: World) -> None:
    event = batch([match(1), match(2)])
    ingest(event, world.deps)
    assert world.warehouse.current("matches") == [match(1), match(2)]
    (updated,) = world.announced()
    assert (updated.league_id, updated.season_id, updated.records, updated.n_rows) == (LEAGUE, SEASON, "matches", 2)
    assert updated.batch_id == event.id
    assert updated.updated_at == world.clock.now()


def test_a_second_delivery_stores_nothing_and_sends_the_same_event(world: World) -> None:
    event = batch([match(1)])
    ingest(event, world.deps)
    world.clock.move(60)
    ingest(event, world.deps)
    assert world.warehouse.inserted == [("matches", event.id)]
    first, second = world.sink.events
    assert (first.source, first.id) == (second.source, second.id)


def test_an_announcement_that_failed_is_sent_by_the_next_delivery(world: World) -> None:
    event = batch([match(1)])
    world.sink.silent = True
    with pytest.raises(Unavailable):
        ingest(event, world.deps)
    world.sink.silent = False
    ingest(event, world.deps)
    assert world.warehouse.inserted == [("matches", event.id)]
    assert len(world.announced()) == 1


def test_a_batch_that_is_not_stored_is_not_announced(world: World) -> None:
    world.warehouse.silent = True
    with pytest.raises(Unavailable):
        ingest(batch([match(1)]), world.deps)
    assert world.announced() == []


def test_an_empty_batch_is_accepted_and_changes_nothing(world: World) -> None:
    ingest(batch([]), world.deps)
    assert world.warehouse.inserted == []
    assert world.announced() == []


def test_records_without_a_league_get_it_from_the_event(world: World) -> None:
    ingest(batch([player()], kind="players"), world.deps)
    assert world.warehouse.current("players") == [player()]


def player(**changes: Any) -> Player:
    record = Player(
        source="s", version=1, player_id=9, name="N", short_name="N", position="F", country="",
        born_on=date(2001, 2, 3), height_cm=None,
    )  # fmt: skip
    return replace(record, **changes)


def shot(**changes: Any) -> Shot:
    record = Shot(
        source="s", version=1, league_id=LEAGUE, season_id=SEASON, match_id=1, ordinal=0, shot_id=None, player_id=9,
        player_name="", is_home=True, outcome="goal", situation="", body_part="", goal_type="", minute=1,
        added_minute=None, second=None, x=1.0, y=2.0, z=0.0, goal_mouth_location="", goal_mouth_y=None,
        goal_mouth_z=None, xg=0.1, xgot=None,
    )  # fmt: skip
    return replace(record, **changes)


@pytest.mark.parametrize(
    ("kind", "rows", "column"),
    [
        ("matches", [match(1), match(2, league_id=8)], "league_id: 1 rows are not of 17"),
        ("matches", [match(1, season_id=1), match(2, season_id=2)], "season_id: 2 rows are not of 76986"),
        ("matches", [match(0)], "match_id: 0 is not positive"),
        ("matches", [match(-4), match(5)], "match_id: -4 is not positive"),
        ("matches", [match(1, home_id=0)], "home_id: 0 is not positive"),
        ("matches", [match(1, version=0)], "version: 0 is not positive"),
        ("matches", [match(1, starts_at=datetime(1899, 12, 31, 23, tzinfo=UTC))], "starts_at: a date before 1900"),
        ("matches", [match(1, starts_at=datetime(2300, 1, 1, 1, tzinfo=UTC))], "starts_at: a date before 1900"),
        ("players", [player(born_on=date(1801, 1, 1))], "born_on: a date before 1900"),
        ("shots", [shot(x=float("nan"))], "x: a number that is not finite"),
        ("shots", [shot(), shot(ordinal=1, xg=float("inf"))], "xg: a number that is not finite"),
    ],
)
def test_impossible_rows_are_refused_by_column(world: World, kind: str, rows: Sequence[Record], column: str) -> None:
    with pytest.raises(InvalidInput, match=column):
        ingest(batch(rows, kind=kind), world.deps)
    assert world.warehouse.inserted == []
    assert world.announced() == []


def test_every_fault_is_named_at_once(world: World) -> None:
    with pytest.raises(InvalidInput) as caught:
        ingest(batch([match(0, season_id=1, home_id=-1)], n_rows=3), world.deps)
    assert list(caught.value.errors) == ["rows", "season_id", "match_id", "home_id"]


@pytest.mark.parametrize(
    "changes",
    [
        {"arrow": b"no arrow"},
        {"arrow": b""},
        {"records": "goals"},
        {"records": "teams"},
        {"n_rows": 2},
        {"n_rows": -1},
        {"league_id": 18},
        {"season_id": 1},
    ],
)
def test_a_batch_that_can_never_be_stored_is_invalid_input(world: World, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        ingest(batch([match(1)], **changes), world.deps)
    assert world.warehouse.inserted == []


def test_another_type_of_event_is_invalid_input(world: World) -> None:
    event = batch([match(1)])
    for other in (
        replace(event, type=LeagueUpdated.TYPE),
        replace(event, content_type="application/json"),
        replace(event, extensions={**event.extensions, "rows": "many"}),
        replace(event, extensions={}),
    ):
        with pytest.raises(InvalidInput):
            ingest(other, world.deps)
