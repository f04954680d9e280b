"""Dead letters and replays: what is chosen, whom it goes to, and that nothing goes twice by mistake."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from knative.graph import builder
from knative.local.eventing.delivery.dead_letters import make_dead_letter
from knative.local.eventing.delivery.policy import Response
from knative.local.eventing.ingress import endpoints
from knative.local.eventing.message.message import Message
from knative.local.eventing.process import consumers
from knative.local.eventing.process.consumers import Consumer
from knative.local.tools.redelivery import dead_letter_text, dead_letters, redrive, replay
from knative.local.tools.redelivery.dead_letters import DeadLetter
from knative.local.tools.redelivery.redrive_log import RedriveLog
from knative.local.tools.redelivery.resender import Resender
from knative.local.tools.text import time_format
from knative.local.tools.text.printable_json import dump_json
from knative.manifests.kinds import loader
from knative.manifests.model import BrokerClass
from knative.manifests.references import References
from shared.adapters.memory.event_log import MemoryLog
from shared.errors import InvalidInput, NotFound
from shared.ports.log import Entry, NewEntry
from tests.support.eventing.doubles import HandClock, ListTrace, ScriptedSink, make_event
from tests.support.eventing.processes import MANIFESTS

HERE = "http://127.0.0.1:2/touchline/sink/events/all"
BEFORE = "http://127.0.0.1:1/touchline/sink/events/all"
"""Of the same function when it listened at another port."""
NO_ROOM = Response(status=503, body=b'{"detail": "no room"}')


class Scene:
    """A log with dead letters, and who gave them up."""

    def __init__(self, folder: Path, *answers: int) -> None:
        (folder / "all.yaml").write_text(MANIFESTS)
        result = loader.load(folder)
        references = References(result, functions_url="http://127.0.0.1:2", eventing_url="http://127.0.0.1:3")
        doors = {door.path: door for door in endpoints.from_manifests(result, references)}
        self.consumers = list(consumers.build_consumers(result, references, doors))
        self.topics = dead_letters.dead_letter_topics(builder.build_graph(result))
        self.log, self.journal, self.sink = MemoryLog(), ListTrace(), ScriptedSink(*answers)
        for topic in (*self.topics, "rows", "knative-broker-touchline-default"):
            self.log.ensure_topic(topic, partitions=1)
        self.redrives = RedriveLog(folder / "journal.db", now=lambda: 7.0)

    def give_up(self, event: Message, *, at: str = BEFORE, answer: Response = NO_ROOM) -> None:
        letter = make_dead_letter(event, destination=at, response=answer, broker_class=BrokerClass.KAFKA)
        self.log.append("dead", [letter.entry()])

    def letters(self) -> list[DeadLetter]:
        return dead_letters.read(self.log, "dead", self.consumers, self.redrives.of("dead"))

    def redrive(self, *found: DeadLetter, again: bool = False, dry_run: bool = False) -> list[redrive.RedriveResult]:
        async def work() -> list[redrive.RedriveResult]:
            async with Resender(self.log, self.journal, clock=HandClock(), http_client=self.sink) as resender:
                return [
                    await redrive.redrive(one, resender, self.redrives, again=again, dry_run=dry_run) for one in found
                ]

        return asyncio.run(work())

    def replay(self, consumer: Consumer, *entries: Entry, dry_run: bool = False) -> list[tuple[replay.Outcome, str]]:
        async def work() -> list[tuple[replay.Outcome, str]]:
            async with Resender(self.log, self.journal, clock=HandClock(), http_client=self.sink) as resender:
                return [await replay.replay(entry, consumer, resender, dry_run=dry_run) for entry in entries]

        return asyncio.run(work())


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    document = Scene(tmp_path)
    with closing(document.redrives):
        yield document


def wanted(id: str = "1", data: bytes = b'{"n":1}') -> Message:
    return make_event(id, data, type="wanted", datacontenttype="application/json")


def test_a_letter_is_the_event_as_it_was_with_the_reason_beside_it(scene: Scene) -> None:
    assert scene.topics == ["dead"]
    scene.give_up(wanted())
    (letter,) = scene.letters()
    assert (letter.event, letter.label, letter.error) == (wanted(), "Trigger touchline/all", "503 no room")


def test_what_is_no_event_is_no_letter(scene: Scene) -> None:
    scene.log.append("dead", [NewEntry(value=b"?")])
    assert scene.letters() == []


def test_letters_that_failed_alike_are_one_group(scene: Scene) -> None:
    for name in ("1", "2"):
        scene.give_up(wanted(name))
    scene.give_up(wanted("3"), at="http://elsewhere/", answer=Response(error="silent"))
    groups = dead_letters.group(scene.letters())
    assert [(group.label, group.error, len(group.letters)) for group in groups] == [
        ("Trigger touchline/all", "503 no room", 2),
        ("http://elsewhere/", "no answer", 1),
    ]
    now = max(letter.at for letter in scene.letters())
    assert dead_letter_text.format_list(scene.topics, scene.letters(), now=now)[:2] == [
        "dead: 3 dead letters",
        "      2  Trigger touchline/all  503 no room",
    ]


def test_a_reason_that_quotes_the_events_id_is_one_reason(scene: Scene) -> None:
    for name in ("order-1", "order-2"):
        scene.give_up(wanted(name), answer=Response(status=422, body=f"{name}: no such order".encode()))
    scene.give_up(wanted("4"), answer=Response(status=404, body=b"404 of 4 and 14"))
    reasons = [(group.error, len(group.letters)) for group in dead_letters.group(scene.letters())]
    assert reasons == [("422 <id>: no such order", 2), ("404 404 of <id> and 14", 1)]
    assert scene.letters()[0].error == "422 order-1: no such order"


HOSTILE = "x\x1b]0;t\x07\n07:00:00.000  received  forged\x9b31m\u202egnp"


def test_a_letter_drives_no_terminal_and_forges_no_line(scene: Scene) -> None:
    event = replace(wanted("1"), data=HOSTILE.encode())
    scene.give_up(replace(event, attributes={**event.attributes, "id": HOSTILE, "team": HOSTILE}))
    letters = scene.letters()
    lines = [
        *dead_letter_text.format_list(scene.topics, letters, now=0.0),
        *dead_letter_text.format_letter(letters[0]),
    ]
    assert all(line.isprintable() for line in lines)
    assert r"x\x1b]0;t\x07\n07:00:00.000  received  forged\x9b31m\u202egnp" in "\n".join(lines)
    document = dump_json(dead_letter_text.to_json(letters[0]))
    assert document.isprintable()
    assert json.loads(document)["event"]["id"] == HOSTILE


def test_a_letter_is_named_by_its_event_how_that_begins_or_its_place(scene: Scene) -> None:
    for name in ("order-1", "order-10", "other"):
        scene.give_up(wanted(name))
    result = scene.letters()

    def ids(*names: str, **more: float) -> list[str]:
        return [letter.event.id for letter in dead_letters.select(result, names, **more)]  # type: ignore[arg-type]

    assert ids("order-1") == ["order-1"]
    assert ids("order") == ["order-1", "order-10"]
    assert ids(result[2].place) == ["other"]
    assert ids() == ["order-1", "order-10", "other"]
    assert ids(since=result[-1].at + 1) == []
    assert dead_letters.select(result, (), type="want?") == []
    with pytest.raises(NotFound, match="no dead letter nix"):
        ids("nix")


def test_a_redriven_letter_goes_to_its_consumer_as_it_was_and_only_once(scene: Scene) -> None:
    scene.give_up(wanted())
    assert [result.message for result in scene.redrive(*scene.letters())] == ["taken"]
    (request,) = scene.sink.requests
    assert (request.url, request.body) == (HERE, b'{"n":1}')
    assert not [name for name in request.headers if "knativeerror" in name]
    assert [(step.what, step.consumer) for step in scene.journal.steps] == [
        (what, "Trigger touchline/all") for what in ("redriven", "attempt", "delivered")
    ]
    (second,) = scene.redrive(*scene.letters())
    assert second.message.startswith("was sent already at 1970-01-01T00:00:07.000Z")
    assert len(scene.sink.requests) == 1
    assert [result.message for result in scene.redrive(*scene.letters(), again=True)] == ["taken"]
    assert len(scene.sink.requests) == 2


def test_of_two_who_redrive_at_once_one_sends(scene: Scene) -> None:
    scene.give_up(wanted())
    seen = scene.letters()
    assert [scene.redrive(*seen)[0].message for _ in range(2)] == ["taken", "is being sent by another"]


def test_a_letter_that_is_not_taken_stays_and_may_go_again(tmp_path: Path) -> None:
    scene = Scene(tmp_path, 500, 202)
    scene.give_up(wanted())
    with closing(scene.redrives):
        (result,) = scene.redrive(*scene.letters())
        assert (result.is_ok, result.message) == (False, "not taken, and stays: 500")
        assert "dropped" not in scene.journal.kinds()
        assert scene.redrive(*scene.letters())[0].message == "taken"


def test_a_dry_run_and_a_letter_of_nobody_send_nothing(scene: Scene) -> None:
    scene.give_up(wanted())
    scene.give_up(wanted("2"), at="http://gone/")
    first, second = scene.letters()
    assert scene.redrive(first, dry_run=True)[0].message == f"would be sent to {HERE}"
    assert not scene.redrive(second)[0].is_ok
    assert scene.sink.requests == []
    assert scene.redrives.of("dead") == {}


@pytest.mark.parametrize(
    ("editor", "becomes"),
    [("sed -i s/1/2/", b'{"n":2}'), ("true", "nothing was changed"), ("sed -i s/}//", "not JSON"), ("false", "exit")],
)
def test_data_may_be_edited(scene: Scene, editor: str, becomes: bytes | str) -> None:
    scene.give_up(wanted())
    (letter,) = scene.letters()
    if isinstance(becomes, bytes):
        assert redrive.edit(letter, {"EDITOR": editor}).event.data == becomes
    else:
        with pytest.raises(InvalidInput, match=becomes):
            redrive.edit(letter, {"VISUAL": editor, "EDITOR": "true"})


def test_a_letter_for_programs_has_its_data_whatever_it_is(scene: Scene) -> None:
    for name, data in (("1", b'{"n":1}'), ("2", b"text"), ("3", b"\xff\x00")):
        scene.give_up(wanted(name, data))
    output = [json.loads(json.dumps(dead_letter_text.to_json(letter)))["event"] for letter in scene.letters()]
    assert [one.get("data", one.get("data_base64")) for one in output] == [{"n": 1}, "text", "/wA="]
    assert (
        dead_letter_text.format_letter(scene.letters()[2])[-2] == "2 bytes that are no text; --json has them in base64"
    )


def stored(scene: Scene, *events: Message) -> list[Entry]:
    topic = "knative-broker-touchline-default"
    scene.log.append(topic, [event.entry() for event in events])
    return list(scene.log.replay(topic))


def test_what_became_of_entries_is_told_in_the_same_order_whichever_came_first() -> None:
    first, second = replay.Outcome.UNMATCHED, replay.Outcome.SENT
    assert replay.summarize({first: 1, second: 2}) == replay.summarize({second: 2, first: 1}) == "2 sent, 1 not wanted"
    assert replay.summarize({}) == ""


def test_who_asks_for_no_event_is_told_which_there_are(scene: Scene) -> None:
    assert replay.describe_stored(scene.log, "rows") == "rows holds no events"
    for value in (b"1", b"2"):
        scene.log.append("rows", [NewEntry(value=value)])
    assert re.fullmatch(
        r"rows holds 2 events, from 0@0 of \S+Z to 0@1 of \S+Z", replay.describe_stored(scene.log, "rows")
    )


def test_a_replay_goes_to_one_consumer_through_its_filter(scene: Scene) -> None:
    entries = stored(scene, wanted("1"), make_event("2", type="other"))
    scene.log.append(entries[0].topic, [NewEntry(value=b"?")])
    everything = list(scene.log.replay(entries[0].topic))
    consumer = replay.find_consumer(entries[0].topic, scene.consumers, "touchline/all", "")
    outcomes = [outcome for outcome, _ in scene.replay(consumer, *everything)]
    assert outcomes == [replay.Outcome.SENT, replay.Outcome.UNMATCHED, replay.Outcome.UNREADABLE]
    assert [request.url for request in scene.sink.requests] == [HERE]
    assert scene.journal.kinds() == ["replayed", "attempt", "delivered"]
    assert [outcome.value for outcome, _ in scene.replay(consumer, entries[0], dry_run=True)] == ["would be sent"]
    assert len(scene.sink.requests) == 1


def test_a_replayed_event_that_fails_is_tried_four_times_and_dead_lettered_never(tmp_path: Path) -> None:
    scene = Scene(tmp_path, 500)
    with closing(scene.redrives):
        (entry,) = stored(scene, wanted())
        (output,) = scene.replay(replay.find_consumer(entry.topic, scene.consumers, "all", ""), entry)
        assert output == (replay.Outcome.FAILED, "500")
        assert len(scene.sink.requests) == 4
        assert list(scene.log.replay("dead")) == []


def test_a_replay_to_an_address_leaves_the_filter_away(scene: Scene) -> None:
    entries = stored(scene, make_event("2", type="other"))
    consumer = replay.find_consumer(entries[0].topic, scene.consumers, "", "http://mine/")
    assert scene.replay(consumer, *entries) == [(replay.Outcome.SENT, "")]
    assert [request.url for request in scene.sink.requests] == ["http://mine/"]


@pytest.mark.parametrize(("topic", "name"), [("rows", "all"), ("rows", ""), ("nix", "all")])
def test_who_gets_a_replay_has_to_be_named_and_to_read_the_topic(scene: Scene, topic: str, name: str) -> None:
    with pytest.raises((NotFound, InvalidInput), match="KafkaSource touchline/rows" if topic == "rows" else "nix"):
        replay.find_consumer(topic, scene.consumers, name, "")


def an_entry(partition: int, offset: str, seconds: float) -> Entry:
    return Entry(topic="t", partition=partition, offset=offset, timestamp_ms=int(seconds * 1000), value=b"")


@pytest.mark.parametrize(
    ("first", "last", "meant"),
    [
        ("9", "", ["9", "10"]),
        ("9", "9", ["9"]),
        ("1@9", "", []),
        ("0@9", "", ["9", "10"]),
        ("30s", "", ["10"]),
        ("1970-01-01T00:00:00Z", "45s", ["8", "9"]),
    ],
)
def test_a_replay_has_bounds_by_time_or_offset(first: str, last: str, meant: list[str]) -> None:
    class Stored(MemoryLog):
        def replay(self, topic: str, **_: object) -> Iterator[Entry]:
            return iter([an_entry(0, "8", 10), an_entry(0, "9", 20), an_entry(0, "10", 70)])

    bounds = replay.parse_bound(first, 100.0), replay.parse_bound(last, 100.0) if last else None
    assert [entry.offset for entry in replay.read_between(Stored(), "t", *bounds)] == meant


@pytest.mark.parametrize(("text", "at"), [("90s", 10.0), ("1m", 40.0), ("1970-01-01T00:01Z", 60.0)])
def test_a_moment_is_an_instant_or_so_long_ago(text: str, at: float) -> None:
    assert time_format.parse(text, 100.0) == at


@pytest.mark.parametrize("text", ["soon", "1970-01-01T00:01", "2 h"])
def test_a_moment_without_a_zone_or_sense_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"zone|neither"):
        time_format.parse(text, 100.0)


def test_marks_of_dead_letters_that_are_long_gone_are_deleted(tmp_path: Path) -> None:
    known = []
    for day in (0, 60, 91):
        entry = Entry(topic="dead", partition=0, offset=str(day), timestamp_ms=0, value=b"")
        with closing(RedriveLog(tmp_path / "journal.db", now=partial(float, day * 86_400))) as marks:
            assert marks.claim(entry, again=False)
            known.append(set(marks.of("dead")))
    assert known == [{"0@0"}, {"0@0", "0@60"}, {"0@60", "0@91"}]
