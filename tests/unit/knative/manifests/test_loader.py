"""The strict loader: what is honoured, ignored with a reason, or refused, and that nothing is passed over."""

from __future__ import annotations

from pathlib import Path

import pytest

from knative.manifests import report
from knative.manifests.errors import InvalidManifests
from knative.manifests.kinds import loader
from knative.manifests.model import BrokerClass, Name, Order
from tests.support.eventing.manifest_folders import BROKER, PING, SERVICE, SOURCE, TRIGGER, faults, load


@pytest.mark.conforms("broker-class-default")
def test_all_kinds_load(tmp_path: Path) -> None:
    result = load(tmp_path, SERVICE, BROKER, TRIGGER, PING, SOURCE)
    name = Name(namespace="touchline", name="sink")
    assert result.services[0].name == name
    assert result.services[0].literal_value("A") == "1"
    assert result.brokers[0].broker_class is BrokerClass.CHANNEL
    assert result.triggers[0].subscriber.uri == "/events/x"
    assert result.ping_sources[0].data == b'{"a": 1}'


def test_defaults_of_a_source_are_those_of_the_cluster(tmp_path: Path) -> None:
    (source,) = load(tmp_path, SERVICE, SOURCE).kafka_sources
    assert (source.start, source.order, source.consumers, source.delivery) == ("latest", Order.ORDERED, 1, None)


def test_every_field_has_a_verdict(tmp_path: Path) -> None:
    result = load(tmp_path, SERVICE)
    output = {finding.field: finding.verdict for finding in result.findings}
    assert output["spec.template.spec.containers[0].env[0].value"] == "honoured"
    assert output["spec.template.spec.containers[0].image"] == "ignored"
    assert all(finding.reason for finding in result.findings if finding.verdict == "ignored")
    assert "ignored: Service image: the working tree is what runs, not an image" in report.format_report(result)
    assert len(report.format_report(result, verbose=True)) == len(result.findings) + 1


@pytest.mark.conforms("trigger-one-broker", "trigger-missing-broker", "trigger-missing-subscriber")
@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("broker: default", "broker: default\n  tier: gold", 'spec.tier refused: json: unknown field "tier"'),
        ("broker: default", "brokre: default", 'spec.brokre refused: json: unknown field "brokre"'),
        ("broker: default", "broker: 7", "spec.broker refused: json: cannot unmarshal number"),
        ("broker: default", "broker: default\n  brokerRef: {name: x}", "got both: spec.broker, spec.brokerRef"),
        (
            "broker: default",
            "broker: default\n  delivery: {retry: -1}",
            "spec.delivery.retry refused: invalid value: -1",
        ),
        (
            "broker: default",
            "broker: default\n  delivery: {retry: true}",
            "spec.delivery.retry refused: json: cannot unmarshal bool",
        ),
        (
            "broker: default",
            "broker: default\n  delivery: {backoffPolicy: random}",
            "invalid value: random: spec.delivery.backoffPolicy",
        ),
        (
            "broker: default",
            "broker: default\n  delivery: {backoffDelay: 10s}",
            "invalid value: 10s: spec.delivery.backoffDelay",
        ),
        ("broker: default", "broker: default\n  delivery: {timeout: PT}", "invalid value: PT: spec.delivery.timeout"),
        ("broker: default", "broker: default\n  delivery: {backoffDelay: -PT1S}", "is not a duration"),
        (
            "broker: default",
            "broker: default\n  delivery: {retryAfterMax: PT1S}",
            "must not set the field(s): spec.delivery.retryAfterMax",
        ),
        (
            "broker: default",
            "broker: default\n  filter: {attributes: {type: 7}}",
            "spec.filter.attributes.type refused: json: cannot unmarshal number",
        ),
        ("broker: default", "broker: other", "no Broker touchline/other among the manifests"),
        ("name: sink}", "name: nobody}", "no Service touchline/nobody among the manifests"),
        (
            "ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: sink}, ",
            "",
            "invalid value: Relative URI is not allowed when Ref",
        ),
    ],
)
def test_what_a_trigger_cannot_say_is_refused(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in TRIGGER
    assert told in faults(tmp_path, SERVICE, BROKER, TRIGGER.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"*/5 * * * *"', '"@every 5m"', "unsupported descriptor @every"),
        ('"*/5 * * * *"', '"61 * * * *"', "end of range (61) above maximum (59): 61"),
        ('"*/5 * * * *"', '"* * * *"', "schedule"),
        ('"*/5 * * * *"', '"* * * * *"\n  timezone: Mars/Olympus', "unknown time zone Mars/Olympus"),
        ("'{\"a\": 1}'", "'[1]'", "spec.data refused: invalid value: json: cannot unmarshal array"),
        ("'{\"a\": 1}'", "'{'", "spec.data refused: invalid value: unexpected end of JSON input"),
        ("'{\"a\": 1}'", "'{}'\n  dataBase64: e30=", "expected exactly one, got both: spec.data, spec.dataBase64"),
    ],
)
def test_what_a_ping_source_cannot_say_is_refused(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in PING
    assert told in faults(tmp_path, SERVICE, PING.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("topics: [t]", "topics: t", "spec.topics refused: json: cannot unmarshal string"),
        ("topics: [t]", "topics: [1]", "spec.topics[0] refused: json: cannot unmarshal number"),
        ("topics: [t]", "topics: [t]\n  ordering: sometimes", "invalid value: sometimes: spec.ordering"),
        ("topics: [t]", "topics: [t]\n  initialOffset: middle", "invalid value: middle: spec.initialOffset"),
    ],
)
def test_what_a_kafka_source_cannot_say_is_refused(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in SOURCE
    assert told in faults(tmp_path, SERVICE, SOURCE.replace(old, new))


@pytest.mark.conforms("runtime-reserved")
def test_a_reserved_variable_is_refused(tmp_path: Path) -> None:
    assert '"K_SERVICE" is a reserved environment variable' in faults(
        tmp_path, SERVICE.replace("name: A", "name: K_SERVICE")
    )


def test_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    output = faults(tmp_path, BROKER.replace("kind: Broker", "kind: Borker"))
    assert "kind Borker of eventing.knative.dev/v1 is not run here" in output


def test_a_deprecated_version_is_served_and_told(tmp_path: Path) -> None:
    result = load(tmp_path, SERVICE, PING.replace("sources.knative.dev/v1", "sources.knative.dev/v1beta2"))
    assert result.ping_sources[0].schedule == "*/5 * * * *"
    assert any("PingSource apiVersion: deprecated" in line for line in report.format_report(result))


def test_the_same_object_twice_is_refused(tmp_path: Path) -> None:
    assert "a second Broker touchline/default" in faults(tmp_path, BROKER, BROKER)


def test_a_key_given_twice_is_refused(tmp_path: Path) -> None:
    assert "key 'name' is given twice" in faults(
        tmp_path, BROKER.replace("{name: default,", "{name: x, name: default,")
    )


def test_broken_yaml_names_its_file(tmp_path: Path) -> None:
    assert "all.yaml" in faults(tmp_path, "a: [")


def test_a_folder_without_manifests_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(InvalidManifests, match="holds no manifests"):
        loader.load(tmp_path)


def test_every_fault_is_named_at_once(tmp_path: Path) -> None:
    broker = BROKER + "spec: {delivery: {retry: -1, backoffDelay: 1s}}\n"
    output = faults(tmp_path, broker, TRIGGER.replace("broker: default", "broker: 7"))
    assert "3 fault(s)" in output
    assert "spec.delivery.retry" in output
    assert "spec.delivery.backoffDelay" in output
    assert "spec.broker" in output
