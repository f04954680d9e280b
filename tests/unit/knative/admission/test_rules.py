"""The webhooks' rules one by one, on small manifests; the words are those a cluster answers with."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knative.admission import WEBHOOKS, admit, reviewable

Fields = dict[str, Any]

SECURITY = {
    "runAsNonRoot": True,
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}


def manifest(api: str, kind: str, spec: Any, **metadata: Any) -> Fields:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": "a", "namespace": "n", **metadata}, "spec": spec}


def service(container: Fields | None = None, *, annotations: Fields | None = None, **pod: Any) -> Fields:
    containers = [{"image": "example.com/a/b", "securityContext": SECURITY, **(container or {})}]
    template = {"metadata": {"annotations": annotations or {}}, "spec": {"containers": containers, **pod}}
    return manifest("serving.knative.dev/v1", "Service", {"template": template})


def trigger(**spec: Any) -> Fields:
    whole = {"broker": "default", "subscriber": {"uri": "http://x"}, **spec}
    return manifest("eventing.knative.dev/v1", "Trigger", whole)


def ping(**spec: Any) -> Fields:
    return manifest("sources.knative.dev/v1", "PingSource", {"sink": {"uri": "http://x"}, **spec})


def said(answered: Fields) -> str:
    return str(admit(answered))


CONTAINER = "spec.template.spec.containers[0]"
REFUSED = {
    "unknown fields are refused": (trigger(filtr={}), 'json: unknown field "filtr"'),
    "mistyped fields are refused": (
        trigger(delivery={"retry": "3"}),
        "json: cannot unmarshal string into Go struct field Trigger.spec.delivery.retry of type int32",
    ),
    "numbers have their bounds": (
        trigger(delivery={"retry": 2**31}),
        "json: cannot unmarshal number 2147483648 into Go struct field Trigger.spec.delivery.retry of type int32",
    ),
    "quantities have a form": (
        service({"resources": {"limits": {"memory": "1 Gi"}}}),
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ),
    "pod fields are allow-listed": (
        service(tolerations=[], hostNetwork=True),
        "must not set the field(s): spec.template.spec.hostNetwork, spec.template.spec.tolerations",
    ),
    "container fields are allow-listed": (
        service({"lifecycle": {}}),
        f"must not set the field(s): {CONTAINER}.lifecycle",
    ),
    "a service account token may only be turned off": (
        service(automountServiceAccountToken=True),
        "must not set the field(s): spec.template.spec.automountServiceAccountToken",
    ),
    "four variables are reserved": (
        service({"env": [{"name": "K_REVISION"}]}),
        f'"K_REVISION" is a reserved environment variable: {CONTAINER}.env[0].name',
    ),
    "a variable from a pod's field needs a flag": (
        service({"env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]}),
        f"must not set the field(s): {CONTAINER}.env[0].valueFrom.fieldRef",
    ),
    "queue-proxy's ports are reserved": (
        service({"ports": [{"containerPort": 8013}]}),
        f"invalid value: 8013 is a reserved port: {CONTAINER}.ports.containerPort\n"
        "8013 is a reserved port, please use a different value",
    ),
    "one port": (
        service({"ports": [{"containerPort": 1}, {"containerPort": 2}]}),
        "more than one container port is set: spec.template.spec.containers[*].ports\n"
        "Only a single port is allowed across all containers",
    ),
    "an image that can be read": (
        service({"image": "Example.com/a"}),
        f"Failed to parse image reference: {CONTAINER}.image\n"
        'image: "Example.com/a", error: could not parse reference: Example.com/a',
    ),
    "one handler per probe": (
        service({"livenessProbe": {"exec": {}, "grpc": {"port": 1}}}),
        f"expected exactly one, got both: {CONTAINER}.livenessProbe.exec, {CONTAINER}.livenessProbe.gRPC",
    ),
    "no failure threshold without a period": (
        service({"readinessProbe": {"failureThreshold": 2}}),
        f"failureThreshold is disallowed when periodSeconds is zero: {CONTAINER}.readinessProbe.failureThreshold",
    ),
    "a timeout of ten minutes at most": (
        service(timeoutSeconds=601),
        "expected 0 <= 601 <= 600: spec.template.spec.timeoutSeconds",
    ),
    "autoscaling bounds in order": (
        service(annotations={"autoscaling.knative.dev/minScale": "2", "autoscaling.knative.dev/max-scale": "1"}),
        "max-scale=1 is less than min-scale=2: spec.template.metadata.annotations.autoscaling.knative.dev/max-scale, "
        "spec.template.metadata.annotations.autoscaling.knative.dev/min-scale",
    ),
    "a stable window of six seconds or more": (
        service(annotations={"autoscaling.knative.dev/window": "5s"}),
        "expected 6s <= 5s <= 1h0m0s: spec.template.metadata.annotations.autoscaling.knative.dev/window",
    ),
    "a target of a hundredth or more": (
        service(annotations={"autoscaling.knative.dev/target": "0"}),
        "target 0 should be at least 0.01: spec.template.metadata.annotations.autoscaling.knative.dev/target",
    ),
    "autoscaling annotations belong on the template": (
        service() | {"metadata": {"name": "a", "annotations": {"autoscaling.knative.dev/target": "1"}}},
        'invalid key name "autoscaling.knative.dev/target": metadata.annotations\n'
        'autoscaling annotations must be put under "spec.template.metadata.annotations" to work',
    ),
    "networking annotations are known ones": (
        service(annotations={"networking.knative.dev/ingress": "x"}),
        'invalid key name "networking.knative.dev/ingress": spec.template.metadata.annotations',
    ),
    "traffic sums to a hundred": (
        manifest("serving.knative.dev/v1", "Route", {"traffic": [{"configurationName": "c", "percent": 99}]}),
        "Traffic targets sum to 99, want 100: spec.traffic",
    ),
    "a Route names what it leads to": (
        manifest("serving.knative.dev/v1", "Route", {"traffic": [{"latestRevision": True, "percent": 100}]}),
        "expected exactly one, got neither: spec.traffic[0].configurationName, spec.traffic[0].revisionName",
    ),
    "a Revision's label tells the truth": (
        manifest(
            "serving.knative.dev/v1",
            "Revision",
            {"containers": [{"image": "a/b", "securityContext": SECURITY}]},
            labels={"serving.knative.dev/configuration": "c"},
        ),
        "missing field(s): metadata.labels.serving.knative.dev/configuration",
    ),
    "a trigger has a broker": (trigger(broker=""), "missing field(s): spec.broker"),
    "one dialect per filter": (
        trigger(filters=[{"exact": {"type": "a"}, "cesql": "TRUE"}]),
        "multiple dialects found, filters can have only one dialect set: ",
    ),
    "attribute names are lower case": (
        trigger(filters=[{"not": {"suffix": {"My": "a"}}}]),
        'invalid key name "My": spec.filters[0].not.suffix[My]\n'
        "Attribute name must start with a letter and can only contain lowercase alphanumeric",
    ),
    "CESQL has to parse": (
        trigger(filters=[{"cesql": "type ="}]),
        "invalid value: type =: spec.filters[0].cesql",
    ),
    "a time-out of nothing is none": (
        trigger(delivery={"timeout": "PT0S"}),
        "invalid value: PT0S: spec.delivery.timeout",
    ),
    "retryAfterMax needs a flag": (
        trigger(delivery={"retryAfterMax": "PT1S"}),
        "must not set the field(s): spec.delivery.retryAfterMax",
    ),
    "a destination is somewhere": (
        trigger(subscriber={}),
        "expected at least one, got none: spec.subscriber.ref, spec.subscriber.uri",
    ),
    "a relative uri needs a ref": (
        trigger(subscriber={"uri": "/a"}),
        "invalid value: Relative URI is not allowed when Ref and [apiVersion, kind, name] is absent: "
        "spec.subscriber.uri",
    ),
    "no @every": (ping(schedule="@every 1m"), "invalid value: unsupported descriptor @every: spec.schedule"),
    "a time zone that exists": (
        ping(timezone="Mars"),
        "invalid value: provided bad location Mars: unknown time zone Mars: spec.timezone",
    ),
    "JSON data is an object": (
        ping(contentType="application/json", data="[]"),
        "invalid value: json: cannot unmarshal array into Go value of type map[string]interface {}: spec.data",
    ),
    "one kind of data": (
        ping(data="a", dataBase64="YQ=="),
        "expected exactly one, got both: spec.data, spec.dataBase64",
    ),
    "a Channel's dead letters stay in its namespace": (
        manifest(
            "messaging.knative.dev/v1",
            "Channel",
            {
                "channelTemplate": {"apiVersion": "a/v1", "kind": "B"},
                "delivery": {
                    "deadLetterSink": {"ref": {"apiVersion": "v1", "kind": "Service", "name": "d", "namespace": "m"}}
                },
            },
        ),
        "mismatched namespaces: spec.delivery.deadLetterSink.ref.namespace\n"
        'parent namespace: "n" does not match ref: "m"',
    ),
    "a faulty step is shown whole": (
        manifest(
            "flows.knative.dev/v1",
            "Sequence",
            {"channelTemplate": {"apiVersion": "a/v1", "kind": "B"}, "steps": [{"ref": {"name": "s"}}]},
        ),
        "invalid value: {{Kind = , Namespace = n, Name = s, APIVersion = , Group = , Address =   <nil> <nil>} <nil>}: "
        "spec.steps[0]",
    ),
    "a domain has two labels": (
        manifest(
            "serving.knative.dev/v1beta1",
            "DomainMapping",
            {"ref": {"apiVersion": "v1", "kind": "Service", "name": "s"}},
        ),
        'invalid name "a": name: Invalid value: "a": should be a domain with at least two segments separated by dots: '
        "metadata.name",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("refused", "words"), REFUSED.values(), ids=REFUSED)
def test_refused(refused: Fields, words: str) -> None:
    assert admit(refused).refused
    assert said(refused) == words


def test_the_webhook_of_kafkasource_does_not_look_into_delivery() -> None:
    spec = {"bootstrapServers": ["k:9092"], "topics": ["t"], "sink": {"uri": "http://x"}, "delivery": {"retry": -1}}
    assert admit(manifest("sources.knative.dev/v1", "KafkaSource", spec)).verdict == "ok"
    assert admit(manifest("sources.knative.dev/v1beta1", "KafkaSource", spec)).verdict == "ok"


def test_a_warning_alone_refuses_nothing() -> None:
    answered = admit(service({"securityContext": {**SECURITY, "capabilities": {"drop": ["all"]}}}))
    assert (answered.verdict, answered.refused, answered.messages) == ("invalid", False, ())
    assert answered.warnings == (
        f"invalid value: all: {CONTAINER}.securityContext.capabilities.drop\nMust be spelled as 'ALL'",
    )


def test_defaults_of_a_service() -> None:
    spec: Any = admit(service({"readinessProbe": {"periodSeconds": 2}}, timeoutSeconds=400)).defaulted["spec"]
    assert spec["traffic"] == [{"latestRevision": True, "percent": 100}]
    pod = spec["template"]["spec"]
    assert (pod["timeoutSeconds"], pod["responseStartTimeoutSeconds"], pod["containerConcurrency"]) == (400, 300, 0)
    assert pod["enableServiceLinks"] is False
    assert pod["containers"][0]["name"] == "user-container"
    assert pod["containers"][0]["readinessProbe"] == {
        "failureThreshold": 3,
        "periodSeconds": 2,
        "successThreshold": 1,
        "tcpSocket": {"port": 0},
        "timeoutSeconds": 1,
    }


def test_containers_without_names_are_numbered_around_those_that_have_one() -> None:
    by_name = service()
    pod = by_name["spec"]["template"]["spec"]
    pod["containers"] = [{"image": "a/b"}, {"image": "a/b", "name": "user-container-0"}, {"image": "a/b"}]
    defaulted: Any = admit(by_name).defaulted
    assert [each["name"] for each in defaulted["spec"]["template"]["spec"]["containers"]] == [
        "user-container-1",
        "user-container-0",
        "user-container-2",
    ]


def test_defaults_of_a_broker_come_from_config_br_defaults() -> None:
    defaulted: Any = admit(manifest("eventing.knative.dev/v1", "Broker", None)).defaulted
    assert defaulted["metadata"]["annotations"] == {"eventing.knative.dev/broker.class": "MTChannelBasedBroker"}
    assert defaulted["spec"]["delivery"] == {"retry": 10, "backoffPolicy": "exponential", "backoffDelay": "PT0.2S"}
    assert defaulted["spec"]["config"]["name"] == "config-br-default-channel"


def test_a_reference_without_a_namespace_gets_that_of_its_owner_but_not_in_a_pingsource() -> None:
    ref = {"apiVersion": "v1", "kind": "Service", "name": "s"}
    of_trigger: Any = admit(trigger(subscriber={"ref": ref})).defaulted
    of_ping: Any = admit(ping(sink={"ref": ref})).defaulted
    assert of_trigger["spec"]["subscriber"]["ref"]["namespace"] == "n"
    assert "namespace" not in of_ping["spec"]["sink"]["ref"]


def test_field_names_are_taken_in_any_case_as_go_takes_them() -> None:
    answered = admit(trigger(Broker="other", FILTER={"attributes": {"type": "a"}}))
    defaulted: Any = answered.defaulted
    assert (defaulted["spec"]["broker"], defaulted["spec"]["filter"]) == ("other", {"attributes": {"type": "a"}})


def test_a_review_leaves_the_manifest_as_it_was() -> None:
    given_one = service({"volumeMounts": [{"name": "v", "mountPath": "/x"}]}, volumes=[{"name": "v", "secret": {}}])
    before = copy.deepcopy(given_one)
    assert admit(given_one).verdict == "ok"
    assert given_one == before


@pytest.mark.parametrize("expression", ["type = 'a' @", "_x = 1", "'a' !# < 'b'", "TRUE."])
def test_what_begins_no_token_is_dropped_from_cesql_without_a_word(expression: str) -> None:
    assert admit(trigger(filters=[{"cesql": expression}])).verdict == "ok"


@pytest.mark.parametrize("expression", ["a_b = 1", "L\\IKE", "type = 'a", "TR.UE"])
def test_what_is_dropped_from_cesql_still_parts_what_is_left(expression: str) -> None:
    assert admit(trigger(filters=[{"cesql": expression}])).verdict == "invalid"


def test_other_kinds_are_not_reviewed() -> None:
    assert not reviewable({"apiVersion": "v1", "kind": "Service"})
    assert not reviewable(["apiVersion", "kind"])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 70_000) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@st.composite
def mutilated(draw: st.DrawFn) -> Fields:
    """A valid manifest with anything at any place."""
    start: Any = draw(
        st.sampled_from([service({"env": [{"name": "A"}]}), trigger(delivery={"retry": 1}), ping(data="{}")])
    )
    whole = current = copy.deepcopy(start)
    while True:
        key = draw(st.sampled_from(sorted(current) if isinstance(current, dict) else range(len(current))))
        if key in ("apiVersion", "kind") or not isinstance(current[key], dict | list) or not current[key]:
            break
        current = current[key]
    if current is not whole:
        current[key] = draw(JSON)
    return dict(whole)


@settings(max_examples=60)
@given(mutilated())
def test_whatever_stands_somewhere_is_answered(anything: Fields) -> None:
    answered = admit(anything)
    assert answered.verdict in ("ok", "invalid", "decode")
    assert answered.verdict == "ok" or answered.field_errors


@pytest.mark.parametrize(("api", "kind"), sorted(WEBHOOKS))
def test_an_object_of_nothing_is_answered(api: str, kind: str) -> None:
    assert admit({"apiVersion": api, "kind": kind}).verdict in ("ok", "invalid")
    assert admit({"apiVersion": api, "kind": kind, "spec": None, "metadata": None}).verdict in ("ok", "invalid")


@pytest.mark.parametrize(
    ("expression", "words"),
    {
        "type LIKE 5": "syntax error: |failed to parse LIKE expression: the pattern was not a string literal",
        "type NOT LIKE source": "syntax error: |failed to parse LIKE expression: the pattern was not a string literal",
        "99999999999 = 1": 'strconv.ParseInt: parsing "99999999999": value out of range',
        "type = 'LIKE 5' AND n = -2147483649": 'strconv.ParseInt: parsing "-2147483649": value out of range',
        "x LIKE 5 AND 99999999999 = 1": (
            "syntax error: |failed to parse LIKE expression: the pattern was not a string literal"
            '|strconv.ParseInt: parsing "99999999999": value out of range'
        ),
        "EXISTS type AND": "",
        "type LIKE": "",
        "(type": "",
    }.items(),
)
def test_a_refused_expression_has_the_second_line_that_the_clusters_parser_gives(expression: str, words: str) -> None:
    """Recorded from sdk-go/sql v2.16.2, the parser of the webhook."""
    refused = str(admit(a_trigger_of_expression(expression)))
    head = f"invalid value: {expression}: spec.filters[0].cesql"
    assert refused == (f"{head}\nparse error: {words}" if words else head)


def a_trigger_of_expression(expression: str) -> dict[str, Any]:
    return {
        "apiVersion": "eventing.knative.dev/v1",
        "kind": "Trigger",
        "metadata": {"name": "t", "namespace": "n"},
        "spec": {
            "broker": "default",
            "filters": [{"cesql": expression}],
            "subscriber": {"uri": "http://sink.example/"},
        },
    }
