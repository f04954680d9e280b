"""Manifests as values: one dataclass per kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from knative.manifests.dialects import Dialect
from knative.manifests.fields import FieldVerdict
from knative.manifests.selectors import Selector


class BrokerClass(Enum):
    """The two data planes of Knative Eventing; they differ in back-off, replies and error data."""

    KAFKA = "Kafka"
    CHANNEL = "MTChannelBasedBroker"


class Order(Enum):
    """Order of delivery: which events are delivered one after the other."""

    UNORDERED = "unordered"
    ORDERED = "ordered"
    """The records of one partition."""
    PER_KEY = "per-key"
    """The events of one ``partitionkey``: an option of ours, Knative has no such thing."""


class KeyType(Enum):
    """Type as which a KafkaSource reads the keys of plain records."""

    TEXT = "string"
    INT = "int"
    FLOAT = "float"
    BYTES = "byte-array"


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """Namespace and name of an object."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ref:
    """Points at an object."""

    kind: str
    name: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """A `ref`, a `uri`, or a `uri` relative to a `ref`."""

    ref: Ref | None = None
    uri: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A `delivery` as written; None = the field is not there."""

    dead_letter_sink: Destination | None = None
    retry: int | None = None
    backoff_policy: str | None = None
    backoff_delay_s: float | None = None
    timeout_s: float | None = None
    structured: bool = False
    """``format: json``; honoured by the channel broker's data plane alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One environment variable: a value, or a key of a Secret or ConfigMap."""

    name: str
    value: str = ""
    source: str = ""
    """Kind and name of the Secret or ConfigMap; empty for a plain value."""
    key: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Emission:
    """A type of event that a function emits."""

    type: str
    topic: str = ""
    """Topic of the log that it appends to; empty: it goes to the sink, or is a reply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportPart:
    """A function's part of a user's export."""

    name: str
    path: str
    """Path at which the function answers with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A function."""

    name: Name
    variables: tuple[Variable, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    revision: str = ""
    container_concurrency: int = 0
    """Requests at once; 0 = no limit."""
    timeout_s: float = 300.0
    """Until the first byte of an answer; waiting counts."""
    response_start_timeout_s: float = 0.0
    """The same once more; 0 = no limit of its own."""
    idle_timeout_s: float = 0.0
    """Between two bytes, and until the first; 0 = no limit."""
    emits: tuple[Emission, ...] = ()
    """Emissions as declared; nothing here enforces them."""
    exports: tuple[ExportPart, ...] = ()
    ready_path: str = ""
    """Path that readiness asks for; empty: a function that is loaded is ready."""

    def literal_value(self, variable: str, default: str = "") -> str:
        """A variable given as a value."""
        return next((each.value for each in self.variables if each.name == variable and not each.source), default)


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Takes events and hands them to its Triggers."""

    name: Name
    broker_class: BrokerClass = BrokerClass.CHANNEL
    delivery: Delivery | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """A Trigger: which events of a Broker are delivered to a subscriber."""

    name: Name
    broker: Name
    subscriber: Destination
    attributes: Mapping[str, str] = field(default_factory=dict)
    filters: tuple[Dialect, ...] = ()
    """Takes the place of `attributes` when there are any."""
    order: Order = Order.UNORDERED
    delivery: Delivery | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """Takes events and hands each to all its Subscriptions."""

    name: Name
    data_plane: BrokerClass = BrokerClass.CHANNEL
    """Whose rules of delivery hold: an InMemoryChannel's are those of the channel broker."""
    delivery: Delivery | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A Subscription: the subscriber of a Channel, and where its replies go."""

    name: Name
    channel: Name
    subscriber: Destination
    reply: Destination | None = None
    delivery: Delivery | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a Sequence."""

    subscriber: Destination
    delivery: Delivery | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    """Steps one after the other, each fed with the reply of the one before."""

    name: Name
    steps: tuple[Step, ...]
    data_plane: BrokerClass = BrokerClass.CHANNEL
    """Data plane of its channels."""
    channel_delivery: Delivery | None = None
    reply: Destination | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaSource:
    """A KafkaSource: topics of the log that are delivered to a sink."""

    name: Name
    topics: tuple[str, ...]
    consumer_group: str
    sink: Destination
    consumers: int = 1
    start: str = "latest"
    order: Order = Order.ORDERED
    key_type: KeyType = KeyType.TEXT
    extensions: Mapping[str, str] = field(default_factory=dict)
    delivery: Delivery | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PingSource:
    """A PingSource: a schedule and the event that it sends to a sink."""

    name: Name
    schedule: str
    sink: Destination
    timezone: str = "UTC"
    content_type: str = ""
    data: bytes = b""
    extensions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The Services of a namespace that a SinkBinding is for: one by name, or those whose labels fit."""

    namespace: str
    name: str = ""
    selector: Selector = field(default_factory=Selector)

    def selects(self, service: Service) -> bool:
        """Return True if this Service gets the address."""
        if service.name.namespace != self.namespace:
            return False
        return service.name.name == self.name if self.name else self.selector.matches(service.labels)


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkBinding:
    """Gives Services the address they post their events to."""

    name: Name
    subject: Subject
    sink: Destination
    extensions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaSink:
    """A topic of the log as a destination."""

    name: Name
    topic: str
    partitions: int = 1
    structured: bool = False
    """Its ``contentMode``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteRule:
    """Public paths below `prefix` go to a function."""

    prefix: str
    service: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifests:
    """Everything a folder says."""

    services: tuple[Service, ...] = ()
    brokers: tuple[Broker, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    channels: tuple[Channel, ...] = ()
    """Those of Sequences included, as are their subscriptions."""
    subscriptions: tuple[Subscription, ...] = ()
    sequences: tuple[Sequence, ...] = ()
    kafka_sources: tuple[KafkaSource, ...] = ()
    ping_sources: tuple[PingSource, ...] = ()
    sink_bindings: tuple[SinkBinding, ...] = ()
    kafka_sinks: tuple[KafkaSink, ...] = ()
    routes: tuple[RouteRule, ...] = ()
    findings: tuple[FieldVerdict, ...] = ()
