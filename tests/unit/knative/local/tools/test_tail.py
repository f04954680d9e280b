"""Which steps tail shows, and that it follows."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from knative.local.eventing.trace import trace_store
from knative.local.eventing.trace.event_trace import TraceStep
from knative.local.tools.text.terminal import Painter
from knative.local.tools.trace import tail
from knative.local.tools.trace.trace_reader import RecordedStep, TraceReader
from knative.manifests.model import Name

IN = TraceStep("received", "/s", "1", "Broker a/b", "made.v1")
OUT = TraceStep("attempt", "/s", "1", "Trigger a/t", attempt=1, status=503, took_s=0.0124, detail="no room")
REPLY = TraceStep("matched", "/s", "2", "Trigger a/t", "told.v1", place="knative-broker-a-b/0@7")
READ = TraceStep("read", "/s", "3", "KafkaSource a/k", "row", place="rows/0@7")


def shown(choice: tail.StepFilter) -> list[TraceStep]:
    return [step for step in (IN, OUT, REPLY, READ) if choice.wants(step)]


def test_one_line_for_each_event_or_every_step() -> None:
    assert shown(tail.StepFilter()) == [IN, READ]
    assert shown(tail.StepFilter(every_step=True)) == [IN, OUT, REPLY, READ]


def test_later_steps_are_chosen_by_the_type_told_first() -> None:
    assert shown(tail.StepFilter(type="made.*", every_step=True)) == [IN, OUT]


def test_a_brokers_events_are_those_at_its_door_and_on_its_topic() -> None:
    broker = Name(namespace="a", name="b")
    assert shown(tail.StepFilter(broker=broker, every_step=True)) == [IN, OUT, REPLY]
    assert shown(tail.StepFilter(broker=Name(namespace="a", name="other"), every_step=True)) == []


def test_an_attempt_is_one_line_that_says_why() -> None:
    line = tail.format_step(RecordedStep(1, 3661.5, OUT), Painter(False))
    assert line == "01:01:01.500  attempt        1  Trigger a/t: #1 503 in 12 ms no room"
    assert "\x1b[31mattempt" in tail.format_step(RecordedStep(1, 3661.5, OUT), Painter(True))


def test_a_step_is_one_line_whatever_its_event_holds() -> None:
    hostile = IN._replace(type="a.b\n07:00:00.000  received  forged", id="x\x1b]0;t\x07", detail="\x85\u2028\ufffe")
    line = tail.format_step(RecordedStep(1, 0.0, hostile), Painter(False))
    assert line.isprintable()
    assert r"a.b\n07:00:00.000  received  forged  x\x1b]0;t\x07" in line
    assert r"\x85\u2028\ufffe" in line


def test_it_follows_what_is_noted_and_a_journal_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    connection = trace_store.connect(path)
    trace_store.write(connection, [(float(n), IN._replace(id=str(n))) for n in range(4)])
    later = [["4"], ["again-1"]]

    def wait() -> None:
        if len(later) == 1:
            connection.execute("DELETE FROM steps")
        if later:
            trace_store.write(connection, [(9.0, IN._replace(id=name)) for name in later.pop(0)])

    with TraceReader(path) as history:
        result = [recorded.step.id for recorded in islice(tail.follow(history, last=2, wait=wait), 4)]
    assert result == ["2", "3", "4", "again-1"]
    connection.close()
