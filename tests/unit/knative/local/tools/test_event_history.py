"""The life of an event as a tree: verdicts, attempts, ends, and what followed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from knative.local.eventing.trace import trace_store
from knative.local.eventing.trace.event_trace import TraceStep
from knative.local.tools.text import text_tree
from knative.local.tools.text.terminal import Painter
from knative.local.tools.text.time_format import span
from knative.local.tools.trace import event_history
from knative.local.tools.trace.trace_reader import TraceReader
from shared.errors import NotFound

BROKER, FIRST, SECOND = "Broker a/default", "Trigger a/first", "Trigger a/second"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def note(path: Path, *steps: tuple[float, TraceStep]) -> None:
    connection = trace_store.connect(path)
    trace_store.write(connection, steps)
    connection.close()


def told(path: Path, id: str, source: str = "/s") -> str:
    """The tree as text, seconds since the event came in."""
    with TraceReader(path) as history:
        (event,) = history.find_events(id, source=source)
        return "\n".join(
            text_tree.format_tree(
                event_history.read_history(event, history).lines, since=event.at, paint=Painter(False)
            )
        )


def test_a_tree_shows_control_characters_escaped(path: Path) -> None:
    hostile = "no\x1b[2J room\n+0 ms └─ ✓ forged"
    note(path, (0.0, step("received", "Broker a/b")), (0.1, step("dropped", FIRST, status=503, detail=hostile)))
    tree = told(path, "1")
    assert r"no\x1b[2J room\n+0 ms └─ ✓ forged" in tree
    assert all(line.isprintable() for line in tree.split("\n"))


def step(what: str, consumer: str, id: str = "1", **more: object) -> TraceStep:
    return TraceStep(what=what, source="/s", id=id, consumer=consumer, **more)  # type: ignore[arg-type]


@pytest.mark.conforms("broker-tells-operator")
def test_retries_then_a_dead_letter_and_who_did_not_want_it(path: Path) -> None:
    note(
        path,
        (100.001, step("unmatched", SECOND, detail="attribute n is '1', not '2'")),
        (100.002, step("received", BROKER, type="t")),  # the door notes it when a Trigger may have it already
        (100.003, step("matched", FIRST, detail="type = t")),
        (100.013, step("attempt", FIRST, attempt=1, status=503, took_s=0.01, detail="no room")),
        (100.013, step("waits", FIRST, attempt=2, wait_s=0.4)),
        (100.433, step("attempt", FIRST, attempt=2, took_s=0.02, detail="no answer within 0.02 s")),
        (100.434, step("dead_lettered", FIRST, place="http://e/kafkasinks/a/dead", detail="no answer within 0.02 s")),
    )
    assert told(path, "1") == (
        "  +0 ms  ├─ Broker a/default  received\n"
        "  +0 ms  ├─ · Trigger a/second  no match: attribute n is '1', not '2'\n"
        "  +2 ms  └─ ✗ Trigger a/first  matched type = t\n"
        " +12 ms     ├─ ✗ attempt 1  503 in 10 ms: no room\n"
        "+432 ms     ├─ ✗ attempt 2 after 400 ms  no answer in 20 ms: no answer within 0.02 s\n"
        "+433 ms     └─ ✗ dead letter in KafkaSink a/dead  no answer within 0.02 s"
    )


def test_an_attempt_elsewhere_says_where(path: Path) -> None:
    """A dead-letter sink that is an address is tried like a subscriber."""
    there: dict[str, Any] = {"attempt": 1, "took_s": 0.1}
    note(
        path,
        (1.0, step("attempt", FIRST, status=400, place="http://f/", **there)),
        (1.1, step("attempt", FIRST, status=503, place="http://letters/", **there)),
        (1.1, step("waits", FIRST, attempt=2, wait_s=0.2)),
        (1.4, step("attempt", FIRST, status=202, place="http://letters/", attempt=2, took_s=0.1)),
    )
    assert [line.split("attempt ")[1] for line in told(path, "1").splitlines()[1:]] == [
        "1  400 in 100 ms",
        "1 at http://letters/  503 in 100 ms",
        "2 after 200 ms at http://letters/  202 in 100 ms",
    ]


def test_a_delivery_is_told_as_the_attempt_that_did_it(path: Path) -> None:
    note(
        path,
        (1.0, step("matched", FIRST)),
        (1.1, step("delivered", FIRST, attempt=1, status=202, took_s=0.1, place="x")),
    )
    assert told(path, "1").splitlines()[1] == "+100 ms     └─ ✓ attempt 1  202 in 100 ms"


def test_one_that_waits_for_its_next_attempt_is_open(path: Path) -> None:
    note(
        path,
        (1.0, step("matched", FIRST)),
        (1.1, step("attempt", FIRST, attempt=1, status=500, took_s=0.1)),
        (1.1, step("waits", FIRST, attempt=2, wait_s=12.8)),
    )
    assert told(path, "1").splitlines()[::2] == [
        "  +0 ms  └─ … Trigger a/first  matched",
        "+100 ms     └─ … attempt 2 in 12.8 s",
    ]


def test_a_delivery_that_a_restart_cut_off_is_begun_again(path: Path) -> None:
    note(
        path,
        (1.0, step("read", "KafkaSource a/rows", place="rows/0@7")),
        (1.1, step("attempt", "KafkaSource a/rows", attempt=1, status=202, took_s=0.1)),
        (2.0, TraceStep(what="started")),
        (2.1, step("read", "KafkaSource a/rows", place="rows/0@7")),
        (2.2, step("attempt", "KafkaSource a/rows", attempt=1, status=202, took_s=0.1)),
        (2.2, step("delivered", "KafkaSource a/rows", attempt=1, status=202)),
        (3.0, TraceStep(what="started")),
    )
    assert told(path, "1").splitlines() == [
        "  +0 ms  ├─ ✓ KafkaSource a/rows  read rows/0@7",
        "+100 ms  │  ├─ ✓ attempt 1  202 in 100 ms",
        " +1.1 s  │  ├─ begun again: not acknowledged before",
        " +1.2 s  │  └─ ✓ attempt 1  202 in 100 ms",
        "   +1 s  └─ the eventing process started anew",
    ]


def test_a_reply_stands_below_the_attempt_that_brought_it(path: Path) -> None:
    note(
        path,
        (1.0, step("matched", FIRST)),
        (1.1, step("attempt", FIRST, attempt=1, status=200, took_s=0.1)),
        (1.2, step("replied", FIRST, next_source="/s", next_id="2")),
        (1.2, step("delivered", FIRST)),
        (1.3, step("unmatched", FIRST, id="2", detail="no")),
    )
    assert told(path, "1").splitlines()[2:] == [
        "+200 ms        └─ replied with 2",
        "+300 ms           └─ · Trigger a/first  no match: no",
    ]
    with TraceReader(path) as history:
        assert (
            event_history.read_history(history.find_events("2")[0], history).cause
            == "reply to event 1 of /s, at Trigger a/first"
        )


def test_a_posted_event_stands_below_the_attempt_it_was_posted_in(path: Path) -> None:
    """Three of one trace: 1 makes 2, and while 1 is still under way, 2 makes 3."""
    note(
        path,
        (1.0, step("matched", FIRST, trace="t")),
        (1.2, step("received", BROKER, id="2", type="second", trace="t")),
        (1.2, step("matched", SECOND, id="2", trace="t")),
        (1.4, step("received", BROKER, id="3", type="third", trace="t")),
        (1.5, step("attempt", SECOND, id="2", attempt=1, status=202, took_s=0.25)),
        (1.9, step("attempt", FIRST, attempt=1, status=202, took_s=0.85)),
        (9.0, step("received", BROKER, id="4", type="later, from elsewhere", trace="t")),
    )
    assert told(path, "1").splitlines() == [
        "  +0 ms  └─ … Trigger a/first  matched",
        "+900 ms     └─ ✓ attempt 1  202 in 850 ms",
        "+200 ms        └─ posted 2  second",
        "+200 ms           ├─ Broker a/default  received",
        "+200 ms           └─ … Trigger a/second  matched",
        "+500 ms              └─ ✓ attempt 1  202 in 250 ms",
        "+400 ms                 └─ posted 3  third",
        "+400 ms                    └─ Broker a/default  received",
    ]
    with TraceReader(path) as history:
        (third,) = history.find_events("3")
        assert event_history.read_history(third, history).cause == "caused by event 2 of /s, at Trigger a/second"


def test_replies_that_go_round_in_a_loop_end(path: Path) -> None:
    round_ = range(event_history.MAX_EVENTS + 50)
    note(path, *((float(n), step("replied", FIRST, id=str(n), next_source="/s", next_id=str(n + 1))) for n in round_))
    assert told(path, "0").count("replied with") == event_history.MAX_EVENTS
    note(path, (1000.0, step("replied", FIRST, id="1", next_source="/s", next_id="1")))
    assert told(path, "1")


def test_an_id_is_found_by_how_it_begins_and_a_whole_one_wins(path: Path) -> None:
    for n, name in enumerate(["order-1", "order-10", "order-2", "other"]):
        note(path, (float(n), step("received", BROKER, id=name, type="t")))
    note(path, (9.0, TraceStep(what="received", source="/else", id="order-1", consumer=BROKER)))
    with TraceReader(path) as history:
        assert [one.id for one in history.find_events("order-")] == ["order-1", "order-2", "order-10", "order-1"]
        assert [one.source for one in history.find_events("order-1")] == ["/else", "/s"]
        assert [one.id for one in history.find_events("order-1", source="/s")] == ["order-1"]
        assert history.find_events("nothing") == []


def test_a_journal_that_is_not_there_says_so(path: Path) -> None:
    with pytest.raises(NotFound, match="no journal"):
        TraceReader(path)
    assert not path.exists()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.0004, "0 ms"), (0.0123, "12 ms"), (0.9996, "1 s"), (12.82, "12.8 s"), (120, "2 min"), (7200, "2 h")],
)
def test_spans_have_the_digits_that_mean_something(seconds: float, words: str) -> None:
    assert span(seconds) == words
