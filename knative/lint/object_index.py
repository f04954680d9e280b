"""All objects together: which refers to which, and what a Trigger lets through."""

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
    """What is linted."""

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
        """What a reference leads to."""
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
    """Every reference of an object to another, with the path to it."""
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


def has_no_filter(trigger: Object) -> bool:
    """Whether a Trigger has no filter at all."""
    return not trigger.spec.get("filters") and not as_mapping(trigger.spec.get("filter")).get("attributes")


def passes_type(trigger: Object, type_: str) -> bool | None:
    """Whether a Trigger passes events of a type; None when that depends on more than the type."""
    if filters := as_mappings(trigger.spec.get("filters")):
        return _conjoin([_passes_dialect(each, type_) for each in filters])
    attributes = as_mapping(as_mapping(trigger.spec.get("filter")).get("attributes"))
    return _passes_exact({name: value for name, value in attributes.items() if value}, type_)


def _passes_dialect(filter_: Fields, type_: str) -> bool | None:
    for dialect, value in filter_.items():
        if dialect == "exact":
            return _passes_exact(as_mapping(value), type_)
        if dialect in ("prefix", "suffix"):
            wanted = str(as_mapping(value).get("type", ""))
            fits = type_.startswith(wanted) if dialect == "prefix" else type_.endswith(wanted)
            return False if not fits else True if list(as_mapping(value)) == ["type"] else None
        if dialect == "all":
            return _conjoin([_passes_dialect(each, type_) for each in as_mappings(value)])
        if dialect == "any":
            refused = [_negate(_passes_dialect(each, type_)) for each in as_mappings(value)]
            return _negate(_conjoin(refused)) if refused else None
        if dialect == "not":
            return _negate(_passes_dialect(as_mapping(value), type_))
    return None if filter_ else True


def _passes_exact(attributes: Fields, type_: str) -> bool | None:
    if attributes.get("type", type_) != type_:
        return False
    return True if set(attributes) <= {"type"} else None


def _conjoin(verdicts: list[bool | None]) -> bool | None:
    return False if False in verdicts else None if None in verdicts else True


def _negate(verdict: bool | None) -> bool | None:
    return None if verdict is None else not verdict


def period_seconds(period: Any) -> float | None:
    """The length of a period such as ``PT0.2S``; None when it has none that is fixed."""
    try:
        return durations.seconds(period) if isinstance(period, str) else None
    except ValueError:
        return None
