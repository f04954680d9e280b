"""What KafkaSource, PingSource and SinkBinding say: defaults, what is told about them, and who is bound."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from knative.lint import lint
from knative.local.eventing.process.consumers import build_consumers
from knative.local.serving import environment
from knative.manifests import report
from knative.manifests.model import KafkaSource, KeyType, Manifests, PingSource
from knative.manifests.references import References
from tests.support.eventing.manifest_folders import faults, load
from tests.support.reference import reference

SERVICE = """
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: %s, namespace: touchline, labels: {team: %s}}
spec: {template: {spec: {containers: [{image: example.org/fn}]}}}
"""
SOURCE = """
apiVersion: sources.knative.dev/v1
kind: KafkaSource
metadata: {name: s, namespace: touchline}
spec:
  bootstrapServers: [b:9092]
  topics: [t]
  sink: {uri: "http://sink.example/"}
"""
PING = """
apiVersion: sources.knative.dev/v1
kind: PingSource
metadata: {name: p, namespace: touchline}
spec:
  schedule: "0 * * * *"
  sink: {uri: "http://sink.example/"}
"""
BINDING = """
apiVersion: sources.knative.dev/v1
kind: SinkBinding
metadata: {name: %s, namespace: touchline}
spec:
  subject: {apiVersion: serving.knative.dev/v1, kind: Service, %s}
  sink: {uri: "http://%s.example/"}
"""


def source(folder: Path, *more: str, metadata: str = "") -> tuple[KafkaSource, str]:
    """A KafkaSource with more lines in its spec, and what the report says."""
    text = SOURCE.replace("namespace: touchline}", f"namespace: touchline{metadata}}}")
    result = load(folder, text + "".join(f"  {line}\n" for line in more))
    return result.kafka_sources[0], "\n".join(report.format_report(result))


def ping(folder: Path, *more: str) -> tuple[PingSource, str]:
    """A PingSource with more lines in its spec, and what the report says."""
    result = load(folder, PING + "".join(f"  {line}\n" for line in more))
    return result.ping_sources[0], "\n".join(report.format_report(result))


def test_without_a_consumer_group_one_is_made_up_that_stays(tmp_path: Path) -> None:
    result, output = source(tmp_path)
    assert result.consumer_group == source(tmp_path)[0].consumer_group == "knative-kafka-source-touchline-s"
    assert "KafkaSource consumerGroup: not given: knative-kafka-source-touchline-s" in output


def test_both_versions_of_a_kafka_source_are_the_same(tmp_path: Path) -> None:
    older = load(tmp_path, SOURCE.replace("knative.dev/v1", "knative.dev/v1beta1")).kafka_sources
    assert older == load(tmp_path, SOURCE).kafka_sources


@pytest.mark.parametrize("key_type", list(KeyType))
def test_the_key_type_is_a_label(tmp_path: Path, key_type: KeyType) -> None:
    label = f", labels: {{kafkasources.sources.knative.dev/key-type: {key_type.value}}}"
    result, output = source(tmp_path, metadata=label)
    assert result.key_type is key_type
    assert "key-type" not in output


def test_an_unknown_key_type_is_text_as_on_a_cluster_and_told(tmp_path: Path) -> None:
    result, output = source(tmp_path, metadata=", labels: {kafkasources.sources.knative.dev/key-type: weird}")
    assert result.key_type is KeyType.TEXT
    assert "'weird' is not among string, int, float, byte-array: keys are read as text" in output


def test_no_consumers_are_told(tmp_path: Path) -> None:
    result, output = source(tmp_path, "consumers: 0")
    assert result.consumers == 0
    assert "0: nothing is read" in output


@pytest.mark.parametrize(("ordering", "n_readers"), [("ordered", 1), ("unordered", 3)])
def test_order_is_kept_by_one_reader_however_many_consumers_are_asked_for(
    tmp_path: Path, ordering: str, n_readers: int
) -> None:
    result, output = source(tmp_path, f"consumers: 3\n  ordering: {ordering}")
    assert ("3: one reads, so that order is kept" in output) == (n_readers == 1)
    everything = Manifests(kafka_sources=(result,))
    places = References(everything, functions_url="http://functions", eventing_url="http://eventing")
    (consumer,) = build_consumers(everything, places, {})
    assert len(consumer.configs) == n_readers


def test_how_to_reach_the_log_and_scaling_are_ignored_with_the_reason(tmp_path: Path) -> None:
    annotations = (
        ", annotations: {autoscaling.knative.dev/maxScale: '3', keda.autoscaling.knative.dev/cooldownPeriod: '9'}"
    )
    _, output = source(
        tmp_path, "net: {sasl: {enable: true, user: {secretKeyRef: {name: s, key: k}}}}", metadata=annotations
    )
    assert "ignored: KafkaSource net: EVENT_LOG_URL says how to reach the log" in output
    assert "maxScale, keda.autoscaling.knative.dev/cooldownPeriod: nothing scales here" in output


def test_an_annotation_of_knatives_that_nobody_knows_is_refused_and_others_are_for_others(tmp_path: Path) -> None:
    _, output = source(tmp_path, metadata=", annotations: {example.com/a: x, eventing.knative.dev/creator: me}")
    assert "ignored: KafkaSource example.com/a: for people and other tools" in output
    assert "eventing.knative.dev/creator: tells who wrote it" in output
    text = SOURCE.replace("touchline}", "touchline, annotations: {kafka.eventing.knative.dev/odd: x}}")
    assert "kafka.eventing.knative.dev/odd refused" in faults(tmp_path, text)


def test_a_delivery_without_retry_is_told_of(tmp_path: Path) -> None:
    result, output = source(tmp_path, "delivery: {timeout: PT9S}")
    assert result.delivery is not None
    assert result.delivery.retry is None
    assert "KafkaSource retry: not given, so nothing is retried" in output
    assert "retry" not in source(tmp_path, "delivery: {retry: 0}")[1]


def test_a_ping_source_ticks_every_minute_of_utc_unless_told(tmp_path: Path) -> None:
    result = load(tmp_path, PING.replace("0 * * * *", ""))
    (tick,) = result.ping_sources
    assert (tick.schedule, tick.timezone) == ("* * * * *", "")
    assert "timezone: not given: UTC" in "\n".join(report.format_report(result))


@pytest.mark.conforms("ping-data-base64")
@pytest.mark.parametrize(
    ("lines", "data"),
    [
        (("data: plain",), b"plain"),
        (("dataBase64: AP8=",), b"\x00\xff"),
        (("data: ''", "dataBase64: AP8="), b"\x00\xff"),
        (("contentType: application/json", "data: '{\"a\": 1}'"), b'{"a": 1}'),
        (("contentType: application/json", "data: 'null'"), b"null"),
        (("contentType: text/json", "data: '['"), b"["),
        (("contentType: application/json", "dataBase64: e30="), b"{}"),
        ((), b""),
    ],
)
def test_the_data_of_a_tick(tmp_path: Path, lines: tuple[str, ...], data: bytes) -> None:
    assert ping(tmp_path, *lines)[0].data == data


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (("data: a", "dataBase64: YQ=="), "expected exactly one, got both: spec.data, spec.dataBase64"),
        (("dataBase64: '!!'",), "spec.dataBase64 refused: invalid value: illegal base64 data"),
        (
            ("contentType: application/json", "data: '[1]'"),
            "spec.data refused: invalid value: json: cannot unmarshal array",
        ),
        (
            ("contentType: application/json", "dataBase64: WzFd"),
            "spec.dataBase64 refused: invalid value: json: cannot unmarshal array",
        ),
    ],
)
def test_data_that_a_cluster_refuses_is_faults(tmp_path: Path, lines: tuple[str, ...], told: str) -> None:
    assert told in faults(tmp_path, PING + "".join(f"  {line}\n" for line in lines))


def sinks(folder: Path, *bindings: tuple[str, str, str]) -> dict[str, str]:
    """`K_SINK` of the Services f (team red) and g (team blue)."""
    services = [SERVICE % ("f", "red"), SERVICE % ("g", "blue")]
    result = load(folder, *services, *(BINDING % each for each in bindings))
    places = References(result, functions_url="http://functions", eventing_url="http://eventing")
    return {
        service.name.name: environment.of_service(service, result, places, process_env={}, port=1).get("K_SINK", "")
        for service in result.services
    }


@pytest.mark.conforms("binding-service")
@pytest.mark.parametrize(
    ("subject", "bound"),
    [
        ("name: f", {"f"}),
        ("selector: {matchLabels: {team: blue}}", {"g"}),
        ("selector: {matchLabels: {team: green}}", set()),
        ("selector: {}", {"f", "g"}),
        ("selector: {matchExpressions: [{key: team, operator: In, values: [red, green]}]}", {"f"}),
        ("selector: {matchExpressions: [{key: team, operator: NotIn, values: [red]}]}", {"g"}),
        ("selector: {matchExpressions: [{key: tier, operator: NotIn, values: [red]}]}", {"f", "g"}),
        ("selector: {matchExpressions: [{key: team, operator: Exists}]}", {"f", "g"}),
        ("selector: {matchExpressions: [{key: team, operator: DoesNotExist}]}", set()),
        ("selector: {matchLabels: {team: red}, matchExpressions: [{key: team, operator: DoesNotExist}]}", set()),
    ],
)
def test_a_binding_is_for_a_name_or_for_labels(tmp_path: Path, subject: str, bound: set[str]) -> None:
    assert {name for name, sink in sinks(tmp_path, ("b", subject, "sink")).items() if sink} == bound


def test_of_several_bindings_the_last_holds_and_that_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    by_label = ("a", "selector: {matchLabels: {team: red}}", "by-label")
    with caplog.at_level(logging.WARNING):
        result = sinks(tmp_path, by_label, ("c", "name: f", "second"), ("b", "name: f", "first"), ("d", "name: g", "g"))
    assert result == {"f": "http://by-label.example/", "g": "http://g.example/"}
    assert [record.message for record in caplog.records] == [
        "Service touchline/f has SinkBindings touchline/b, touchline/c, touchline/a: the last holds"
    ]


def test_a_bound_service_has_no_certificates(tmp_path: Path) -> None:
    result = load(tmp_path, SERVICE % ("f", "red"), BINDING % ("b", "name: f", "sink"))
    places = References(result, functions_url="http://functions", eventing_url="http://eventing")
    output = environment.of_service(result.services[0], result, places, process_env={"K_CA_CERTS": "x"}, port=1)
    assert {name: value for name, value in output.items() if name.startswith(("K_SINK", "K_C"))} == {
        "K_SINK": "http://sink.example/",
        "K_CE_OVERRIDES": "",
        "K_CONFIGURATION": "f",
    }


@pytest.mark.parametrize(
    ("subject", "told"),
    [
        ("name: f, selector: {}", "expected exactly one, got both: spec.subject.name, spec.subject.selector"),
        ("namespace: touchline", "expected exactly one, got neither: spec.subject.name, spec.subject.selector"),
        ("name: f, namespace: other", "invalid value: other: spec.subject.namespace"),
        ("name: ghost", "no Service touchline/ghost among the manifests"),
        ("selector: {matchExpressions: [{key: a, operator: Like}]}", '"Like" is not a valid label selector operator'),
    ],
)
def test_a_subject_that_cannot_be_bound_is_faults(tmp_path: Path, subject: str, told: str) -> None:
    assert told in faults(tmp_path, SERVICE % ("f", "red"), BINDING % ("b", subject, "sink"))


def test_only_services_can_be_bound(tmp_path: Path) -> None:
    text = BINDING.replace("serving.knative.dev/v1, kind: Service", "apps/v1, kind: Deployment") % ("b", "name: f", "s")
    assert "Deployment of apps/v1: only Services of Knative are run here" in faults(tmp_path, text)


@pytest.mark.parametrize("manifest", [SOURCE, PING], ids=["KafkaSource", "PingSource"])
@pytest.mark.parametrize(
    "name", ["type", "id", "source", "time", "subject", "specversion", "datacontenttype", "dataschema"]
)
def test_a_source_that_overrides_an_attribute_of_every_event_is_refused(
    tmp_path: Path, manifest: str, name: str
) -> None:
    """A cluster takes it and then sends nothing."""
    output = faults(tmp_path, f"{manifest}  ceOverrides: {{extensions: {{{name}: x}}}}\n")
    assert f"spec.ceOverrides.extensions.{name} refused" in output
    assert "nothing is sent" in output


@pytest.mark.parametrize("file", ["F05-ceoverrides-type", "F05b-ceoverrides-kafkasource"])
def test_the_linter_finds_such_sources_of_the_field(file: str) -> None:
    rules = [
        finding.rule for finding in lint([reference(f"field/eventing/{file}.yaml")]) if finding.severity == "error"
    ]
    assert set(rules) == {"overridden-attribute"}
