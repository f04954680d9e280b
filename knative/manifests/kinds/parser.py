"""Documents to values, one short reader per kind; an unknown kind or apiVersion is refused, never passed over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from knative import admission
from knative.admission.field_errors import to_one_line
from knative.manifests import object_metadata, sequences
from knative.manifests.documents import Document
from knative.manifests.fields import Fields, FieldVerdict
from knative.manifests.kinds import eventing, gateway, messaging, serving, sources
from knative.manifests.model import Manifests

Reader = Callable[[Fields], Any]

READERS: dict[tuple[str, str], tuple[str, Reader]] = {
    ("serving.knative.dev/v1", "Service"): ("services", serving.service),
    ("eventing.knative.dev/v1", "Broker"): ("brokers", eventing.broker),
    ("eventing.knative.dev/v1", "Trigger"): ("triggers", eventing.trigger),
    ("messaging.knative.dev/v1", "Channel"): ("channels", messaging.channel),
    ("messaging.knative.dev/v1", "Subscription"): ("subscriptions", messaging.subscription),
    ("flows.knative.dev/v1", "Sequence"): ("sequences", messaging.sequence),
    ("eventing.knative.dev/v1alpha1", "KafkaSink"): ("kafka_sinks", eventing.kafka_sink),
    ("sources.knative.dev/v1", "KafkaSource"): ("kafka_sources", sources.kafka_source),
    ("sources.knative.dev/v1beta1", "KafkaSource"): ("kafka_sources", sources.kafka_source),
    ("sources.knative.dev/v1", "PingSource"): ("ping_sources", sources.ping_source),
    ("sources.knative.dev/v1beta2", "PingSource"): ("ping_sources", sources.ping_source),
    ("sources.knative.dev/v1", "SinkBinding"): ("sink_bindings", sources.sink_binding),
    ("gateway.networking.k8s.io/v1", "HTTPRoute"): ("routes", gateway.http_route),
}
"""By apiVersion and kind: the field of `Manifests` it ends in, and its reader."""

HARMLESS: dict[tuple[str, str], str] = {
    ("v1", "Namespace"): "there is one namespace of processes here",
    ("gateway.networking.k8s.io/v1beta1", "ReferenceGrant"): "a permission between namespaces",
}
"""Kinds that mean nothing here, and why that does no harm."""


def parse(documents: Iterable[Document]) -> Manifests:
    """Read all documents; `findings` tells what became of every field."""
    findings: list[FieldVerdict] = []
    objects: dict[str, list[Any]] = defaultdict(list)
    for document in documents:
        if turned_away := list(_refusals(document)):
            findings += turned_away
            continue
        fields = Fields(document.content, document=_label(document), path="", findings=findings)
        instead = admission.DEPRECATED.get(_kind(document))
        fields.text("apiVersion", reason=f"deprecated, though still served: write {instead}" if instead else "")
        fields.text("kind")
        into, reader = READERS[_kind(document)]
        parsed = reader(fields)
        fields.close()
        added = parsed if into == "routes" else [parsed]
        if into != "routes" and parsed.name in {each.name for each in objects[into]}:
            fields.refuse("metadata.name", f"a second {_kind(document)[1]} {parsed.name}")
        objects[into] += added
    for sequence in objects["sequences"]:
        objects["channels"] += sequences.list_channels(sequence)
        objects["subscriptions"] += sequences.list_subscriptions(sequence)
    return Manifests(findings=tuple(findings), **{name: tuple(added) for name, added in objects.items()})


def _kind(document: Document) -> tuple[str, str]:
    """Its apiVersion and kind."""
    return str(document.content.get("apiVersion")), str(document.content.get("kind"))


def _label(document: Document) -> str:
    metadata = document.content.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return f"{document.file} {_kind(document)[1]}/{name}"


def _refusals(document: Document) -> Iterator[FieldVerdict]:
    """Yield why a document is not read at all: an unknown kind, or the error messages of a cluster's webhook."""
    label, (version, kind) = _label(document), _kind(document)
    if (version, kind) in HARMLESS:
        yield FieldVerdict(document=label, field="document", verdict="ignored", reason=HARMLESS[version, kind])
        return
    if (version, kind) not in READERS:
        reason = f"kind {kind} of {version} is not run here; knative/README.md lists what is"
        yield FieldVerdict(document=label, field="document", verdict="refused", reason=reason)
        return
    for field, reason in object_metadata.find_faults(document.content):
        yield FieldVerdict(document=label, field=field, verdict="refused", reason=reason)
    if not admission.reviewable(document.content):
        return
    answer = admission.admit(document.content, channel_template=admission.RELEASED_TEMPLATE)
    for error, message in zip(answer.errors, answer.messages, strict=True):
        field = error.paths[0] if error.paths else "document"
        yield FieldVerdict(document=label, field=field, verdict="refused", reason=to_one_line(message))
