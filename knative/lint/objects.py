"""Rules about objects as such: their kinds and versions, their names, and what they refer to."""

from __future__ import annotations

from pathlib import Path

from knative.admission import DEPRECATED
from knative.lint.findings import Violations, declare_rule, rule
from knative.lint.object_index import ObjectIndex, iter_references
from knative.manifests import object_metadata

declare_rule("yaml-syntax", "error", "a file that is not YAML", "fix the syntax")
declare_rule(
    "not-an-object", "error", "a document that is not an object", "apiVersion and kind belong to every document"
)
declare_rule("duplicate-key", "error", "a key given twice, of which a parser drops one in silence", "keep one")

_CURRENT = {
    "Service": "serving.knative.dev/v1",
    "Configuration": "serving.knative.dev/v1",
    "Revision": "serving.knative.dev/v1",
    "Route": "serving.knative.dev/v1",
    "DomainMapping": "serving.knative.dev/v1beta1",
    "Broker": "eventing.knative.dev/v1",
    "Trigger": "eventing.knative.dev/v1",
    "KafkaSink": "eventing.knative.dev/v1alpha1",
    "Channel": "messaging.knative.dev/v1",
    "Subscription": "messaging.knative.dev/v1",
    "Sequence": "flows.knative.dev/v1",
    "PingSource": "sources.knative.dev/v1",
    "SinkBinding": "sources.knative.dev/v1",
    "KafkaSource": "sources.knative.dev/v1",
}
_UNREVIEWED = {
    "ApiServerSource", "ContainerSource", "EventPolicy", "EventTransform", "EventType", "InMemoryChannel",
    "IntegrationSink", "IntegrationSource", "JobSink", "KafkaChannel", "Parallel", "RequestReply",
}  # fmt: skip


@rule("other-kind", "info", "an object that is not Knative's, and passed over", "use a validator of its own for it")
def find_other_kind(index: ObjectIndex) -> Violations:
    for each in index.objects:
        if not each.group.endswith("knative.dev"):
            yield each, "kind", f"{each.kind} of {each.api} is passed over"


@rule(
    "unreviewed-kind", "info", "a kind of Knative's whose webhook is not known here", "ask a cluster: --dry-run=server"
)
def find_unreviewed_kind(index: ObjectIndex) -> Violations:
    for each in index.objects:
        if each.kind in _UNREVIEWED and each.group.endswith("knative.dev") and (each.api, each.kind) not in DEPRECATED:
            yield each, "kind", f"what the webhook says about {each.kind} is not known here"


@rule("deprecated-api", "warning", "an apiVersion that is still served, but on its way out", "write the newer one")
def find_deprecated_api(index: ObjectIndex) -> Violations:
    for each in index.objects:
        if instead := DEPRECATED.get((each.api, each.kind)):
            yield each, "apiVersion", f"{each.kind} of {each.api} is deprecated: {instead} is the one to write"


@rule("unserved-api", "error", "an apiVersion or kind that no current Knative serves", "write one that is served")
def find_unserved_api(index: ObjectIndex) -> Violations:
    for each in index.objects:
        is_known = each.has_webhook or each.kind in _UNREVIEWED or (each.api, each.kind) in DEPRECATED
        if each.group.endswith("knative.dev") and not is_known:
            instead = _CURRENT.get(each.kind)
            yield (
                each,
                "apiVersion",
                f"{each.kind} of {each.api} is not served" + (f": {instead} is" if instead else ""),
            )


@rule(
    "duplicate-object",
    "error",
    "two objects of one kind and name, of which the second replaces the first",
    "rename one",
)
def find_duplicate_object(index: ObjectIndex) -> Violations:
    first: dict[tuple[str, str, str, str], str] = {}
    for each in index.objects:
        key = (each.group, each.kind, each.namespace, each.name)
        if each.name and key in first:
            yield each, "metadata.name", f"{each} is there already: {first[key]}"
        first.setdefault(key, f"{Path(each.file).name}:{each.line('metadata.name')}")


@rule(
    "invalid-metadata",
    "error",
    "a name, namespace, label or annotation key that the API server refuses",
    "lower-case letters, digits and dashes for names; at most 63 characters for labels",
)
def find_invalid_metadata(index: ObjectIndex) -> Violations:
    for each in index.objects:
        if each.group.endswith("knative.dev"):
            for path, words in object_metadata.find_faults(each.content):
                yield each, path, words


@rule("missing-reference", "warning", "a reference to an object that is not there", "add it, or lint its file as well")
def find_missing_reference(index: ObjectIndex) -> Violations:
    for each in index.objects:
        if not each.has_webhook:
            continue
        for path, ref in iter_references(each):
            if ref and ref.get("apiVersion") == _CURRENT.get(str(ref.get("kind"))) and not index.resolve(ref, each):
                namespace = ref.get("namespace") or each.namespace
                yield each, f"{path}.name", f"there is no {ref['kind']} {namespace}/{ref.get('name')}"
        if each.kind == "Trigger" and each.spec.get("broker") and not index.broker_of(each):
            yield each, "spec.broker", f"there is no Broker {each.namespace}/{each.spec['broker']}"
