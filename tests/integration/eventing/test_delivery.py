"""The laptop Knative on a real log, as processes: what was acknowledged is delivered, whatever dies in between."""

from __future__ import annotations

import base64
import itertools
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from knative.local.tools.trace.trace_reader import TraceReader
from shared.ports.log import NewEntry
from tests.support.eventing.processes import Stack
from tests.support.waiting import NO_AUTHORITIES, eventually

EXTENSIONS = ("ce_knativeerrorcode", "ce_knativeerrordest", "ce_knativeerrordata", "ce_hint")


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """A running stack."""
    started = Stack(tmp_path / "stack")
    try:
        started.start()
        yield started
    finally:
        started.stop()


def received(stack: Stack) -> Counter[str]:
    return Counter(note["id"] for note in stack.notes())


def is_shut(url: str) -> bool:
    """Whether nobody answers there."""
    try:
        httpx.get(f"{url}/health/live", timeout=20, verify=NO_AUTHORITIES)
    except httpx.TransportError:
        return True
    return False


def waits_of(id: str, stack: Stack) -> list[float]:
    """Before each retry, as the journal has them."""
    with TraceReader(stack.journal) as history:
        return [noted.step.wait_s for noted in history.steps("/test", id) if noted.step.what == "waits"]


def test_an_event_reaches_the_function_as_it_was_sent(stack: Stack) -> None:
    assert stack.post("1", data=b'{"n":1}', subject="a%20b", time="2026-01-01T00:00:00.123456789Z") == 202
    assert stack.post("2", type="unwanted") == 202
    stack.settle()
    (note,) = stack.notes()
    assert (note["path"], note["body"]) == ("/events/all", '{"n":1}')
    headers = {name.lower(): value for name, value in note["headers"].items()}
    assert headers["ce-subject"] == "a%20b"
    assert headers["ce-time"] == "2026-01-01T00:00:00.123456789Z"
    assert headers["prefer"] == "reply"
    assert headers["kn-namespace"] == "touchline"
    assert stack.status()["triggers"]["all"]["unmatched"] == 1


def test_409_and_503_are_retried_after_the_waits_of_the_kafka_broker(stack: Stack) -> None:
    stack.post("1", answers="409-503-202")
    stack.settle()
    moments = [note["at"] for note in stack.notes()]
    passed = [later - earlier for earlier, later in itertools.pairwise(moments)]
    # Something else may have the processor when a wait is over, so the waits themselves are read in the journal.
    eventually(lambda: waits_of("1", stack) == [0.1, 0.2])
    assert all(took >= wait for took, wait in zip(passed, [0.1, 0.2], strict=True))
    assert stack.dead_letters() == []


def test_poison_is_dead_lettered_once_with_its_reason(stack: Stack) -> None:
    stack.post("1", answers="400", data=b'{"bad":true}')
    stack.settle()
    assert received(stack) == {"1": 1}
    (letter,) = stack.dead_letters()
    by_name = {name: value.decode() for name, value in letter.headers}
    assert letter.value == b'{"bad":true}'
    assert by_name["ce_id"] == "1"
    assert [by_name[name] for name in EXTENSIONS] == [
        "400",
        f"{stack.internal_url}/touchline/sink/events/all",
        base64.b64encode(b"told 400").decode(),
        "look",
    ]


def test_what_fails_to_the_last_retry_is_dead_lettered(stack: Stack) -> None:
    stack.post("1", answers="500")
    stack.settle()
    assert received(stack) == {"1": 4}
    assert len(stack.dead_letters()) == 1


def test_a_reply_becomes_an_event_of_the_broker_and_a_text_is_a_failure(stack: Stack) -> None:
    stack.post("1", answers="reply")
    stack.post("2", answers="text")
    stack.settle()
    stored = [dict(entry.headers) for entry in stack.event_log.replay("knative-broker-touchline-default")]
    assert b"reply-1" in [headers["ce_id"] for headers in stored]
    (letter,) = stack.dead_letters()
    assert dict(letter.headers)["ce_id"] == b"2"
    assert received(stack)["2"] == 1


def test_plain_records_of_a_topic_wake_a_function(stack: Stack) -> None:
    stack.event_log.append("rows", [NewEntry(value=f"row {n}".encode(), key=b"k") for n in range(20)])
    eventually(lambda: len(stack.notes()) >= 20, within_s=60)
    stack.settle()
    notes = stack.notes()
    assert [note["body"] for note in notes] == [f"row {n}" for n in range(20)]
    headers = {name.lower(): value for name, value in notes[0]["headers"].items()}
    assert headers["ce-type"] == "dev.knative.kafka.event"
    assert headers["ce-partitionkey"] == "k"
    # The Kafka data plane has one client for all, so it asks even where replies are dropped.
    assert headers["prefer"] == "reply"


def test_a_functions_process_that_is_down_only_delays(stack: Stack) -> None:
    stack.functions.end(signal.SIGKILL)
    assert stack.post("1") == 202
    time.sleep(0.1)
    stack.functions.start()
    stack.settle()
    # Three retries end within 0.7 s; a slower start of the functions leaves a dead letter, never nothing.
    assert received(stack)["1"] + len(stack.dead_letters()) == 1


def test_a_log_that_was_killed_comes_back_and_nothing_is_lost(stack: Stack) -> None:
    assert stack.post("1", answers="202", delay="0.5") == 202
    time.sleep(0.2)
    stack.bus.kill()
    assert stack.post("refused") in (0, 503)
    assert httpx.get(f"{stack.eventing_url}/health/live", timeout=20, verify=NO_AUTHORITIES).status_code == 200
    time.sleep(0.5)
    stack.bus.start()
    eventually(lambda: stack.post("2") == 202, within_s=60, every_s=0.1)
    eventually(lambda: received(stack)["2"], within_s=60)
    stack.settle()
    assert received(stack)["1"] >= 1


def test_sigterm_finishes_what_is_in_flight(stack: Stack) -> None:
    stack.post("1", held="yes")
    eventually(lambda: stack.status()["triggers"]["all"]["in_flight"])
    assert stack.eventing.running is not None
    stack.eventing.running.send_signal(signal.SIGTERM)
    eventually(lambda: is_shut(stack.eventing_url))
    stack.let_go()
    assert stack.eventing.running.wait(20) == 0
    stack.eventing.start()
    stack.settle()
    assert received(stack) == {"1": 1}


def test_sigterm_gives_back_what_waits_for_a_retry(stack: Stack) -> None:
    stack.post("1", answers="503-503-202")
    eventually(stack.notes, every_s=0.01)
    stack.eventing.end(signal.SIGTERM)
    stack.eventing.start()
    stack.settle()
    assert received(stack) == {"1": 3}
    assert stack.dead_letters() == []


def test_the_sink_sees_its_own_environment_only(tmp_path: Path) -> None:
    by_name = tmp_path / "stack" / "notes"
    sink = (
        "import json, os, functions_framework\n"
        "from flask import Response\n"
        "open(os.environ['NOTES'], 'w').write(json.dumps(dict(os.environ)))\n"
        "@functions_framework.http\n"
        "def handle(request):\n    return Response(status=202)\n"
    )
    stack = Stack(tmp_path / "stack", sink=sink)
    try:
        stack.bus.start()
        stack.functions.start()
        import json

        notes_seen = json.loads(by_name.read_text())
    finally:
        stack.stop()
    assert notes_seen["K_SERVICE"] == "sink"
    assert notes_seen["K_REVISION"] == "sink-00001"
    assert "OTHER_SECRET" not in notes_seen
    assert "EVENT_LOG_URL" not in notes_seen
