"""Windows over purchases as they come: once in effect, late ones told, and equal to the batch after it has run."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.stream_sales import core, service
from functions.stream_sales.store import ClickHouseLiveTables
from shared.adapters.memory.event_log import MemoryLog
from shared.domain.lake import staging
from shared.errors import Unavailable
from shared.events import cloudevents
from shared.events.envelope import Event
from shared.events.shop import TOPIC
from shared.ports.log import NewEntry
from tests.support.lake import oracle
from tests.support.lake.lake import Lake, lake
from tests.support.lake.purchases import cancellation, event, purchase, random_events

__all__ = ["lake"]
# What is older than forty days is not kept, so these tests happen on the day before this one.
MIDNIGHT = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
DAY = MIDNIGHT.date()


class Stream:
    """stream-sales over a log in memory and a real ClickHouse."""

    def __init__(self, lake: Lake) -> None:
        self.lake, self.log = lake, MemoryLog()
        self.log.ensure_topic(TOPIC, partitions=2)
        lake.clock.move((MIDNIGHT + timedelta(days=1, hours=3) - lake.clock.now()).total_seconds())
        self.deps = service.Deps(
            log=lambda: self.log, tables=ClickHouseLiveTables(lake.warehouse), clock=lake.clock, member="one"
        )

    def send(self, *events: Event) -> None:
        """Append events to the log and hand them to the lake."""
        self.log.append(TOPIC, [entry(each) for each in events])

    def drain(self) -> int:
        return service.drain(self.deps)

    def revenue(self) -> dict[Any, int]:
        """Of each window of ten minutes that has any."""
        rows = self.lake.warehouse.query(
            "SELECT toStartOfInterval(purchased_at, toIntervalMinute(10)) AS at, sum(total) AS revenue "
            "FROM live_purchases FINAL WHERE NOT cancelled GROUP BY at"
        )
        return {row["at"]: row["revenue"] for row in rows}

    def late(self) -> list[str]:
        rows = self.lake.warehouse.query("SELECT purchase_id FROM late_purchases FINAL ORDER BY purchase_id")
        return [row["purchase_id"] for row in rows]


def entry(what: Event) -> NewEntry:
    headers, value = cloudevents.to_record(what)
    return NewEntry(value=value, headers=tuple(headers), key=what.subject.encode())


def at(clock: str, **changes: Any) -> Event:
    """A purchase at a time of that day."""
    hour, minute, second = map(int, clock.split(":"))
    moment = MIDNIGHT + timedelta(hours=hour, minutes=minute, seconds=second)
    return event(purchase(purchased_at=moment.isoformat(), **changes))


@pytest.fixture
def stream(lake: Lake) -> Stream:
    return Stream(lake)


def test_a_purchase_that_comes_twice_counts_once_and_a_cancelled_one_not_at_all(stream: Stream) -> None:
    first, second = at("10:00:00", purchase_id="a"), at("10:05:00", purchase_id="b")
    stream.send(first, second, first, cancellation(second))
    stream.drain()
    assert stream.revenue() == {MIDNIGHT + timedelta(hours=10): 900}


def test_c3_4_a_reader_that_dies_between_insert_and_acknowledgement_leaves_what_the_oracle_counts(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = [at(f"10:{minute:02}:00", purchase_id=f"p-{minute}") for minute in range(40)]
    stream.send(*events)
    consumer = type(stream.log.consumer(TOPIC, service.GROUP, member="one"))
    with monkeypatch.context() as patch:
        patch.setattr(consumer, "ack", lambda *_: (_ for _ in ()).throw(Unavailable("killed")))
        with pytest.raises(Unavailable):
            stream.drain()
    stream.drain()
    assert sum(stream.revenue().values()) == 900 * 40
    assert stream.late() == []
    assert stream.log.lag(TOPIC, service.GROUP) == 0


def test_c3_14_a_purchase_after_its_window_closed_is_told_and_in_the_batch_and_then_both_agree(stream: Stream) -> None:
    on_time, late = at("11:20:00", purchase_id="on-time"), at("10:59:59", purchase_id="late")
    stream.send(on_time)
    stream.drain()
    stream.send(late)
    stream.drain()
    assert stream.late() == ["late"]
    assert sum(stream.revenue().values()) == 900
    stream.lake.load([on_time, late])
    stream.lake.build()
    assert sum(stream.revenue().values()) == 1800
    batch = stream.lake.warehouse.query("SELECT sum(revenue) AS revenue FROM sales_by_day")
    assert batch == [{"revenue": 1800}]


def test_a_late_cancellation_leaves_its_window_with_the_batch(stream: Stream) -> None:
    made = at("10:00:00", purchase_id="a")
    stream.send(made, at("12:00:00", purchase_id="b"))
    stream.drain()
    stream.send(cancellation(made))
    stream.drain()
    stream.lake.load([made, cancellation(made)])
    assert sum(stream.revenue().values()) == 1800
    stream.lake.build()
    assert sum(stream.revenue().values()) == 900


def test_a_window_is_open_until_ten_minutes_after_it() -> None:
    nine = datetime(2026, 3, 1, 9, tzinfo=UTC)
    row = {"purchased_at": nine + timedelta(minutes=9, seconds=59)}
    for minutes, is_late in ((19, False), (20, True)):
        watermark = core.watermark_of(nine + timedelta(minutes=minutes), now=nine + timedelta(days=1))
        assert core.split_late([row], watermark) == (([], [row]) if is_late else ([row], []))


def test_a_clock_ahead_of_ours_closes_no_window() -> None:
    now = datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert core.watermark_of(now + timedelta(hours=20), now=now) == now - core.LATENESS


def test_stream_and_batch_equal_the_oracle_after_disorder_doubles_and_kills(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    luck = random.Random(5)
    events = list(random_events(31, 150, days=1))
    events = [moved(each) for each in events]
    shuffled = luck.sample(events, len(events))
    stores = type(stream.deps.tables)
    real = stores.store

    def store(self: ClickHouseLiveTables, *args: Any, **params: Any) -> None:
        real(self, *args, **params)
        if luck.random() < 0.5:
            raise Unavailable("killed after the insert")

    monkeypatch.setattr(stores, "store", store)
    for first in range(0, len(shuffled), 20):
        stream.send(*shuffled[first : first + 20])
        for _ in range(3):
            try:
                stream.drain()
            except Unavailable:
                stream.deps = replace(stream.deps, member=f"member-{luck.random()}")
    monkeypatch.undo()
    stream.drain()
    stream.lake.load(shuffled)
    stream.lake.build()
    expected = oracle.final_purchases(events)
    by_category = stream.lake.warehouse.query(
        "SELECT currency, category, toInt64(count()) AS n, sum(quantity) AS items, sum(total) AS revenue "
        "FROM live_purchases FINAL WHERE NOT cancelled GROUP BY currency, category"
    )
    assert {(row["currency"], row["category"]): tuple(row.values())[2:] for row in by_category} == oracle.sums(
        expected, "category"
    )
    assert stream.lake.sums("sales_by_day", "day") == oracle.sums(expected, "day")


def moved(each: Event) -> Event:
    """An event of the first of March on the day of these tests."""
    payload = json.loads(each.data)
    moment = datetime.fromisoformat(payload["purchased_at"])
    payload["purchased_at"] = (MIDNIGHT + (moment - datetime(2026, 3, 1, tzinfo=UTC))).isoformat()
    return replace(each, data=json.dumps(payload).encode())


def test_what_breaks_a_rule_is_in_no_window(stream: Stream) -> None:
    stream.send(at("10:00:00", total=1), at("10:00:00", purchase_id="good"))
    stream.drain()
    assert sum(stream.revenue().values()) == 900


def test_before_anybody_bought_there_is_nothing_to_do(lake: Lake) -> None:
    assert service.drain(replace(Stream(lake).deps, log=MemoryLog)) == 0


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"total": 1},
        {"quantity": "2", "total": 900},
        {"purchased_at": "2026-03-01T12:00:00"},
        {"cancelled_at": "2026-03-01T12:00:00Z"},
        {"cancelled_at": 5},
        {"currency": "EURO"},
        {"discount": -1},
        {"product_name": None},
        {"version": True},
    ],
)
def test_the_stream_accepts_what_the_lake_accepts_and_nothing_else(changes: dict[str, Any]) -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    text = json.dumps(purchase() | changes)
    accepted = staging.stage(staging.PURCHASES, [staging.RawRow(id="", type="", payload=text)], now=now).staged
    read = staging.read_purchase(text, now=now)
    assert (read is not None) == bool(accepted)
    if read:
        assert read["purchased_at"] == accepted[0]["purchased_at"]
