"""The journal on disk: every step in order, bounded, and never in the way of events."""

from __future__ import annotations

import itertools
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from knative.local.eventing.trace import trace_store
from knative.local.eventing.trace.event_trace import TraceStep
from knative.local.eventing.trace.trace_store import StoredTrace
from knative.local.tools.trace.trace_reader import TraceReader
from shared.events import tracing
from tests.support.eventing.doubles import make_event


def steps(path: Path) -> list[tuple[float, str, str]]:
    with sqlite3.connect(path) as connection:
        return connection.execute("SELECT at, what, id FROM steps ORDER BY n").fetchall()


def a_step(number: int) -> TraceStep:
    return TraceStep(what="received", source="/test", id=f"event-{number}", consumer="Broker touchline/default")


def test_every_step_is_there_in_order_with_its_moment(tmp_path: Path) -> None:
    moments = itertools.count(100)
    journal = StoredTrace(tmp_path / "journal.db", now=lambda: float(next(moments)))
    for number in range(250):
        journal.record(a_step(number))
    journal.close()
    assert steps(tmp_path / "journal.db") == [(100.0 + n, "received", f"event-{n}") for n in range(250)]


def test_the_attempt_that_delivers_and_the_delivery_are_one_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        trace_store, "BATCH_EVERY_S", 10.0
    )  # or else the attempt may be written before the rest is told
    identity = ("/test", "1", "Trigger a/t")
    attempt = TraceStep("attempt", *identity, attempt=2, status=202, took_s=0.5, place="http://sink/")
    journal = StoredTrace(tmp_path / "journal.db", now=lambda: 1.0)
    for step in (
        attempt,
        TraceStep("delivered", *identity),
        attempt,
        TraceStep("delivered", "/test", "other", "Trigger a/t"),
    ):
        journal.record(step)
    journal.close()
    with TraceReader(tmp_path / "journal.db") as history:
        steps_stored = [row.step for row in history.after(0)]
    assert steps_stored == [
        attempt._replace(what="delivered"),
        attempt,
        TraceStep("delivered", "/test", "other", "Trigger a/t"),
    ]


def test_a_second_process_goes_on_where_the_first_one_ended(tmp_path: Path) -> None:
    for number in (1, 2):
        journal = StoredTrace(tmp_path / "journal.db")
        journal.record(a_step(number))
        journal.close()
    assert [step[2] for step in steps(tmp_path / "journal.db")] == ["event-1", "event-2"]


def test_a_full_queue_leaves_steps_out_and_says_how_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace_store, "BATCH_EVERY_S", 10.0)
    journal = StoredTrace(tmp_path / "journal.db", max_pending=3)
    for number in range(5):
        journal.record(a_step(number))
    journal.close()
    with sqlite3.connect(tmp_path / "journal.db") as connection:
        identity = connection.execute("SELECT what, id, detail FROM steps ORDER BY n").fetchall()
    assert identity[:3] == [("received", f"event-{n}", "") for n in range(3)]
    assert identity[3:] == [("unrecorded", "", "2 steps")]


def test_half_a_surrogate_pair_takes_nothing_else_down(tmp_path: Path) -> None:
    journal = StoredTrace(tmp_path / "journal.db")
    for name in ("1", "half \ud800", "2"):
        journal.record(TraceStep("received", "/test", name))
    journal.close()
    assert [step[2] for step in steps(tmp_path / "journal.db")] == ["1", "half ?", "2"]


def test_a_file_that_cannot_be_written_harms_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "journal.db").mkdir()
    journal = StoredTrace(tmp_path / "journal.db")
    journal.record(a_step(1))
    journal.close()
    assert "steps are not recorded" in caplog.text


@pytest.mark.parametrize("bounds", [{"max_rows": 400, "max_bytes": 2**30}, {"max_rows": 10**9, "max_bytes": 100_000}])
def test_the_oldest_steps_make_room(tmp_path: Path, bounds: dict[str, int]) -> None:
    connection = trace_store.connect(tmp_path / "journal.db")
    for first in range(0, 2000, 200):
        trace_store.write(connection, [(float(n), a_step(n)) for n in range(first, first + 200)])
        trace_store.prune(connection, **bounds)
    n_stored = [step[2] for step in steps(tmp_path / "journal.db")]
    assert n_stored == [f"event-{n}" for n in range(2000 - len(n_stored), 2000)]
    assert 200 <= len(n_stored) <= 500
    assert trace_store.n_bytes(connection) <= bounds["max_bytes"]
    connection.close()


def test_a_file_of_another_shape_is_begun_anew_and_keeps_what_was_redriven(tmp_path: Path) -> None:
    connection = trace_store.connect(tmp_path / "journal.db")
    connection.execute("INSERT INTO redrives VALUES ('dead', 0, '7', 1.0)")
    trace_store.write(connection, [(1.0, a_step(1))])
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    connection = trace_store.connect(tmp_path / "journal.db")
    assert steps(tmp_path / "journal.db") == []
    assert connection.execute("SELECT count(*) FROM redrives").fetchone() == (1,)
    connection.close()


def test_an_event_belongs_to_the_trace_it_carries_or_begins_one_of_its_own() -> None:
    carried = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
    carried_id = "0af7651916cd43dd8448eb211c80319c"
    assert (
        make_event(traceparent=carried["traceparent"]).trace_id
        == replace(make_event(), passthrough=carried).trace_id
        == carried_id
    )
    begun = tracing.trace_id(tracing.trace_of_event("/test", "1"))
    assert make_event().trace_id == make_event(traceparent="nonsense").trace_id == begun
