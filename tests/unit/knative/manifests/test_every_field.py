"""No field that a cluster takes is passed over in silence: it is honoured, ignored with a reason, or refused.

The fields are those of the real CustomResourceDefinitions; each is put into a small valid object, alone.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from knative.manifests.documents import Document
from knative.manifests.fields import FieldVerdict
from knative.manifests.kinds import parser
from tests.support.reference import reference

Json = dict[str, Any]
Path = tuple[str, ...]

SINK = {"ref": {"apiVersion": "eventing.knative.dev/v1", "kind": "Broker", "name": "default"}}
TEMPLATE = {"apiVersion": "messaging.knative.dev/v1", "kind": "InMemoryChannel"}
SPECS: dict[str, tuple[str, Json]] = {
    "serving-service": (
        "serving.knative.dev/v1 Service",
        {"template": {"spec": {"containers": [{"image": "example.org/fn"}]}}},
    ),
    "eventing-broker": ("eventing.knative.dev/v1 Broker", {}),
    "eventing-trigger": ("eventing.knative.dev/v1 Trigger", {"broker": "default", "subscriber": SINK}),
    "eventing-channel": ("messaging.knative.dev/v1 Channel", {}),
    "eventing-subscription": (
        "messaging.knative.dev/v1 Subscription",
        {
            "channel": {"apiVersion": "messaging.knative.dev/v1", "kind": "Channel", "name": "c"},
            "subscriber": SINK,
        },
    ),
    "eventing-sequence": ("flows.knative.dev/v1 Sequence", {"steps": [SINK], "channelTemplate": TEMPLATE}),
    "eventing-pingsource": ("sources.knative.dev/v1 PingSource", {"schedule": "* * * * *", "sink": SINK}),
    "eventing-sinkbindings": (
        "sources.knative.dev/v1 SinkBinding",
        {"subject": {"apiVersion": "serving.knative.dev/v1", "kind": "Service", "name": "f"}, "sink": SINK},
    ),
    "kafka-source": (
        "sources.knative.dev/v1 KafkaSource",
        {"bootstrapServers": ["kafka:9092"], "topics": ["t"], "consumerGroup": "g", "sink": SINK},
    ),
    "kafka-sink": ("eventing.knative.dev/v1alpha1 KafkaSink", {"bootstrapServers": ["kafka:9092"], "topic": "t"}),
}
"""By definition: kind, and the least that is valid."""
REF = {"apiVersion": "v1", "kind": "ConfigMap", "name": "c", "namespace": "touchline"}
PARENTS: dict[str, Json] = {
    "ref": SINK["ref"],
    "sink": SINK,
    "reply": SINK,
    "subscriber": SINK,
    "deadLetterSink": SINK,
    "config": REF,
    "brokerRef": SINK["ref"],
    "channelTemplate": TEMPLATE,
    "env": {"name": "NAME"},
    "configMapKeyRef": {"name": "c", "key": "k"},
    "secretKeyRef": {"name": "c", "key": "k"},
    "volumeMounts": {"name": "v", "mountPath": "/tmp"},
    "volumes": {"name": "v"},
    "livenessProbe": {"httpGet": {"path": "/health/live"}},
    "readinessProbe": {"httpGet": {"path": "/health/ready"}},
    "startupProbe": {"httpGet": {"path": "/health/live"}},
    "envFrom": {"configMapRef": {"name": "c"}},
}
"""What an object at a place needs besides the field, so that it is not refused for the lack of something else."""
SAMPLES: dict[str, Any] = {"string": "text", "integer": 1, "boolean": True, "number": 1, "object": {}, "array": []}


def schema_of(definition: str, version: str) -> Json:
    """The schema of ``spec`` of the version that `SPECS` names."""
    document = yaml.safe_load(reference(f"conformance/crds/{definition}.yaml").read_text())
    versions = {each["name"]: each for each in document["spec"]["versions"]}
    schema: Json = versions[version]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    return schema


def list_fields(schema: Json, path: Path = ()) -> Iterator[tuple[Path, Json]]:
    """Every property with its place; ``[]`` is an item of a list."""
    if items := schema.get("items"):
        yield from list_fields(items, (*path, "[]"))
    for name, each in schema.get("properties", {}).items():
        yield (*path, name), each
        yield from list_fields(each, (*path, name))


def make_sample(schema: Json) -> Any:
    """A value of the type; not an empty one where its content can be known."""
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "array":
        return [make_sample(schema.get("items", {"type": "string"}))]
    if schema.get("type") == "object" and "properties" in schema:
        required = schema.get("required") or list(schema["properties"])[:1]
        return {name: make_sample(schema["properties"][name]) for name in required}
    return SAMPLES.get(schema.get("type", ""), {"a": "b"}) or {"a": "b"}


def put(content: Any, path: Path, value: Any) -> None:
    """Set a value at a place, making what leads there."""
    *parents, last = path
    owner = ""
    for name, following in zip(parents, path[1:], strict=True):
        owner = owner if name == "[]" else name
        empty = [] if following == "[]" else copy.deepcopy(PARENTS.get(owner, {}))
        if name == "[]":
            content[:] = content or [empty]
            content = content[0]
        else:
            content = content.setdefault(name, empty)
    if last == "[]":
        content[:] = [value]
    else:
        content[last] = value


def find_verdicts(kind: str, spec: Json) -> tuple[FieldVerdict, ...]:
    api_version, _, name = kind.partition(" ")
    metadata = {"name": "x", "namespace": "touchline"}
    content = {"apiVersion": api_version, "kind": name, "metadata": metadata, "spec": spec}
    return parser.parse([Document(file="x.yaml", content=content)]).findings


def is_about(verdict: FieldVerdict, path: Path) -> bool:
    """Whether a verdict is on this field, on what it lies in, or on something within it."""
    told = [part for part in re.sub(r"\[[^]]*\]", "", verdict.field).split(".") if part != "spec"]
    asked = [part for part in path if part not in ("[]", "spec")]
    n = min(len(told), len(asked))
    return n > 0 and told[:n] == asked[:n]


@pytest.mark.parametrize("definition", SPECS)
def test_no_field_is_passed_over_in_silence(definition: str) -> None:
    kind, spec = SPECS[definition]
    version = kind.partition(" ")[0].rpartition("/")[2]
    fields = list(list_fields(schema_of(definition, version)))
    silent: list[str] = []
    turned_away: list[str] = []
    for path, schema in fields:
        changed = copy.deepcopy(spec)
        put(changed, path, make_sample(schema))
        verdicts = find_verdicts(kind, changed)
        if any(is_about(verdict, path) for verdict in verdicts):
            continue
        refused = any(verdict.verdict == "refused" for verdict in verdicts)
        (turned_away if refused else silent).append(".".join(path))
    assert len(fields) > 5
    assert silent == []
    assert len(turned_away) <= len(fields) * 2 / 3, "the sample of a field is refused for something else"


def test_the_least_object_of_each_kind_is_valid() -> None:
    refused = {
        definition: [
            str(verdict) for verdict in find_verdicts(kind, copy.deepcopy(spec)) if verdict.verdict == "refused"
        ]
        for definition, (kind, spec) in SPECS.items()
    }
    assert refused == {definition: [] for definition in SPECS}
