"""Who gets an event: the routing of the public suite, over Brokers of both classes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest

from knative.local.eventing.delivery.policy import Response
from knative.local.eventing.message.message import Message
from knative.manifests.errors import InvalidManifests
from shared.adapters.memory.event_log import MemoryLog
from tests.support.eventing.data_plane import Plane, loaded, running
from tests.support.eventing.doubles import make_event
from tests.support.eventing.manifests import CLASSES, Object, broker, channel, ref, subscription, trigger
from tests.support.eventing.network import Subscriber, replying

Attributes = dict[str, str]
SENT = "com.example.FullEvent"
REPLIED = "com.example.ReplyEvent"


def by(**attributes: str) -> Object:
    """A Trigger's filter by attributes."""
    return {"filter": {"attributes": attributes}} if attributes else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """A Broker with Triggers ``a``, ``b`` …, of which the first may reply; who gets an event of type `SENT`."""

    filters: tuple[Object, ...]
    expected: dict[str, list[str]]
    """Ids by Trigger; a reply's id is that of its event with a plus."""
    replies: bool = False


TOPOLOGIES = {
    "one-trigger": pytest.param(
        Topology(filters=({},), expected={"a": ["1"]}), marks=pytest.mark.conforms("route-one-trigger")
    ),
    "one-filter-refuses": pytest.param(
        Topology(filters=(by(type="mytype"),), expected={}), marks=pytest.mark.conforms("route-filter-refuses")
    ),
    "one-filter-matches": pytest.param(
        Topology(filters=(by(type=SENT),), expected={"a": ["1"]}), marks=pytest.mark.conforms("route-filter-matches")
    ),
    "two-filters-match": pytest.param(
        Topology(filters=(by(type=SENT), by(type=SENT)), expected={"a": ["1"], "b": ["1"]}),
        marks=pytest.mark.conforms("route-two-filters-match"),
    ),
    "two-filters-differ": pytest.param(
        Topology(filters=(by(type="notmytype"), by(type=SENT)), expected={"b": ["1"]}),
        marks=pytest.mark.conforms("route-two-filters-differ", "broker-unmatched-dropped"),
    ),
    "a-reply": pytest.param(
        Topology(filters=(by(type=SENT), by(type=REPLIED)), expected={"a": ["1"], "b": ["1+"]}, replies=True),
        marks=pytest.mark.conforms("route-reply", "broker-reply-published"),
    ),
    "two-triggers": pytest.param(
        Topology(filters=({}, {}), expected={"a": ["1"], "b": ["1"]}), marks=pytest.mark.conforms("route-two-triggers")
    ),
}


def namespace(case: str, broker_class: str) -> str:
    """Each case has one of its own, all in one data plane."""
    return f"{case}-{broker_class.lower()}"


def address(space: str, name: str) -> str:
    """Of a subscriber."""
    return f"http://{space}/{name}"


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plane]:
    """Every topology under both classes."""
    objects: list[Object] = []
    subscribers: dict[str, Subscriber] = {}
    for (case, param), broker_class in product(TOPOLOGIES.items(), CLASSES):
        topology, space = param.values[0], namespace(case, broker_class)
        assert isinstance(topology, Topology)
        objects.append(broker(broker_class, namespace=space))
        for name, expected in zip("ab", topology.filters, strict=False):
            objects.append(trigger(name, address(space, name), namespace=space, **expected))
        if topology.replies:
            subscribers[address(space, "a")] = replying(REPLIED)
    with running(tmp_path_factory.mktemp("routes"), objects, MemoryLog(), subscribers) as made:
        yield made


@pytest.mark.parametrize("broker_class", CLASSES)
@pytest.mark.parametrize(
    ("topology", "case"),
    [pytest.param(*each.values, case, marks=each.marks, id=case) for case, each in TOPOLOGIES.items()],
)
@pytest.mark.conforms("broker-at-least-once")
def test_the_event_comes_to_those_who_want_it_and_to_nobody_else(
    routes: Plane, topology: Topology, case: str, broker_class: str
) -> None:
    space = namespace(case, broker_class)
    assert routes.post(f"/{space}/default", make_event("1", type=SENT)) == 202
    routes.settle()
    got = {name: ids for name in "ab" if (ids := routes.ids(address(space, name)))}
    assert got == topology.expected


@pytest.mark.parametrize("broker_class", CLASSES)
@pytest.mark.conforms("route-trigger-once")
def test_each_trigger_looks_at_an_event_once(routes: Plane, broker_class: str) -> None:
    space = namespace("two-filters-differ", broker_class)
    event = make_event(f"looked-at-{broker_class}", type=SENT)
    routes.post(f"/{space}/default", event)
    routes.settle()
    looks = [step for step in routes.journal.steps if step.id == event.id and step.what in {"matched", "unmatched"}]
    assert Counter((step.consumer, step.what) for step in looks) == {
        (f"Trigger {space}/a", "unmatched"): 1,
        (f"Trigger {space}/b", "matched"): 1,
    }


# Many Triggers at one Broker.

FILTERS: dict[str, Attributes] = {
    "everything": {},
    "type": {"type": "type1"},
    "source": {"source": "http://source1.com"},
    "both": {"type": "type1", "source": "http://source1.com"},
    "first": {"extname1": "extval1"},
    "second": {"extname2": "extvalue2"},
    "two": {"extname1": "extval1", "extname2": "extvalue2"},
    "type-and-first": {"type": "type1", "extname1": "extval1"},
    "source-and-first": {"source": "http://source1.com", "extname1": "extval1"},
    "source-and-two": {"source": "http://source1.com", "extname1": "extval1", "extname2": "extvalue2"},
    "nobody": {"source": "http://source2.com", "extname1": "extval1", "extname2": "extval1"},
}
EXTENSIONS: list[Attributes] = [
    {},
    {"extname1": "extval1"},
    {"extname1": "extval1", "extname2": "extvalue2"},
    {"extname2": "extvalue2"},
    {"extname1": "another"},
    {"another": "extval1"},
]
EVENTS = [
    make_event(str(number), b"{}", type=f"type{of_type}", source=f"http://source{source}.com", **extensions)
    for number, (of_type, source, extensions) in enumerate(product((1, 2), (1, 2), EXTENSIONS))
]


@pytest.mark.parametrize("broker_class", CLASSES)
@pytest.mark.conforms("route-many-triggers", "trigger-attributes-exact", "trigger-attributes-filter")
def test_of_many_triggers_each_gets_what_it_asks_for(tmp_path: Path, broker_class: str) -> None:
    objects = [broker(broker_class)] + [
        trigger(name, f"http://{name}/", **by(**asked)) for name, asked in FILTERS.items()
    ]
    with running(tmp_path, objects, MemoryLog()) as plane:
        for event in EVENTS:
            plane.post("/conformance/default", event)
        plane.settle()
        got = {name: sorted(plane.ids(f"http://{name}/"), key=int) for name in FILTERS}
    assert got == {
        name: [event.id for event in EVENTS if asked.items() <= event.attributes.items()]
        for name, asked in FILTERS.items()
    }
    assert [name for name, ids in got.items() if not ids] == ["nobody"]


# Dialects.

DIALECTS: dict[str, tuple[list[Object], list[str], list[str]]] = {
    "exact": ([{"exact": {"type": SENT}}], [SENT], ["org.wrong.type"]),
    "prefix": ([{"prefix": {"type": SENT[:4]}}], [SENT], ["org.wrong.type"]),
    "suffix": ([{"suffix": {"type": SENT[5:]}}], [SENT], ["org.wrong.type"]),
    "cesql": ([{"cesql": f"type = '{SENT}' AND source = '/test'"}], [SENT], ["org.wrong.type"]),
    "not": ([{"not": {"prefix": {"type": "org."}}}], [SENT], ["org.wrong.type"]),
    "any": (
        [
            {
                "any": [
                    {"exact": {"type": "exact.event.type"}},
                    {"prefix": {"type": "prefix"}},
                    {"suffix": {"type": "suffix"}},
                    {"not": {"cesql": "type LIKE '%event.type%'"}},
                    {"cesql": "type = 'cesql.event.type'"},
                ]
            }
        ],
        ["exact.event.type", "prefix.event.type", "event.type.suffix", "not.type.event", "cesql.event.type"],
        ["not.event.type"],
    ),
    "all": (
        [
            {
                "all": [
                    {"exact": {"type": "exact.prefix.suffix.event.type"}},
                    {"prefix": {"type": "exact.prefix"}},
                    {"suffix": {"type": "suffix.event.type"}},
                    {"cesql": "type LIKE 'exact.prefix.suffix%'"},
                ]
            }
        ],
        ["exact.prefix.suffix.event.type"],
        ["not.event.type", "exact.prefix.suffix.event", "exact.prefix.suffix.event.suffix.event.type"],
    ),
    "several": (
        [{"any": [{"exact": {"type": "type1"}}, {"prefix": {"type": "both"}}]}, {"not": {"suffix": {"type": "2"}}}],
        ["type1", "both.should.match"],
        ["both.2", "type2", "type3"],
    ),
}


@pytest.mark.parametrize("broker_class", CLASSES)
@pytest.mark.conforms("route-dialects", "trigger-filters-dialects")
def test_what_a_dialect_matches_is_delivered_and_nothing_else(tmp_path: Path, broker_class: str) -> None:
    objects = [broker(broker_class)]
    objects += [trigger(name, f"http://{name}/", filters=written) for name, (written, _, _) in DIALECTS.items()]
    types = {each for _, matched, others in DIALECTS.values() for each in (*matched, *others)}
    with running(tmp_path, objects, MemoryLog()) as plane:
        for each in types:
            plane.post("/conformance/default", make_event(each, type=each))
        plane.settle()
        got = {name: set(plane.ids(f"http://{name}/")) for name in DIALECTS}
    delivered = {name: got[name] & {*matched, *others} for name, (_, matched, others) in DIALECTS.items()}
    assert delivered == {name: set(matched) for name, (_, matched, _) in DIALECTS.items()}


# What a Trigger's subscriber makes of an event.


def transforming(event: Message) -> Response:
    """Answers with another event."""
    headers, body = make_event(
        f"{event.id}+", b'{"msg":"transformed"}', type="type2", source="http://source2.com"
    ).request()
    return Response(status=200, headers=headers, body=body)


@pytest.mark.parametrize("broker_class", CLASSES)
@pytest.mark.conforms("route-transformed", "route-reply", "subscription-before-channel", "channel-subscriber-uri")
def test_a_transformed_event_goes_through_a_channel_to_those_who_wait_for_it(tmp_path: Path, broker_class: str) -> None:
    objects = [
        broker(broker_class),
        trigger("transforms", "http://transforms/", **by(type="type1", source="http://source1.com")),
        trigger("logs", "http://logs/"),
        trigger("passes-on", ref("Channel", "pipe"), **by(type="type2", source="http://source2.com")),
        subscription("s", "http://behind/"),
        channel("InMemoryChannel"),
    ]
    with running(tmp_path, objects, MemoryLog(), {"http://transforms/": transforming}) as plane:
        plane.post("/conformance/default", make_event("1", type="type1", source="http://source1.com"))
        plane.settle()
        assert plane.ids("http://transforms/") == ["1"]
        assert sorted(plane.ids("http://logs/")) == ["1", "1+"]
        assert plane.ids("http://behind/") == ["1+"]


# Names of attributes.

VALID = ("source", "id", "specversion", "type", "subject", "time", "datacontenttype", "dataschema", "aaa", "c1d2e3")
INVALID = (
    "SOURCE",
    "Source",
    "souRce",
    "s pace s",
    "s_pace_s",
    "s-pace-s",
    "123",
    "😊",
    "!@#$%^&*()-_=_`~+\\",
    "{}[];':\"<>,./?",
)


@pytest.mark.conforms("trigger-attributes-filter")
def test_every_attribute_can_be_filtered_by(tmp_path: Path) -> None:
    asked = dict.fromkeys((*VALID, "abcdefghijklmnopqrst"), "some value")
    (loaded_trigger,) = loaded(tmp_path, broker("Kafka"), trigger("t", "http://sink/", **by(**asked))).triggers
    assert loaded_trigger.attributes == asked


@pytest.mark.parametrize("name", INVALID)
@pytest.mark.conforms("trigger-attributes-names")
def test_what_no_attribute_is_called_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidManifests, match="Attribute name must start with a letter"):
        loaded(tmp_path, broker("Kafka"), trigger("t", "http://sink/", **by(**{name: "x"})))
