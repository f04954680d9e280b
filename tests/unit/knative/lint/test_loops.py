"""Which manifests let events go round, and which only look like it."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
import yaml

from knative.lint import find_loops, output
from tests.support.reference import ROOT

EVENTING, MESSAGING, FLOWS = "eventing.knative.dev/v1", "messaging.knative.dev/v1", "flows.knative.dev/v1"
KAFKA = {"eventing.knative.dev/broker.class": "Kafka"}
Document = dict[str, Any]


def ref(kind: str, name: str, api: str = EVENTING) -> Document:
    return {"ref": {"apiVersion": api, "kind": kind, "name": name}}


def made(api: str, kind: str, name: str, spec: Document | None = None, **annotations: str) -> Document:
    return {
        "apiVersion": api,
        "kind": kind,
        "metadata": {"name": name, "annotations": annotations} if annotations else {"name": name},
        "spec": spec or {},
    }


def broker(name: str, **spec: Any) -> Document:
    return made(EVENTING, "Broker", name, spec, **KAFKA)


def trigger(name: str, of: str, subscriber: Document, **spec: Any) -> Document:
    return made(EVENTING, "Trigger", name, {"broker": of, "subscriber": subscriber, **spec})


def function(name: str, emits: str | None = None) -> Document:
    pod = {"containers": [{"image": "example.org/f:1"}]}
    more = {} if emits is None else {"touchline.io/emits": emits}
    return made("serving.knative.dev/v1", "Service", name, {"template": {"spec": pod}}, **more)


def calls(name: str) -> Document:
    return ref("Service", name, "serving.knative.dev/v1")


def source(topic: str, sink: Document, **spec: Any) -> Document:
    about = {"bootstrapServers": ["b:9092"], "topics": [topic], "consumerGroup": "g", "sink": sink, **spec}
    return made("sources.knative.dev/v1", "KafkaSource", f"of-{topic}", about)


def kafka_sink(name: str, topic: str) -> Document:
    spec = {"bootstrapServers": ["b:9092"], "topic": topic}
    return made("eventing.knative.dev/v1alpha1", "KafkaSink", name, spec)


def sequence(*steps: Document, reply: Document | None = None) -> Document:
    template = {"apiVersion": MESSAGING, "kind": "InMemoryChannel"}
    spec = {"channelTemplate": template, "steps": list(steps)} | ({"reply": reply} if reply else {})
    return made(FLOWS, "Sequence", "line", spec)


@pytest.fixture
def loops(tmp_path: Path) -> Any:
    def find(*objects: Document) -> set[tuple[str, str]]:
        (tmp_path / "all.yaml").write_text(yaml.safe_dump_all(objects))
        return {(finding.rule, finding.object.partition(" ")[0]) for finding in find_loops(tmp_path)}

    return find


def only(type_: str) -> Document:
    return {"attributes": {"type": type_}}


def test_a_sequence_whose_reply_enters_the_broker_that_feeds_it(loops: Any) -> None:
    line = sequence(calls("one"), calls("two"), reply=ref("Broker", "b"))
    feed = trigger("feed", "b", ref("Sequence", "line", FLOWS), filter=only("raw"))
    assert loops(broker("b"), feed, line, function("one", "half"), function("two", "raw")) == {
        ("event-loop", "Trigger"),
        ("event-loop", "Sequence"),
    }
    assert loops(broker("b"), feed, line, function("one", "half"), function("two", "done")) == set()
    unfiltered = trigger("feed", "b", ref("Sequence", "line", FLOWS))
    assert ("event-loop", "Trigger") in loops(broker("b"), unfiltered, line, function("one"), function("two"))


def test_a_channel_whose_replies_enter_the_broker_that_feeds_it(loops: Any) -> None:
    channel = made(MESSAGING, "Channel", "c")
    subscription = made(
        MESSAGING,
        "Subscription",
        "s",
        {
            "channel": ref("Channel", "c", MESSAGING)["ref"],
            "subscriber": calls("f"),
            "reply": ref("Broker", "b"),
        },
    )
    feed = trigger("feed", "b", ref("Channel", "c", MESSAGING), filter=only("raw"))
    around = loops(broker("b"), channel, subscription, feed, function("f", "raw"))
    assert around == {("event-loop", "Trigger"), ("event-loop", "Subscription")}
    assert loops(broker("b"), channel, subscription, feed, function("f", "other")) == set()


def test_a_broker_that_feeds_itself_over_another(loops: Any) -> None:
    there = trigger("there", "a", ref("Broker", "b"), filter=only("x"))
    back = trigger("back", "b", ref("Broker", "a"))
    assert loops(broker("a"), broker("b"), there, back) == {("event-loop", "Trigger")}
    other = trigger("back", "b", ref("Broker", "a"), filters=[{"not": {"exact": {"type": "x"}}}])
    assert loops(broker("a"), broker("b"), there, other) == set()


def test_a_source_that_writes_to_its_own_topic(loops: Any) -> None:
    alike = kafka_sink("again", "rows"), kafka_sink("again", "others")
    at = ref("KafkaSink", "again", "eventing.knative.dev/v1alpha1")
    assert loops(alike[0], source("rows", at)) == {("event-loop", "KafkaSource")}
    assert loops(alike[1], source("rows", at)) == set()
    assert loops(source("rows", calls("f")), function("f", "row to rows")) == {("event-loop", "KafkaSource")}
    assert loops(source("rows", calls("f")), function("f", "row")) == set()


def test_dead_letters_of_a_source_that_come_back_to_it(loops: Any) -> None:
    sink = kafka_sink("dead", "rows")
    delivery = {"retry": 1, "deadLetterSink": ref("KafkaSink", "dead", "eventing.knative.dev/v1alpha1")}
    assert loops(sink, source("rows", calls("f"), delivery=delivery), function("f", "")) == {
        ("dead-letter-loop", "KafkaSource")
    }


def test_dead_letters_that_end_at_a_function_make_no_loop(loops: Any) -> None:
    dead = broker("a", delivery={"retry": 1, "deadLetterSink": ref("Broker", "graves")})
    mourner = trigger("mourner", "graves", calls("mourner"))
    objects = [dead, broker("graves"), trigger("t", "a", calls("f"), filter=only("x")), mourner]
    assert loops(*objects, function("f", ""), function("mourner", "")) == set()


@pytest.mark.parametrize(
    "expression",
    [
        "type = 'taken'",
        "type <> 'rated'",
        "NOT (type = 'rated')",
        "type LIKE 'tak%'",
        "type NOT IN ('rated', 'x')",
        "source = 's' AND type = 'taken'",
    ],
)
def test_an_expression_that_excludes_the_emitted_type_makes_no_loop(loops: Any, expression: str) -> None:
    objects = broker("b"), function("f", "rated")
    assert loops(*objects, trigger("t", "b", calls("f"), filters=[{"cesql": expression}])) == set()
    either = f"({expression}) OR type = 'rated'"
    result = loops(*objects, trigger("t", "b", calls("f"), filters=[{"cesql": either}]))
    assert result == {("reply-loop", "Trigger")}


def test_what_a_function_posts_to_another_broker_does_not_come_back(loops: Any) -> None:
    binding = made(
        "sources.knative.dev/v1",
        "SinkBinding",
        "elsewhere",
        {
            "subject": {"apiVersion": "serving.knative.dev/v1", "kind": "Service", "name": "f"},
            "sink": ref("Broker", "other"),
        },
    )
    objects = [broker("b"), broker("other"), function("f", "rated"), trigger("t", "b", calls("f"))]
    assert loops(*objects) == {("reply-loop", "Trigger")}
    assert loops(*objects, binding) == set()
    assert loops(*objects, binding, trigger("back", "other", ref("Broker", "b"))) == {("event-loop", "Trigger")}


def test_a_trigger_says_what_follows_from_its_events(loops: Any) -> None:
    own = trigger("own", "b", calls("f"), filter=only("rated"))
    assert loops(broker("b"), own, function("f", "rated")) == {("reply-loop", "Trigger")}
    own["metadata"]["annotations"] = {"touchline.io/emits": ""}
    assert loops(broker("b"), own, function("f", "rated")) == set()
    own["metadata"]["annotations"] = {"touchline.io/emits": "rated"}
    assert loops(broker("b"), own, function("f", "")) == {("reply-loop", "Trigger")}


def test_our_own_events_make_no_loop() -> None:
    assert find_loops(ROOT / "knative") == []


def test_loops_are_logged_at_start(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    there = trigger("there", "a", ref("Broker", "b")), trigger("back", "b", ref("Broker", "a"))
    (tmp_path / "all.yaml").write_text(yaml.safe_dump_all([broker("a"), broker("b"), *there]))
    with caplog.at_level(logging.WARNING):
        output.log_loops(tmp_path)
    assert "Trigger default/there" in caplog.text
    assert "goes round: Broker default/a → Broker default/b → Broker default/a" in caplog.text
