"""Our tables of fields beside the schemas of the CustomResourceDefinitions, both ways."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from knative.admission import WEBHOOKS, masks
from knative.admission.schema import CUSTOM, NUMBERS, types
from tests.support.reference import reference

CRDS = {
    "serving-service": "Service",
    "serving-configuration": "Configuration",
    "serving-revision": "Revision",
    "serving-route": "Route",
    "serving-domain-mapping": "v1beta1.DomainMapping",
    "eventing-broker": "Broker",
    "eventing-trigger": "Trigger",
    "eventing-channel": "Channel",
    "eventing-subscription": "Subscription",
    "eventing-sequence": "Sequence",
    "eventing-pingsource": "PingSource",
    "eventing-sinkbindings": "SinkBinding",
    "kafka-source": "KafkaSource",
    "kafka-sink": "v1alpha1.KafkaSink",
}
REFUSED_THOUGH_IN_SCHEMA = {
    "Channel status.deadLetterChannel": "the Go type lost this field of v1beta1; the schema kept it",
    "Sequence status.addresses": "the Go type has one address",
}
NOT_IN_SCHEMA = {
    ("KReference", "group"): "behind a feature flag",
    ("KReference", "address"): "filled by the eventing controller",
    ("DeliverySpec", "format"): "newer than the schema, which lets unknown fields of a delivery through",
    ("DeliverySpec", "timeout"): "as format",
    ("DeliverySpec", "retryAfterMax"): "as format, and behind a feature flag",
    ("Destination", "CACerts"): "left out for the delivery of a Channel's subscribers",
    ("Destination", "audience"): "as CACerts",
    ("KafkaSASLSpec", "roleARN"): "left out of v1beta1",
    ("KafkaSASLSpec", "tokenProvider"): "left out of v1beta1",
    ("Probe", "terminationGracePeriodSeconds"): "allowed all the same",
    ("AuthStatus", "serviceAccountNames"): "only JobSink and the like have several",
}
METADATA = {"name", "namespace", "labels", "annotations", "finalizers"}
"""What the schemas list of a Revision template's metadata; Go takes all of ObjectMeta."""
JSON_TYPES = {"string": "string", "bool": "boolean", "URL": "string", "Time": "string", "VolatileTime": "string"}
JSON_TYPES |= dict.fromkeys(NUMBERS, "integer")

Place = tuple[str, str, str, dict[str, Any] | None]
"""A field's struct, its name, the path to it, and its schema (None when the schema does not list it)."""


def versions(crd: str) -> Iterator[dict[str, Any]]:
    document = yaml.safe_load(reference(f"conformance/crds/{crd}.yaml").read_text())
    for version in document["spec"]["versions"]:
        yield version["schema"]["openAPIV3Schema"]["properties"]


def places(type_: str, schema: dict[str, Any], path: str, unknown: list[str]) -> Iterator[Place]:
    """Every field that we or the schema know below a place; what only the schema knows goes into `unknown`."""
    plain = types().unnamed(type_.removeprefix("*"))
    if plain.startswith("[]") and "items" in schema:
        yield from places(plain[2:], schema["items"], f"{path}[]", unknown)
    if plain not in types().structs or "properties" not in schema:
        return
    listed: dict[str, Any] = schema["properties"]
    unknown += [f"{path}.{name}" for name in listed if name not in types().structs[plain]]
    for name, field in types().structs[plain].items():
        yield plain, name, f"{path}.{name}", listed.get(name)
        if name in listed:
            yield from places(field.type, listed[name], f"{path}.{name}", unknown)


def fields_of(crd: str, unknown: list[str]) -> Iterator[Place]:
    for properties in versions(crd):
        for part in ("spec", "status"):
            if part in properties:
                yield from places(types().structs[CRDS[crd]][part].type, properties[part], part, unknown)


@pytest.mark.parametrize("crd", CRDS)
def test_every_field_of_the_schema_is_in_our_table(crd: str) -> None:
    unknown: list[str] = []
    list(fields_of(crd, unknown))
    assert [path for path in unknown if f"{CRDS[crd]} {path}" not in REFUSED_THOUGH_IN_SCHEMA] == []


@pytest.mark.parametrize("crd", CRDS)
def test_every_field_of_ours_is_in_the_schema_or_refused_or_excused(crd: str) -> None:
    absent = [(struct, name, path) for struct, name, path, schema in fields_of(crd, []) if schema is None]
    assert [
        path
        for struct, name, path in absent
        if (struct, name) not in NOT_IN_SCHEMA
        and not (struct == "ObjectMeta" and name not in METADATA)
        and (struct not in MASKED or name in allowed(struct))
    ] == []


@pytest.mark.parametrize("crd", CRDS)
def test_types_are_those_of_the_schema(crd: str) -> None:
    wrong = []
    for struct, name, path, schema in fields_of(crd, []):
        plain = types().unnamed(types().structs[struct][name].type.removeprefix("*"))
        if schema is not None and JSON_TYPES.get(plain, schema.get("type")) != schema.get("type"):
            wrong.append(f"{path}: {plain} is {schema.get('type')}")
    assert wrong == []


MASKED = {
    "RevisionSpec": "PodSpec",
    "EphemeralContainer": "Container",
    **{name: name for name in masks.ALLOWED},
}
"""Structs whose fields the schema lists only as far as a Revision may carry them, and the mask that says so."""


def allowed(struct: str) -> set[str]:
    return set(masks.ALLOWED.get(MASKED[struct], "").split())


def test_what_a_mask_allows_is_in_the_schema() -> None:
    listed: dict[str, set[str]] = {}
    for struct, name, _, schema in fields_of("serving-revision", []):
        if schema is not None:
            listed.setdefault(MASKED.get(struct, struct), set()).add(name)
    for mask, names in masks.ALLOWED.items():
        assert set(names.split()) <= listed.get(mask, set()), mask


def test_what_the_schema_calls_behind_a_flag_is_refused_by_a_mask() -> None:
    flagged = [
        (struct, name)
        for struct, name, _, schema in fields_of("serving-revision", [])
        if schema is not None and "behind a feature flag" in schema.get("description", "")
    ]
    assert flagged
    assert [place for place in flagged if place[0] in MASKED and place[1] in allowed(place[0]) - {"emptyDir"}] == []


def test_every_named_type_exists() -> None:
    known = types()
    names = {*known.structs, *known.texts, *known.maps, *CUSTOM, *NUMBERS, "string", "bool"}
    mentioned = {field.type.lstrip("*[]{}") for fields in known.structs.values() for field in fields.values()}
    assert mentioned <= names
    assert {webhook.type for webhook in WEBHOOKS.values()} <= set(known.structs)
