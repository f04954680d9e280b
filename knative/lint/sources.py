"""Rules about KafkaSource and PingSource."""

from __future__ import annotations

import calendar

from knative.admission import cron
from knative.lint.findings import Violations, rule
from knative.lint.object_index import ObjectIndex
from knative.lint.yaml_objects import Object, as_mapping
from knative.manifests.kinds.common import CORE_ATTRIBUTES
from knative.manifests.kinds.sources import KEY_TYPE
from knative.manifests.model import KeyType

KEY_TYPES = [each.value for each in KeyType]
_LEAP_YEAR = 2024


@rule(
    "kafkasource-without-group",
    "warning",
    "a KafkaSource without consumerGroup gets a random one, and with it loses its place when it is made anew",
    "name a consumerGroup; it cannot be changed later",
)
def find_kafkasource_without_group(index: ObjectIndex) -> Violations:
    for source in index.of_kinds("KafkaSource"):
        if not source.spec.get("consumerGroup"):
            start = source.spec.get("initialOffset") or "latest"
            yield source, "spec", f"made anew, it starts from {start} again instead of where it was"


@rule(
    "shared-consumer-group",
    "warning",
    "two KafkaSources that read one topic in one consumer group: each gets a part of its records",
    "give each a consumerGroup of its own",
)
def find_shared_consumer_group(index: ObjectIndex) -> Violations:
    readers: dict[tuple[str, str, str], Object] = {}
    for source in index.of_kinds("KafkaSource"):
        group = source.spec.get("consumerGroup")
        servers = ",".join(map(str, source.spec.get("bootstrapServers") or ()))
        for topic in source.spec.get("topics") or () if group else ():
            first = readers.setdefault((servers, str(group), str(topic)), source)
            if first is not source:
                yield source, "spec.consumerGroup", f"{first} reads {topic} as {group} too: each gets a part of it"


@rule(
    "overridden-attribute",
    "error",
    "ceOverrides with an extension that is called as an attribute of every event: the source sends nothing",
    "name the extension otherwise, or set the attribute where the event is made",
)
def find_overridden_attribute(index: ObjectIndex) -> Violations:
    for source in index.of_kinds("KafkaSource", "PingSource"):
        for name in as_mapping(as_mapping(source.spec.get("ceOverrides")).get("extensions")):
            if name in CORE_ATTRIBUTES:
                yield source, f"spec.ceOverrides.extensions.{name}", f"{name} is no extension: no event is sent"


@rule("unknown-key-type", "warning", "an unknown type of keys", f"one of {', '.join(KEY_TYPES)}")
def find_unknown_key_type(index: ObjectIndex) -> Violations:
    for source in index.of_kinds("KafkaSource"):
        key_type = as_mapping(source.metadata.get("labels")).get(KEY_TYPE, "string")
        if key_type not in KEY_TYPES:
            yield source, f"metadata.labels.{KEY_TYPE}", f"keys of type {key_type} are not known"


@rule("ping-without-timezone", "info", "a schedule in whatever time zone the pod has", "add timezone: Etc/UTC")
def find_ping_without_timezone(index: ObjectIndex) -> Violations:
    for ping in index.of_kinds("PingSource"):
        if ping.spec.get("schedule") and not ping.spec.get("timezone") and "TZ=" not in str(ping.spec["schedule"]):
            yield ping, "spec.schedule", "the time zone is that of the pod"


@rule("schedule-never-fires", "warning", "a schedule that no day of any year fits", "look at day and month")
def find_schedule_never_fires(index: ObjectIndex) -> Violations:
    for ping in index.of_kinds("PingSource"):
        schedule = ping.spec.get("schedule")
        if isinstance(schedule, str) and _never_fires(schedule):
            yield ping, "spec.schedule", f"{schedule} never comes"


def _never_fires(schedule: str) -> bool:
    try:
        parsed = cron.parse(schedule)
    except cron.InvalidSchedule:
        return False  # the webhook says so
    if not parsed.fields:
        return False
    days, months, weekdays = parsed.fields[3:]
    if not weekdays.is_open and not days.is_open:
        return False  # either may fit
    return not any(
        day in days.values for month in months.values for day in range(1, calendar.monthrange(_LEAP_YEAR, month)[1] + 1)
    )
