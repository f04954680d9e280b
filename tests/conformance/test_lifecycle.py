"""What stands on a laptop for the life of objects: what they resolve to, what keeps them from being ready, changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from knative.graph import builder
from knative.local.eventing.ingress.endpoints import from_manifests
from knative.local.eventing.process.consumers import Consumer, build_consumers
from knative.manifests.errors import InvalidManifests
from knative.manifests.model import BrokerClass, Manifests
from knative.manifests.references import Address, References
from shared.adapters.memory.event_log import MemoryLog
from tests.support.eventing.data_plane import loaded, running, scripted
from tests.support.eventing.doubles import make_event
from tests.support.eventing.manifests import (
    CHANNELS,
    CLASSES,
    NAMESPACE,
    broker,
    channel,
    dead_letters_to,
    ref,
    service,
    subscription,
    trigger,
)
from tests.support.eventing.network import EVENTING, FUNCTIONS

DEFAULT = f"/{NAMESPACE}/default"


def consumers(parsed: Manifests) -> dict[str, Consumer]:
    """Who reads, by name."""
    places = References(parsed, functions_url=FUNCTIONS, eventing_url=EVENTING)
    by_path = {endpoint.path: endpoint for endpoint in from_manifests(parsed, places)}
    return {consumer.name.name: consumer for consumer in build_consumers(parsed, places, by_path)}


@pytest.mark.parametrize("broker_class", CLASSES)
@pytest.mark.conforms("broker-class-selects")
def test_the_annotation_selects_whose_rules_hold(tmp_path: Path, broker_class: str) -> None:
    objects = [broker(broker_class, delivery={"retry": 2, "backoffPolicy": "linear", "backoffDelay": "PT1S"})]
    with running(tmp_path, [*objects, trigger("t", "http://s/")], MemoryLog(), {"http://s/": scripted(500)}) as plane:
        plane.post(DEFAULT, make_event("1"))
        plane.settle()
        waits = [step.wait_s for step in plane.journal.steps if step.what == "waits"]
    assert waits == ([1, 2] if broker_class == "Kafka" else [0, 1])


@pytest.mark.conforms("broker-class-default")
def test_without_the_annotation_a_broker_is_of_the_clusters_default_class(tmp_path: Path) -> None:
    plain = broker("Kafka")
    del plain["metadata"]["annotations"]
    assert [each.broker_class for each in loaded(tmp_path, plain).brokers] == [BrokerClass.CHANNEL]


@pytest.mark.parametrize("broker_class", CLASSES)
@pytest.mark.conforms("trigger-before-broker", "trigger-becomes-ready", "trigger-ready-delivers", "trigger-no-filter")
def test_a_trigger_may_stand_before_its_broker(tmp_path: Path, broker_class: str) -> None:
    with running(tmp_path, [trigger("t", "http://sink/"), broker(broker_class)], MemoryLog()) as plane:
        plane.post(DEFAULT, make_event("1"))
        plane.settle()
        assert plane.ids("http://sink/") == ["1"]


@pytest.mark.conforms("trigger-missing-broker", "trigger-missing-subscriber")
def test_a_trigger_that_leads_nowhere_keeps_the_data_plane_from_starting(tmp_path: Path) -> None:
    with pytest.raises(InvalidManifests) as caught:
        loaded(tmp_path, trigger("t", ref("Service", "ghost")))
    assert f"Trigger {NAMESPACE}/t: no Broker {NAMESPACE}/default" in str(caught.value)
    assert f"Trigger {NAMESPACE}/t: no Service {NAMESPACE}/ghost" in str(caught.value)


@pytest.mark.parametrize("name", ["", "a,b"])
@pytest.mark.conforms("trigger-one-broker")
def test_a_trigger_names_one_broker(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidManifests):
        loaded(tmp_path, broker("Kafka"), trigger("t", "http://sink/", broker=name))


@pytest.mark.conforms("trigger-subscriber-uri", "trigger-dead-letter-resolved", "broker-dead-letter-resolved")
def test_subscribers_and_dead_letter_sinks_are_resolved_to_addresses(tmp_path: Path) -> None:
    objects = [
        service("sink"),
        broker("Kafka", delivery=dead_letters_to(ref("Channel", "letters"))),
        channel("KafkaChannel", "letters"),
        trigger("brokers", {**ref("Service", "sink"), "uri": "/events"}),
        trigger("own", ref("Service", "sink"), delivery=dead_letters_to({**ref("Service", "sink"), "uri": "/dead"})),
    ]
    parsed = loaded(tmp_path, *objects)
    targets = {name: consumer.target for name, consumer in consumers(parsed).items()}
    sink = f"{FUNCTIONS}/{NAMESPACE}/sink"
    assert {name: to.url for name, to in targets.items()} == {"brokers": f"{sink}/events", "own": f"{sink}/"}
    letters = {name: to.policy.dead_letter for name, to in targets.items()}
    assert {name: to.url for name, to in letters.items() if isinstance(to, Address)} == {
        "brokers": f"{EVENTING}/channels/{NAMESPACE}/letters",
        "own": f"{sink}/dead",
    }
    names = {node.name for node in builder.build_graph(parsed).nodes}
    assert {"sink", "default", "letters"} <= names


@pytest.mark.parametrize("kind", CHANNELS)
@pytest.mark.conforms("channel-dead-letter-resolved", "channel-addressable", "channel-http")
def test_a_channel_and_its_dead_letter_sink_are_resolved(tmp_path: Path, kind: str) -> None:
    delivery = dead_letters_to({**ref("Service", "sink"), "uri": "/dead"})
    parsed = loaded(tmp_path, service("sink"), channel(kind, delivery=delivery), subscription("s", "http://sink/"))
    (consumer,) = consumers(parsed).values()
    assert consumer.target.policy.dead_letter is not None
    assert consumer.target.policy.dead_letter.url == f"{FUNCTIONS}/{NAMESPACE}/sink/dead"
    places = References(parsed, functions_url=FUNCTIONS, eventing_url=EVENTING)
    urls = [endpoint.url for endpoint in from_manifests(parsed, places)]
    assert urls == [f"{EVENTING}/channels/{NAMESPACE}/pipe"]


@pytest.mark.parametrize("broker_class", CLASSES)
@pytest.mark.conforms("broker-addressable", "broker-http-endpoint", "broker-any-port")
def test_a_broker_has_an_address_on_any_port(tmp_path: Path, broker_class: str) -> None:
    parsed = loaded(tmp_path, broker(broker_class))
    places = References(parsed, functions_url=FUNCTIONS, eventing_url="http://127.0.0.1:31234")
    urls = [endpoint.url for endpoint in from_manifests(parsed, places)]
    assert urls == [f"http://127.0.0.1:31234{DEFAULT}"]


@pytest.mark.parametrize("broker_class", CLASSES)
@pytest.mark.conforms("broker-late-trigger", "broker-delays", "broker-unmatched-dropped", "broker-2xx")
def test_a_trigger_that_came_later_gets_what_was_accepted_before(tmp_path: Path, broker_class: str) -> None:
    log = MemoryLog()
    with running(tmp_path, [broker(broker_class)], log) as plane:
        assert plane.post(DEFAULT, make_event("early")) == 202
    with running(tmp_path, [broker(broker_class), trigger("late", "http://sink/")], log) as plane:
        plane.settle()
        assert plane.ids("http://sink/") == ["early"]


@pytest.mark.parametrize("broker_class", CLASSES)
@pytest.mark.conforms("trigger-changes")
def test_what_was_not_delivered_meets_the_filter_and_the_subscriber_as_they_are_now(
    tmp_path: Path, broker_class: str
) -> None:
    log = MemoryLog()
    before = trigger("t", "http://old/", filter={"attributes": {"type": "old"}})
    after = trigger("t", "http://new/", filter={"attributes": {"type": "new"}})
    with running(tmp_path, [broker(broker_class), before], log) as plane:
        plane.post(DEFAULT, make_event("1", type="old"))
        plane.settle()
        assert plane.ids("http://old/") == ["1"]
    with running(tmp_path, [broker(broker_class)], log) as plane:
        plane.post(DEFAULT, make_event("2", type="old"))
        plane.post(DEFAULT, make_event("3", type="new"))
    with running(tmp_path, [broker(broker_class), after], log) as plane:
        plane.settle()
        assert [(to, event.id) for to, event in plane.got] == [("http://new/", "3")]
