"""Rules about objects as such: their kinds and versions, their names, and what they refer to."""

from __future__ import annotations

from pathlib import Path

from knative.admission import DEPRECATED
from knative.lint.findings import Broken, declare, rule
from knative.lint.object_index import World, references

declare("yaml-syntax", "error", "a file that is no YAML", "mend the syntax")
declare("not-an-object", "error", "a document that is no object", "apiVersion and kind belong to every document")
declare("duplicate-key", "error", "a key given twice, of which a parser drops one in silence", "keep one")

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
def other_kinds(world: World) -> Broken:
    for each in world.objects:
        if not each.group.endswith("knative.dev"):
            yield each, "kind", f"{each.kind} of {each.api} is passed over"


@rule(
    "unreviewed-kind", "info", "a kind of Knative's whose webhook is not known here", "ask a cluster: --dry-run=server"
)
def unreviewed_kinds(world: World) -> Broken:
    for each in world.objects:
        if each.kind in _UNREVIEWED and each.group.endswith("knative.dev") and (each.api, each.kind) not in DEPRECATED:
            yield each, "kind", f"what the webhook says about {each.kind} is not known here"


@rule("deprecated-api", "warning", "an apiVersion that is still served, but on its way out", "write the newer one")
def deprecated(world: World) -> Broken:
    for each in world.objects:
        if instead := DEPRECATED.get((each.api, each.kind)):
            yield each, "apiVersion", f"{each.kind} of {each.api} is deprecated: {instead} is the one to write"


@rule("unserved-api", "error", "an apiVersion or kind that no current Knative serves", "write one that is served")
def unserved(world: World) -> Broken:
    for each in world.objects:
        known = each.is_reviewed or each.kind in _UNREVIEWED or (each.api, each.kind) in DEPRECATED
        if each.group.endswith("knative.dev") and not known:
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
def duplicates(world: World) -> Broken:
    first: dict[tuple[str, str, str, str], str] = {}
    for each in world.objects:
        key = (each.group, each.kind, each.namespace, each.name)
        if each.name and key in first:
            yield each, "metadata.name", f"{each} is there already: {first[key]}"
        first.setdefault(key, f"{Path(each.file).name}:{each.line('metadata.name')}")


@rule("missing-reference", "warning", "a reference to an object that is not there", "add it, or lint its file as well")
def missing_references(world: World) -> Broken:
    for each in world.objects:
        if not each.is_reviewed:
            continue
        for path, ref in references(each):
            if ref and ref.get("apiVersion") == _CURRENT.get(str(ref.get("kind"))) and not world.behind(ref, each):
                namespace = ref.get("namespace") or each.namespace
                yield each, f"{path}.name", f"there is no {ref['kind']} {namespace}/{ref.get('name')}"
        if each.kind == "Trigger" and each.spec.get("broker") and not world.broker_of(each):
            yield each, "spec.broker", f"there is no Broker {each.namespace}/{each.spec['broker']}"
