"""Where rules end: what comes close to breaking one, and is fine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from knative.lint import lint
from knative.lint.type_filter import passes_type

BROKER: dict[str, Any] = {
    "apiVersion": "eventing.knative.dev/v1",
    "kind": "Broker",
    "metadata": {"name": "default", "annotations": {"eventing.knative.dev/broker.class": "Kafka"}},
}
REF = {"apiVersion": "serving.knative.dev/v1", "kind": "Service", "name": "shots"}


def service(emits: str | None, name: str = "shots", **pod: Any) -> dict[str, Any]:
    context = {
        "runAsNonRoot": True,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    return {
        "apiVersion": "serving.knative.dev/v1",
        "kind": "Service",
        "metadata": {"name": name, "annotations": {} if emits is None else {"touchline.io/emits": emits}},
        "spec": {"template": {"spec": {"containers": [{"image": "a/b:1", "securityContext": context}], **pod}}},
    }


def trigger(name: str = "on-shots", ref: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "eventing.knative.dev/v1",
        "kind": "Trigger",
        "metadata": {"name": name},
        "spec": {"broker": "default", "subscriber": {"ref": ref or REF}, **spec},
    }


@pytest.fixture
def rules(tmp_path: Path) -> Any:
    def of(*objects: dict[str, Any]) -> set[str]:
        (tmp_path / "a.yaml").write_text(yaml.safe_dump_all(objects))
        return {finding.rule for finding in lint([tmp_path])}

    return of


def only(type_: str) -> dict[str, Any]:
    return {"attributes": {"type": type_}}


def test_a_function_that_emits_another_type_makes_no_loop(rules: Any) -> None:
    assert rules(BROKER, service("rated"), trigger(filter=only("taken"))) == set()


def test_a_loop_over_two_functions_is_found(rules: Any) -> None:
    second = trigger("on-rated", {**REF, "name": "rates"}, filter=only("rated"))
    assert rules(
        BROKER, service("rated"), service("taken", "rates"), trigger(filter=only("taken")), second
    ) == {"reply-loop"}  # fmt: skip


def test_what_goes_to_a_topic_comes_back_to_no_trigger(rules: Any) -> None:
    assert rules(BROKER, service("taken to shots"), trigger()) == set()


def test_a_delivery_that_repeats_all_of_its_brokers_loses_nothing(rules: Any) -> None:
    sink = {"uri": "http://dead-letters"}
    broker = {**BROKER, "spec": {"delivery": {"retry": 3, "deadLetterSink": sink}}}
    assert rules(broker, service(""), trigger(filter=only("a"), delivery={"retry": 1})) == set()
    assert rules(broker, service(""), trigger(filter=only("a"), delivery={"timeout": "PT5M"})) == {"delivery-replaced"}


def test_a_function_without_timeout_may_take_five_minutes(rules: Any) -> None:
    short = trigger(filter=only("a"), delivery={"retry": 1, "timeout": "PT4M59S"})
    assert rules(BROKER, service(""), short) == {"timeout-below-function"}
    assert rules(BROKER, service("", timeoutSeconds=200), short) == set()


def test_an_object_of_another_namespace_is_another_object(rules: Any) -> None:
    elsewhere = {**BROKER, "metadata": {**BROKER["metadata"], "namespace": "other"}}
    assert rules(BROKER, elsewhere, service(""), trigger(filter=only("a"))) == set()
    assert rules(elsewhere, service(""), trigger(filter=only("a"))) == {"missing-reference"}


@pytest.mark.parametrize(
    ("spec", "passes"),
    [
        ({}, True),
        ({"filter": {"attributes": {"type": "a.b"}}}, True),
        ({"filter": {"attributes": {"type": "x"}}}, False),
        ({"filter": {"attributes": {"type": "a.b", "source": "s"}}}, None),
        ({"filter": {"attributes": {"type": ""}}}, True),
        ({"filters": [{"prefix": {"type": "a."}}, {"suffix": {"type": ".b"}}]}, True),
        ({"filters": [{"prefix": {"type": "a."}}, {"suffix": {"type": ".c"}}]}, False),
        ({"filters": [{"any": [{"exact": {"type": "x"}}, {"exact": {"type": "a.b"}}]}]}, True),
        ({"filters": [{"any": [{"exact": {"type": "x"}}]}]}, False),
        ({"filters": [{"all": [{"exact": {"type": "a.b"}}, {"exact": {"source": "s"}}]}]}, None),
        ({"filters": [{"not": {"exact": {"type": "a.b"}}}]}, False),
        ({"filters": [{"cesql": "type = 'a.b'"}]}, True),
        ({"filters": [{"cesql": "type = 'a.c'"}]}, False),
        ({"filters": [{"cesql": "type <> 'a.b'"}]}, False),
        ({"filters": [{"cesql": "NOT (type = 'a.b')"}]}, False),
        ({"filters": [{"cesql": "type NOT LIKE 'a.%'"}]}, False),
        ({"filters": [{"cesql": "type IN ('x', 'y')"}]}, False),
        ({"filters": [{"cesql": "type NOT IN ('a.b', 'y')"}]}, False),
        ({"filters": [{"cesql": "source = 's' AND type = 'x'"}]}, False),
        ({"filters": [{"cesql": "source = 's' AND type = 'a.b'"}]}, None),
        ({"filters": [{"cesql": "source = 's' OR type = 'a.b'"}]}, True),
        ({"filters": [{"cesql": "NOT (source = 's' OR type = 'a.b')"}]}, False),
        ({"filters": [{"cesql": "LEFT(type, 2) = 'x.' XOR FALSE"}]}, False),
        ({"filters": [{"cesql": "source = 's' XOR type = 'a.b'"}]}, None),
        ({"filters": [{"cesql": "EXISTS id AND type = 'a.b'"}]}, True),
        ({"filters": [{"cesql": "EXISTS team"}]}, None),
        ({"filters": [{"cesql": "INT(type) = 1"}]}, False),
        ({"filters": [{"cesql": "NOT (INT(type) = 1)"}]}, False),
        ({"filters": [{"cesql": "type ="}]}, None),
        ({"filters": [{"not": {"cesql": "type = 'a.b'"}}]}, False),
        ({"filters": [{}]}, True),
    ],
)
def test_whether_a_filter_lets_a_type_through(spec: dict[str, Any], passes: bool | None, tmp_path: Path) -> None:
    from knative.lint import yaml_objects as reading

    (tmp_path / "a.yaml").write_text(yaml.safe_dump({**trigger(), "spec": spec}))
    objects, _ = reading.read([tmp_path])
    assert passes_type(objects[0], "a.b") is passes


def delivering(**delivery: Any) -> dict[str, Any]:
    return {**BROKER, "spec": {"delivery": {"retry": 3, "backoffPolicy": "exponential", **delivery}}}


@pytest.mark.parametrize(
    ("delivery", "broken"),
    [
        ({"backoffDelay": "PT0.5S", "retry": 17}, set()),
        ({"backoffDelay": "PT0.5S", "retry": 18}, {"backoff-too-long"}),
        ({"backoffDelay": "PT0.5S", "retry": 2_000_000_000}, {"backoff-too-long"}),
        ({"backoffDelay": "PT0.5S", "retry": 1000, "backoffPolicy": "linear"}, set()),
        ({"backoffDelay": "PT10M", "retry": 1000, "backoffPolicy": "linear"}, {"backoff-too-long"}),
        ({"backoffDelay": "PT0.1S"}, set()),
        ({"backoffDelay": "PT0.05S"}, {"odd-duration"}),
        ({"backoffDelay": "PT0S"}, {"retry-without-wait"}),
        ({"backoffDelay": "-PT1S"}, {"odd-duration"}),
        ({"backoffDelay": "PT1M"}, set()),
        ({"timeout": "P1M"}, {"odd-duration"}),
        ({"timeout": "P1DT2H"}, set()),
    ],
)
def test_waits_are_told_that_are_otherwise_than_they_look(
    rules: Any, delivery: dict[str, Any], broken: set[str]
) -> None:
    assert rules(delivering(**delivery)) == broken


@pytest.mark.parametrize(
    ("expression", "broken"),
    [
        ("type", {"cesql-not-boolean"}),
        ("'true'", {"cesql-not-boolean"}),
        ("-1", {"cesql-not-boolean"}),
        ("UPPER(type)", {"cesql-not-boolean"}),
        ("BOOL(active)", set()),
        ("NOT active", set()),
        ("EXISTS active", set()),
        ("TRUE", set()),
        ("UPPER(type) = 'A'", set()),
        ("CONTAINS(type, 'a')", {"cesql-unknown-function"}),
        ("LEFT(type) = 'a'", {"cesql-unknown-function"}),
        ("type = 'a' AND (TRUE XOR NOT IS_EVEN(1))", {"cesql-unknown-function"}),
    ],
)
def test_expressions_that_are_read_and_never_pass(rules: Any, expression: str, broken: set[str]) -> None:
    assert rules(BROKER, service(""), trigger(filters=[{"cesql": expression}])) == broken


def test_a_delay_waits_without_a_policy_on_the_kafka_class_alone(rules: Any) -> None:
    spec: dict[str, Any] = {"delivery": {"retry": 3, "backoffDelay": "PT1S"}}
    assert rules({**BROKER, "spec": spec}) == set()
    assert rules({**BROKER, "metadata": {"name": "default"}, "spec": spec}) == {"delay-without-policy"}
    channel_based = {**BROKER, "metadata": {"name": "default"}}
    assert rules(channel_based, service(""), trigger(filter=only("a"), **spec)) == {"delay-without-policy"}
    assert rules(BROKER, service(""), trigger(filter=only("a"), **spec)) == set()


def test_two_groups_or_two_topics_share_nothing(rules: Any) -> None:
    def source(name: str, topic: str, group: str) -> dict[str, Any]:
        spec = {"bootstrapServers": ["b:9092"], "topics": [topic], "consumerGroup": group, "sink": {"uri": "http://s"}}
        about = {"apiVersion": "sources.knative.dev/v1", "kind": "KafkaSource", "metadata": {"name": name}}
        return {**about, "spec": spec}

    assert rules(source("a", "rows", "g"), source("b", "rows", "h"), source("c", "others", "g")) == set()
    assert rules(source("a", "rows", "g"), source("b", "rows", "g")) == {"shared-consumer-group"}
