"""All linted objects together: which refers to which."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from knative.admission.eventing import CLASS
from knative.lint.yaml_objects import Object, as_mapping, as_mappings
from knative.manifests import durations
from knative.manifests.kinds.common import OUR_EMITS
from knative.manifests.model import BrokerClass

KAFKA, CHANNEL = BrokerClass.KAFKA.value, BrokerClass.CHANNEL.value

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ObjectIndex:
    """All objects that are linted."""

    objects: tuple[Object, ...]

    def of_kinds(self, *kinds: str) -> Iterator[Object]:
        """The Knative objects of these kinds."""
        return (each for each in self.objects if each.kind in kinds and each.group.endswith("knative.dev"))

    def find(self, kind: str, namespace: str, name: str, group: str = "") -> Object | None:
        """An object by what identifies it."""
        for each in self.objects:
            if (each.kind, each.namespace, each.name) == (kind, namespace, name) and group in ("", each.group):
                return each
        return None

    def resolve(self, ref: Any, owner: Object) -> Object | None:
        """Find the object that a reference names."""
        ref = as_mapping(ref)
        group = str(ref.get("apiVersion", "")).rpartition("/")[0]
        return self.find(
            str(ref.get("kind")), str(ref.get("namespace") or owner.namespace), str(ref.get("name")), group
        )

    def broker_of(self, trigger: Object) -> Object | None:
        """The Broker that a Trigger listens to."""
        return self.find("Broker", trigger.namespace, str(trigger.spec.get("broker")))

    def subscriber_of(self, trigger: Object) -> Object | None:
        """The object that a Trigger or Subscription wakes."""
        return self.resolve(as_mapping(trigger.spec.get("subscriber")).get("ref"), trigger)

    def data_plane_of(self, owner: Object) -> str:
        """The class whose rules of delivery hold for an object; empty when what decides is not among the objects."""
        if owner.kind == "Broker":
            return str(owner.annotations.get(CLASS) or CHANNEL)
        if owner.kind == "Trigger":
            return self.class_of(owner)
        if owner.kind == "Subscription":
            channel = self.resolve(owner.spec.get("channel"), owner)
            return self.data_plane_of(channel) if channel else ""
        if owner.kind in ("Channel", "Sequence"):
            kind = as_mapping(owner.spec.get("channelTemplate")).get("kind")
            return KAFKA if kind == "KafkaChannel" else CHANNEL
        return KAFKA if owner.kind in ("KafkaSource", "KafkaChannel") else CHANNEL

    def class_of(self, trigger: Object) -> str:
        """The class of a Trigger's Broker; empty when the Broker is not among the objects."""
        broker = self.broker_of(trigger)
        return str(broker.annotations.get(CLASS) or CHANNEL) if broker else ""


def iter_deliveries(objects: Iterator[Object]) -> Iterator[tuple[Object, str, Fields]]:
    """Every delivery, with its owner and the path to it."""
    for each in objects:
        if isinstance(each.spec.get("delivery"), dict):
            yield each, "spec.delivery", each.spec["delivery"]
        for position, step in enumerate(as_mappings(each.spec.get("steps"))):
            if isinstance(step.get("delivery"), dict):
                yield each, f"spec.steps[{position}].delivery", step["delivery"]


def iter_references(each: Object) -> Iterator[tuple[str, Fields]]:
    """Yield every reference of an object to another, with the path to it."""
    spec = each.spec
    for path in ("subscriber", "reply", "sink"):
        yield f"spec.{path}.ref", as_mapping(as_mapping(spec.get(path)).get("ref"))
    yield "spec.channel", as_mapping(spec.get("channel"))
    yield "spec.ref", as_mapping(spec.get("ref"))
    subject = as_mapping(spec.get("subject"))
    yield "spec.subject", subject if subject.get("name") else {}
    for position, step in enumerate(as_mappings(spec.get("steps"))):
        yield f"spec.steps[{position}].ref", as_mapping(step.get("ref"))
    for _, path, delivery in iter_deliveries(iter([each])):
        yield f"{path}.deadLetterSink.ref", as_mapping(as_mapping(delivery.get("deadLetterSink")).get("ref"))


def emitted_types(service: Object) -> list[str] | None:
    """The types that a function sends to a broker, by reply or to ``K_SINK``; None when it does not say."""
    if OUR_EMITS not in service.annotations:
        return None
    declared = [each.strip() for each in str(service.annotations[OUR_EMITS]).split(",")]
    return [each for each in declared if each and " to " not in each]


def period_seconds(period: Any) -> float | None:
    """The length of a period such as ``PT0.2S``; None when it has none that is fixed."""
    try:
        return durations.seconds(period) if isinstance(period, str) else None
    except ValueError:
        return None
