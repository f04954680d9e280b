"""All objects together: which refers to which, and what a Trigger lets through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from knative.admission.eventing import CLASS
from knative.lint.yaml_objects import Object, items, mapping
from knative.manifests import durations
from knative.manifests.kinds.common import OUR_EMITS
from knative.manifests.model import BrokerClass

KAFKA, CHANNEL = BrokerClass.KAFKA.value, BrokerClass.CHANNEL.value

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class World:
    """What is linted."""

    objects: tuple[Object, ...]

    def of(self, *kinds: str) -> Iterator[Object]:
        """The Knative objects of these kinds."""
        return (each for each in self.objects if each.kind in kinds and each.group.endswith("knative.dev"))

    def find(self, kind: str, namespace: str, name: str, group: str = "") -> Object | None:
        """An object by what identifies it."""
        for each in self.objects:
            if (each.kind, each.namespace, each.name) == (kind, namespace, name) and group in ("", each.group):
                return each
        return None

    def behind(self, ref: Any, owner: Object) -> Object | None:
        """What a reference leads to."""
        ref = mapping(ref)
        group = str(ref.get("apiVersion", "")).rpartition("/")[0]
        return self.find(
            str(ref.get("kind")), str(ref.get("namespace") or owner.namespace), str(ref.get("name")), group
        )

    def broker_of(self, trigger: Object) -> Object | None:
        """The Broker that a Trigger listens to."""
        return self.find("Broker", trigger.namespace, str(trigger.spec.get("broker")))

    def subscriber_of(self, trigger: Object) -> Object | None:
        """The object that a Trigger or Subscription wakes."""
        return self.behind(mapping(trigger.spec.get("subscriber")).get("ref"), trigger)

    def class_of(self, trigger: Object) -> str:
        """The class of a Trigger's Broker; empty when the Broker is not among the objects."""
        broker = self.broker_of(trigger)
        return str(broker.annotations.get(CLASS) or CHANNEL) if broker else ""


def deliveries(objects: Iterator[Object]) -> Iterator[tuple[Object, str, Fields]]:
    """Every delivery, with its owner and the path to it."""
    for each in objects:
        if isinstance(each.spec.get("delivery"), dict):
            yield each, "spec.delivery", each.spec["delivery"]
        for index, step in enumerate(items(each.spec.get("steps"))):
            if isinstance(step.get("delivery"), dict):
                yield each, f"spec.steps[{index}].delivery", step["delivery"]


def references(each: Object) -> Iterator[tuple[str, Fields]]:
    """Every reference of an object to another, with the path to it."""
    spec = each.spec
    for path in ("subscriber", "reply", "sink"):
        yield f"spec.{path}.ref", mapping(mapping(spec.get(path)).get("ref"))
    yield "spec.channel", mapping(spec.get("channel"))
    yield "spec.ref", mapping(spec.get("ref"))
    subject = mapping(spec.get("subject"))
    yield "spec.subject", subject if subject.get("name") else {}
    for index, step in enumerate(items(spec.get("steps"))):
        yield f"spec.steps[{index}].ref", mapping(step.get("ref"))
    for _, path, delivery in deliveries(iter([each])):
        yield f"{path}.deadLetterSink.ref", mapping(mapping(delivery.get("deadLetterSink")).get("ref"))


def emitted(service: Object) -> list[str] | None:
    """The types that a function sends to a broker, by reply or to ``K_SINK``; None when it does not say."""
    if OUR_EMITS not in service.annotations:
        return None
    declared = [each.strip() for each in str(service.annotations[OUR_EMITS]).split(",")]
    return [each for each in declared if each and " to " not in each]


def matches_everything(trigger: Object) -> bool:
    """Whether a Trigger has no filter at all."""
    return not trigger.spec.get("filters") and not mapping(trigger.spec.get("filter")).get("attributes")


def lets_through(trigger: Object, type_: str) -> bool | None:
    """Whether a Trigger passes events of a type; None when that depends on more than the type."""
    if filters := items(trigger.spec.get("filters")):
        return _all([_passes(each, type_) for each in filters])
    attributes = mapping(mapping(trigger.spec.get("filter")).get("attributes"))
    return _exact({name: value for name, value in attributes.items() if value}, type_)


def _passes(filter_: Fields, type_: str) -> bool | None:
    for dialect, value in filter_.items():
        if dialect == "exact":
            return _exact(mapping(value), type_)
        if dialect in ("prefix", "suffix"):
            wanted = str(mapping(value).get("type", ""))
            fits = type_.startswith(wanted) if dialect == "prefix" else type_.endswith(wanted)
            return False if not fits else True if list(mapping(value)) == ["type"] else None
        if dialect == "all":
            return _all([_passes(each, type_) for each in items(value)])
        if dialect == "any":
            refused = [_negated(_passes(each, type_)) for each in items(value)]
            return _negated(_all(refused)) if refused else None
        if dialect == "not":
            return _negated(_passes(mapping(value), type_))
    return None if filter_ else True


def _exact(attributes: Fields, type_: str) -> bool | None:
    if attributes.get("type", type_) != type_:
        return False
    return True if set(attributes) <= {"type"} else None


def _all(verdicts: list[bool | None]) -> bool | None:
    return False if False in verdicts else None if None in verdicts else True


def _negated(verdict: bool | None) -> bool | None:
    return None if verdict is None else not verdict


def seconds(period: Any) -> float | None:
    """The length of a period such as ``PT0.2S``; None when it has none that is fixed."""
    try:
        return durations.seconds(period) if isinstance(period, str) else None
    except ValueError:
        return None
