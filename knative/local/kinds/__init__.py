"""Documents to values, one short reader per kind; an unknown kind or apiVersion is refused, never passed over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from knative import admission
from knative.admission.complaints import on_one_line
from knative.local import flows
from knative.local.documents import Document
from knative.local.fields import Fields, Finding
from knative.local.kinds import eventing, gateway, messaging, serving, sources
from knative.local.manifests import Manifests

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

DEPRECATED: dict[tuple[str, str], str] = {
    ("sources.knative.dev/v1beta2", "PingSource"): "deprecated, though still served: write sources.knative.dev/v1",
}
"""Versions to leave, and what to write instead."""

HARMLESS: dict[tuple[str, str], str] = {
    ("v1", "Namespace"): "there is one namespace of processes here",
    ("gateway.networking.k8s.io/v1beta1", "ReferenceGrant"): "a permission between namespaces",
}
"""Kinds that mean nothing here, and why that does no harm."""


def parse(documents: Iterable[Document]) -> Manifests:
    """Read all documents; `findings` tells what became of every field."""
    findings: list[Finding] = []
    objects: dict[str, list[Any]] = defaultdict(list)
    seen: set[str] = set()
    for document in documents:
        group, kind = str(document.content.get("apiVersion")), str(document.content.get("kind"))
        metadata = document.content.get("metadata")
        name = metadata.get("name") if isinstance(metadata, dict) else None
        label = f"{document.file} {kind}/{name}"
        if (group, kind) in HARMLESS:
            findings.append(Finding(document=label, field="document", verdict="ignored", reason=HARMLESS[group, kind]))
            continue
        if (group, kind) not in READERS:
            reason = f"kind {kind} of {group} is not known here"
            findings.append(Finding(document=label, field="document", verdict="refused", reason=reason))
            continue
        if refusals := list(_refusals(document, label)):
            findings += refusals
            continue
        fields = Fields(document.content, document=label, path="", findings=findings)
        fields.text("apiVersion", reason=DEPRECATED.get((group, kind), ""))
        fields.text("kind")
        into, reader = READERS[group, kind]
        parsed = reader(fields)
        fields.close()
        if into == "routes":
            objects[into].extend(parsed)
            continue
        if (identity := f"{kind} {parsed.name}") in seen:
            findings.append(
                Finding(document=label, field="metadata.name", verdict="refused", reason=f"a second {identity}")
            )
        seen.add(identity)
        objects[into].append(parsed)
    for sequence in objects["sequences"]:
        objects["channels"] += flows.channels(sequence)
        objects["subscriptions"] += flows.subscriptions(sequence)
    return Manifests(findings=tuple(findings), **{name: tuple(found) for name, found in objects.items()})


def _refusals(document: Document, label: str) -> Iterator[Finding]:
    """Why a cluster's webhook would turn the document away, in its words."""
    if not admission.reviewable(document.content):
        return
    answer = admission.admit(document.content, channel_template=admission.RELEASED_TEMPLATE)
    for complaint, message in zip(answer.errors, answer.messages, strict=True):
        field = complaint.paths[0] if complaint.paths else "document"
        yield Finding(document=label, field=field, verdict="refused", reason=on_one_line(message))
