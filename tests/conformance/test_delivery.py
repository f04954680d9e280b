"""How an event is delivered and given up: the delivery of the public suite, over Brokers and Channels of all kinds."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest

from knative.local.eventing.delivery.policy import Response
from shared.adapters.memory.event_log import MemoryLog
from tests.support.eventing.data_plane import Plane, running, scripted
from tests.support.eventing.doubles import make_event
from tests.support.eventing.manifests import (
    CHANNELS,
    CLASSES,
    NAMESPACE,
    Object,
    broker,
    channel,
    dead_letters_to,
    ref,
    subscription,
    trigger,
)
from tests.support.eventing.network import Subscriber


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """A Broker with two Triggers, each perhaps with a `delivery`; how often each subscriber fails; where it ends."""

    of_broker: Object | None = None
    of_first: Object | None = None
    of_second: Object | None = None
    fails: tuple[int, int]
    expected: dict[str, int]
    """Requests by address: ``first`` and ``second``, and the dead-letter sinks of ``broker`` and of each."""


def letters(of: str, retry: int) -> Object:
    """A `delivery` with a dead-letter sink that is named for its owner; `{ns}` becomes the namespace."""
    return {"deadLetterSink": {"uri": f"http://{{ns}}/letters-of-{of}"}, "retry": retry}


MATRICES = {
    "of-nobody": pytest.param(
        Matrix(fails=(10, 11), expected={"first": 11, "second": 11}), marks=pytest.mark.conforms("delivery-none")
    ),
    "of-the-broker": pytest.param(
        Matrix(
            of_broker=letters("broker", 3), fails=(3, 4), expected={"first": 4, "second": 4, "letters-of-broker": 1}
        ),
        marks=pytest.mark.conforms("delivery-of-broker", "broker-dead-letters"),
    ),
    "of-the-triggers": pytest.param(
        Matrix(
            of_broker={"retry": 0},
            of_first=letters("first", 3),
            of_second={"retry": 1},
            fails=(3, 2),
            expected={"first": 4, "second": 2},
        ),
        marks=pytest.mark.conforms("delivery-of-trigger", "broker-gives-up"),
    ),
    "of-both": pytest.param(
        Matrix(
            of_broker=letters("broker", 1),
            of_first=letters("first", 3),
            fails=(3, 2),
            expected={"first": 4, "second": 2, "letters-of-broker": 1},
        ),
        marks=pytest.mark.conforms("delivery-trigger-over-broker"),
    ),
    "of-both-with-dead-letters": pytest.param(
        Matrix(
            of_broker=letters("broker", 1),
            of_first=letters("first", 3),
            fails=(4, 2),
            expected={"first": 4, "letters-of-first": 1, "second": 2, "letters-of-broker": 1},
        ),
        marks=pytest.mark.conforms("delivery-trigger-dead-letter", "delivery-dead-letter"),
    ),
}


def namespace(case: str, broker_class: str) -> str:
    """Each case has one of its own, all in one data plane."""
    return f"{case}-{broker_class.lower()}"


def _delivery(written: Object | None, space: str) -> Object:
    if written is None:
        return {}
    sink = written.get("deadLetterSink")
    placed = {"deadLetterSink": {"uri": sink["uri"].format(ns=space)}} if sink else {}
    return {"delivery": {**written, **placed}}


@pytest.fixture(scope="module")
def matrices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plane]:
    """Every case under both classes."""
    objects: list[Object] = []
    subscribers: dict[str, Subscriber] = {}
    for (case, param), broker_class in product(MATRICES.items(), CLASSES):
        matrix, space = param.values[0], namespace(case, broker_class)
        assert isinstance(matrix, Matrix)
        objects.append(broker(broker_class, namespace=space, **_delivery(matrix.of_broker, space)))
        each = zip(("first", "second"), (matrix.of_first, matrix.of_second), matrix.fails, strict=True)
        for name, own, n_fails in each:
            url = f"http://{space}/{name}"
            objects.append(trigger(name, url, namespace=space, **_delivery(own, space)))
            subscribers[url] = scripted(*[503] * n_fails, 202)
    with running(tmp_path_factory.mktemp("matrices"), objects, MemoryLog(), subscribers) as made:
        yield made


@pytest.mark.parametrize("broker_class", CLASSES)
@pytest.mark.parametrize(
    ("matrix", "case"), [pytest.param(*each.values, case, marks=each.marks, id=case) for case, each in MATRICES.items()]
)
def test_whose_delivery_holds(matrices: Plane, matrix: Matrix, case: str, broker_class: str) -> None:
    space = namespace(case, broker_class)
    assert matrices.post(f"/{space}/default", make_event()) == 202
    matrices.settle()
    places = ("first", "second", "letters-of-broker", "letters-of-first", "letters-of-second")
    got = {name: n for name in places if (n := len(matrices.ids(f"http://{space}/{name}")))}
    assert got == matrix.expected


# Which answers are tried again.

RETRIED = (404, 408, 409, 429, 500, 502, 503, 504, 599)
FINAL = (100, 199, 300, 301, 399, 400, 401, 403, 405, 410, 418, 422, 451)
DONE = (200, 201, 202, 204, 299)


@pytest.fixture(scope="module", params=[*CLASSES, *CHANNELS])
def answering(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Plane, str]]:
    """A Broker or Channel whose subscriber answers with the status that an event's id names, and the Broker's path."""
    kind, delivery = request.param, dead_letters_to("http://letters/", retry=2)
    if kind in CLASSES:
        objects, path = [broker(kind), trigger("t", "http://sink/", delivery=delivery)], f"/{NAMESPACE}/default"
    else:
        objects = [channel(kind), subscription("s", "http://sink/", delivery=delivery)]
        path = f"/channels/{NAMESPACE}/pipe"
    sink = {"http://sink/": lambda event: Response(status=int(event.id) or None)}
    with running(tmp_path_factory.mktemp("answers"), objects, MemoryLog(), sink) as plane:
        yield plane, path


def attempts(answering: tuple[Plane, str], statuses: Sequence[int]) -> dict[int, tuple[int, int]]:
    """By status: requests to the subscriber and to the dead-letter sink."""
    plane, path = answering
    for status in statuses:
        plane.post(path, make_event(str(status)))
    plane.settle()
    sink, letters = plane.ids("http://sink/"), plane.ids("http://letters/")
    return {status: (sink.count(str(status)), letters.count(str(status))) for status in statuses}


@pytest.mark.conforms(
    "delivery-404-retried",
    "delivery-409-retried",
    "delivery-429-retried",
    "delivery-5xx-retried",
    "delivery-retries",
    "channel-retries",
    "channel-retry-number",
)
def test_what_may_pass_is_tried_as_often_as_the_delivery_says(answering: tuple[Plane, str]) -> None:
    assert attempts(answering, RETRIED) == dict.fromkeys(RETRIED, (3, 1))


@pytest.mark.conforms("delivery-no-answer-retried")
def test_no_answer_is_tried_again(answering: tuple[Plane, str]) -> None:
    assert attempts(answering, [0]) == {0: (3, 1)}


@pytest.mark.conforms("delivery-1xx-3xx-error", "delivery-400-final", "delivery-other-4xx-final")
def test_what_can_never_succeed_is_dead_lettered_at_once(answering: tuple[Plane, str]) -> None:
    assert attempts(answering, FINAL) == dict.fromkeys(FINAL, (1, 1))


@pytest.mark.conforms("delivery-2xx-done")
def test_every_2xx_ends_it(answering: tuple[Plane, str]) -> None:
    assert attempts(answering, DONE) == dict.fromkeys(DONE, (1, 0))


# Dead letters.


@pytest.mark.parametrize("broker_class", CLASSES)
@pytest.mark.conforms("delivery-bad-trigger", "delivery-dead-letter", "broker-at-least-once")
def test_a_trigger_that_fails_does_not_affect_another(tmp_path: Path, broker_class: str) -> None:
    objects = [
        broker(broker_class, delivery=dead_letters_to("http://letters/", retry=1)),
        trigger("bad", "http://bad/"),
        trigger("good", "http://good/"),
    ]
    with running(tmp_path, objects, MemoryLog(), {"http://bad/": lambda _: Response(error="nobody there")}) as plane:
        for number in range(3):
            plane.post(f"/{NAMESPACE}/default", make_event(str(number)))
        plane.settle()
        assert sorted(plane.ids("http://good/")) == sorted(plane.ids("http://letters/")) == ["0", "1", "2"]


FAILURES = {
    "unreachable": Response(error="nobody there"),
    "without-data": Response(status=422),
    "with-data": Response(status=422, body=b"no such league"),
}


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plane]:
    """Brokers and Channels of all kinds whose subscriber fails as an event's id says."""
    objects: list[Object] = []
    for kind in CLASSES:
        delivery = dead_letters_to(f"http://letters-{kind.lower()}/", retry=0)
        objects += [
            broker(kind, kind.lower(), delivery=delivery),
            trigger(kind.lower(), "http://fails/", broker=kind.lower()),
        ]
    for kind in CHANNELS:
        delivery = dead_letters_to(f"http://letters-{kind.lower()}/", retry=0)
        objects.append(channel(kind, kind.lower(), delivery=delivery))
        objects.append(subscription(kind.lower(), "http://fails/", channel=kind.lower()))
    sink = {"http://fails/": lambda event: FAILURES[event.id.split("/")[0]]}
    with running(tmp_path_factory.mktemp("failing"), objects, MemoryLog(), sink) as plane:
        yield plane


@pytest.mark.parametrize(
    "kind",
    [
        *(pytest.param(each, marks=pytest.mark.conforms("delivery-error-extensions")) for each in CLASSES),
        *(
            pytest.param(each, marks=pytest.mark.conforms("subscription-error-extensions", "channel-delivery-default"))
            for each in CHANNELS
        ),
    ],
)
@pytest.mark.parametrize("failure", FAILURES)
def test_a_dead_letter_says_why(failing: Plane, kind: str, failure: str) -> None:
    path = f"/{NAMESPACE}/{kind.lower()}" if kind in CLASSES else f"/channels/{NAMESPACE}/{kind.lower()}"
    event = make_event(f"{failure}/{kind}", b"payload", subject="s")
    failing.post(path, event)
    failing.settle()
    (letter,) = [got for to, got in failing.got if to == f"http://letters-{kind.lower()}/" and got.id == event.id]
    assert letter.data == b"payload"
    assert event.attributes.items() <= letter.attributes.items()
    assert letter.attributes["knativeerrordest"] == "http://fails/"
    if failure != "unreachable":
        assert letter.attributes["knativeerrorcode"] == "422"
        error_data = base64.b64decode(letter.attributes.get("knativeerrordata", ""))
        assert error_data == FAILURES[failure].body


@pytest.mark.parametrize("kind", CHANNELS)
@pytest.mark.conforms("subscription-delivery", "delivery-dead-letter", "channel-delivery-default")
def test_a_channel_can_take_the_dead_letters_of_another(tmp_path: Path, kind: str) -> None:
    objects = [
        channel(kind, delivery=dead_letters_to(ref("Channel", "letters"), retry=1)),
        subscription("fails", "http://fails/"),
        channel(kind, "letters"),
        subscription("reads", "http://reads/", channel="letters"),
    ]
    with running(tmp_path, objects, MemoryLog(), {"http://fails/": scripted(500)}) as plane:
        plane.post(f"/channels/{NAMESPACE}/pipe", make_event("1"))
        plane.settle()
        assert (plane.ids("http://fails/"), plane.ids("http://reads/")) == (["1", "1"], ["1"])


@pytest.mark.parametrize("broker_class", CLASSES)
@pytest.mark.conforms("delivery-timeout")
def test_the_timeout_is_that_of_each_attempt(tmp_path: Path, broker_class: str) -> None:
    objects = [broker(broker_class), trigger("t", "http://sink/", delivery={"retry": 1, "timeout": "PT0.5S"})]
    with running(tmp_path, objects, MemoryLog(), {"http://sink/": scripted(500, 202)}) as plane:
        plane.post(f"/{NAMESPACE}/default", make_event("1"))
        plane.settle()
        assert [request.timeout_s for request in plane.cluster.requests] == [0.5, 0.5]
