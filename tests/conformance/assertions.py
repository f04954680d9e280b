"""What Knative's eventing contract demands, one named assertion each, in our own words.

The public conformance suite names its assertions on the Broker, Trigger, Channel, Subscription, Sequence, PingSource
and SinkBinding; the data plane and control plane specifications hold a few more. A test proves one by the marker
``@pytest.mark.conforms("<id>")``; one that cannot be put to the test on a laptop says why in `outside`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY"]

_NO_API = "there is no Kubernetes API server on a laptop, so no object has a status, a role or an update"
_NO_TELEMETRY = "no OpenTelemetry exporter runs on a laptop; `touchline why` tells what spans would"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """One demand of the contract."""

    id: str
    area: str
    level: Level
    text: str
    outside: str = ""
    """Why it cannot be tested here; empty: at least one test has to prove it."""


def _area(area: str, *rows: tuple[str, Level, str] | tuple[str, Level, str, str]) -> tuple[Assertion, ...]:
    return tuple(
        Assertion(id=row[0], area=area, level=row[1], text=row[2], outside=row[3] if len(row) > 3 else "")
        for row in rows
    )


DELIVERY = _area(
    "Data plane: delivery of one event",
    ("delivery-post", "MUST", "An event is delivered by HTTP POST under the CloudEvents HTTP binding 1.x."),
    ("delivery-both-modes-in", "MUST", "A recipient takes events in binary and in structured content mode."),
    ("delivery-reply-both-modes", "MUST", "A sender that takes replies reads them in binary and structured mode."),
    ("delivery-options-allow", "MUST", "A recipient that answers OPTIONS names POST in `Allow`."),
    ("delivery-accept-after-storing", "SHOULD NOT", "A recipient accepts an event before it handled or stored it."),
    ("delivery-2xx-done", "MUST", "Every 2xx completes the delivery and is not retried."),
    ("delivery-1xx-3xx-error", "MUST", "1xx and 3xx count as errors that are not retried."),
    ("delivery-404-retried", "MUST", "404 is retried."),
    ("delivery-409-retried", "MUST", "409 is retried."),
    ("delivery-429-retried", "MUST", "429 is retried."),
    ("delivery-5xx-retried", "MUST", "Every 5xx is retried."),
    ("delivery-other-4xx-final", "MUST", "400 and the other 4xx are not retried."),
    ("delivery-no-answer-retried", "SHOULD", "No answer, a broken connection or a time-out is retried."),
    ("delivery-duplicates-accepted", "MUST", "A recipient accepts duplicates; `source` and `id` tell them."),
    (
        "delivery-congestion-control",
        "MUST",
        "Brokers and Channels back off between retries and bound what is in flight.",
    ),
    ("delivery-prefer-reply", "MUST", "Brokers and Channels say `Prefer: reply` to subscribers whose reply they take."),
    ("delivery-202-no-reply", "MUST NOT", "An event in a 202 answer is taken as a reply."),
    ("delivery-unasked-reply", "SHOULD", "A reply nobody asked for leaves the event delivered."),
)

BROKER_INGRESS = _area(
    "Broker data plane: ingress",
    ("broker-ce-versions", "MUST", "The ingress takes CloudEvents 1.0."),
    ("broker-ce-unknown-version", "MAY", "Other versions of CloudEvents are refused with a 4xx."),
    ("broker-no-upgrade", "SHOULD NOT", "The Broker changes the `specversion` of an event."),
    ("broker-binary", "SHOULD", "The ingress takes binary mode, whatever the data's content type."),
    ("broker-structured", "SHOULD", "The ingress takes structured mode."),
    ("broker-405", "MUST", "Another method than POST is answered 405."),
    ("broker-2xx", "MUST", "An accepted event is answered with a 2xx."),
    ("broker-400", "MUST", "What is no valid CloudEvent is answered 400."),
    ("broker-unknown-404", "SHOULD", "An address of no Broker is answered 404."),
    ("broker-http-endpoint", "SHOULD", "A Broker has an HTTP or HTTPS endpoint."),
    ("broker-any-port", "MAY", "The endpoint is on any port."),
    ("broker-durable-before-ack", "MUST", "The event is stored durably before it is acknowledged."),
)

BROKER_DELIVERY = _area(
    "Broker data plane: delivery",
    ("broker-delivers-cloudevents", "MUST", "What is delivered is a valid CloudEvent."),
    ("broker-event-unchanged", "SHOULD", "Attributes and data reach the subscriber as the Broker got them."),
    ("broker-delivery-mode", "SHOULD", "Delivery is in binary or structured mode."),
    ("broker-at-least-once", "SHOULD", "An accepted event reaches every matching Trigger's subscriber at least once."),
    ("broker-late-trigger", "MAY", "A Trigger that came later gets events accepted before."),
    ("broker-delays", "MAY", "Events wait between acceptance and delivery."),
    ("broker-gives-up", "MAY", "An event is given up when its subscriber stays unavailable."),
    ("broker-tells-operator", "SHOULD", "An event given up is made known to the operator."),
    ("broker-dead-letters", "MAY", "An event given up goes to a dead-letter sink."),
    ("broker-unmatched-dropped", "MAY", "An event no Trigger wants is dropped; the producer is not told."),
    ("broker-same-subscriber-twice", "MAY", "Two Triggers with one subscriber deliver an event twice."),
    ("broker-trigger-once", "MUST", "Each Trigger is evaluated exactly once for an event."),
    ("broker-reply-published", "SHOULD", "A reply is published as if it had been sent to the ingress."),
    ("broker-reply-all-triggers", "MUST", "A reply meets all Triggers, the one that made it included."),
    ("broker-reply-malformed", "SHOULD", "A malformed reply counts as a failed delivery."),
    ("broker-reply-refused", "SHOULD", "When the reply cannot be stored the event is delivered again."),
    (
        "broker-reply-confirmed",
        "MAY",
        "The subscriber hears that its reply was accepted.",
        "the contract has no form for it",
    ),
    ("broker-no-trigger-match-no-call", "MUST", "A subscriber is not called for an event its filter refuses."),
)

BROKER_OBSERVABILITY = _area(
    "Broker data plane: observability",
    ("broker-metrics", "SHOULD", "Refused, accepted and delivered events are counted and can be read."),
    ("broker-metrics-default", "SHOULD", "The counts are there without being asked for."),
    ("broker-trace-kept", "SHOULD", "`traceparent` and `tracestate` reach the subscriber."),
    ("broker-trace-updated", "SHOULD", "Trace headers carry the Broker's own spans.", _NO_TELEMETRY),
    ("broker-otel-names", "SHOULD", "Spans follow OpenTelemetry's names for messaging.", _NO_TELEMETRY),
)

BROKER_CONTROL = _area(
    "Broker control plane",
    ("broker-ready-condition", "SHOULD", "A Broker has a Ready condition.", _NO_API),
    ("broker-ready-takes-events", "SHOULD", "When all is ready the ingress takes events."),
    ("broker-addressable", "SHOULD", "A ready Broker tells its address."),
    ("broker-class-immutable", "SHOULD", "The class of a Broker cannot be changed."),
    ("broker-class-selects", "SHOULD", "`eventing.knative.dev/broker.class` selects the implementation."),
    ("broker-dead-letter-resolved", "SHOULD", "A valid dead-letter sink is resolved to an address."),
)

TRIGGER_CONTROL = _area(
    "Trigger control plane",
    ("trigger-ready-condition", "SHOULD", "A Trigger has a Ready condition.", _NO_API),
    ("trigger-ready-delivers", "SHOULD", "When all is ready its subscriber gets events."),
    ("trigger-one-broker", "MUST", "A Trigger belongs to exactly one Broker."),
    ("trigger-broker-immutable", "MUST", "The Broker of a Trigger cannot be changed."),
    ("trigger-subscriber-uri", "SHOULD", "The resolved address of the subscriber can be read."),
    ("trigger-before-broker", "MAY", "A Trigger stands before its Broker, in any order of documents."),
    ("trigger-missing-broker", "MUST", "A Trigger without its Broker is not ready, and the reason names it."),
    (
        "trigger-missing-subscriber",
        "MUST",
        "A subscriber that is not there makes the Trigger not ready, with the reason.",
    ),
    ("trigger-attributes-filter", "MUST", "`filter.attributes` is supported for every valid attribute name."),
    ("trigger-attributes-names", "MUST", "Names that are no attribute names are refused."),
    ("trigger-attributes-exact", "MUST", "Every named attribute has to be equal, case included."),
    ("trigger-filters-dialects", "SHOULD", "exact, prefix, suffix, all, any, not and cesql are supported."),
    ("trigger-filters-override", "SHOULD", "`filters` takes the place of `filter`."),
    ("trigger-no-filter", "MUST", "Without a filter every event matches."),
    ("trigger-relative-uri", "MUST", "A `uri` beside a `ref` is resolved relative to its address."),
)

ROUTING = _area(
    "Control plane: event routing",
    ("route-one-trigger", "MUST", "One Trigger without a filter gets the event."),
    ("route-two-triggers", "MUST", "Two Triggers without filters both get it."),
    ("route-filter-type", "MUST", "Of two Triggers only the one whose type matches gets it."),
    ("route-filter-extension", "MUST", "A filter on an extension selects."),
    ("route-reply-once", "MUST", "A Trigger's reply reaches the Triggers that want it."),
    (
        "route-transformed",
        "MUST",
        "A transformed event reaches those who wait for it, not those who wait for the first.",
    ),
    ("route-through-channel", "MUST", "A Trigger whose subscriber is a Channel delivers to its Subscriptions."),
)

DELIVERY_SPEC = _area(
    "Control plane: delivery of Brokers and Triggers",
    ("delivery-none", "SHOULD", "Without `delivery` anywhere the defaults of the configuration are used."),
    ("delivery-of-broker", "SHOULD", "A Trigger without `delivery` uses the Broker's."),
    ("delivery-of-trigger", "SHOULD", "A Trigger's `delivery` is used when it has one."),
    ("delivery-trigger-over-broker", "SHOULD", "A Trigger's `delivery` takes the place of the Broker's, retries."),
    (
        "delivery-trigger-dead-letter",
        "SHOULD",
        "With both, each Trigger's own dead-letter sink is used, else the Broker's.",
    ),
    ("delivery-backoff-linear", "SHOULD", "`backoffPolicy: linear` waits as the class says."),
    ("delivery-backoff-exponential", "SHOULD", "`backoffPolicy: exponential` waits as the class says."),
    ("delivery-timeout", "SHOULD", "`timeout` bounds each attempt."),
    ("delivery-error-extensions", "MUST", "A dead letter says where, with which code and with what data it failed."),
)

CHANNEL_DATA = _area(
    "Channel data plane",
    ("channel-http", "MUST", "A Channel has an HTTP or HTTPS endpoint."),
    ("channel-ce-versions", "MUST", "It takes CloudEvents 1.0."),
    ("channel-no-upgrade", "MUST NOT", "It changes the version of an event."),
    ("channel-both-modes", "MUST", "It takes binary and structured mode."),
    ("channel-other-mode-out", "MAY", "It sends in another mode than it received."),
    ("channel-any-port", "MAY", "The endpoint is on any port."),
    ("channel-unparsable", "MUST", "What is no valid CloudEvent is answered 400."),
    ("channel-405", "MUST", "Another method than POST is answered 405."),
    ("channel-one-url", "MUST", "An address belongs to one Channel."),
    ("channel-url-form", "MAY", "The path or the host tells the Channel."),
    ("channel-unknown-404", "MUST", "An address of no Channel is answered 404."),
    ("channel-202", "MUST", "An accepted event is answered 202."),
    ("channel-outputs-cloudevents", "MUST", "What is sent is a CloudEvent of the same version."),
    ("channel-unaltered", "MUST NOT", "It alters an event; attributes and data arrive as they came."),
    ("channel-all-subscribers", "MUST", "Every Subscription's subscriber gets every event."),
    ("channel-subscriber-uri", "MUST", "Events go to the subscriber's resolved address."),
    ("channel-retries", "SHOULD", "A failed sending is retried."),
    ("channel-retry-number", "SHOULD", "The number of retries is configurable."),
    ("channel-retry-wait", "SHOULD", "The wait between retries is configurable."),
    ("channel-retry-rate", "SHOULD", "The growth of the wait is configurable."),
    ("channel-metrics", "SHOULD", "Refused, accepted and sent events are counted and can be read."),
    ("channel-trace", "MUST", "W3C trace context passes through."),
    ("channel-spans", "SHOULD", "Spans are sampled and named as configured.", _NO_TELEMETRY),
)

CHANNEL_CONTROL = _area(
    "Channel and Subscription control plane",
    ("channel-roles", "MUST", "Roles for manipulating and resolving Channels exist.", _NO_API),
    ("channel-crd-labels", "MUST", "The definition is namespaced, labelled and in the category `channel`.", _NO_API),
    ("channel-status", "MUST", "Subscribers and conditions are in the Channel's status.", _NO_API),
    ("channel-addressable", "MUST", "A ready Channel tells its address."),
    ("channel-dead-letter-resolved", "SHOULD", "A valid dead-letter sink of a Channel is resolved."),
    ("subscription-one-of", "MUST", "A Subscription has a subscriber or a reply."),
    ("subscription-reply", "MUST", "A subscriber's reply goes to `spec.reply`."),
    ("subscription-reply-only", "SHOULD NOT", "With only a reply, `Prefer: reply` is said."),
    ("subscription-same-namespace", "MUST", "`spec.channel` is in the Subscription's namespace."),
    ("subscription-before-channel", "MAY", "A Subscription stands before its Channel."),
    ("subscription-missing-channel", "MUST NOT", "A Subscription without its Channel is ready."),
    ("subscription-delivery", "SHOULD", "Its `delivery` is honoured, dead letters included."),
)

FLOWS = _area(
    "Sequence",
    ("sequence-order", "MUST", "Steps are called in order, each with the reply of the one before."),
    ("sequence-reply", "MUST", "The last step's reply goes to `spec.reply`."),
    ("sequence-step-delivery", "SHOULD", "A step's `delivery` is honoured."),
)

SOURCES = _area(
    "Sources and bindings",
    ("ping-sink-ref", "MUST", "A PingSource delivers to a referenced sink, with `Kn-Namespace`."),
    ("ping-sink-uri", "MUST", "A PingSource delivers to a sink given as address."),
    ("ping-data-base64", "MUST", "A PingSource delivers its `dataBase64`, decoded."),
    ("ping-seconds", "MUST", "A schedule with seconds is kept."),
    ("ping-broker", "MUST", "A PingSource delivers to a Broker, with type `dev.knative.sources.ping`."),
    ("ping-eventtype", "MUST", "EventType objects tell what a source sends.", _NO_API),
    ("ping-overrides", "SHOULD", "`ceOverrides` are laid over each event."),
    ("binding-sink", "MUST", "A SinkBinding's subject sends to its sink."),
    ("binding-overrides", "MUST", "The subject's events carry the binding's extensions."),
    ("kafka-source-plain", "MUST", "A plain record becomes an event as the source documents."),
    ("kafka-source-event", "MUST", "A record that is an event passes through unchanged, in both modes."),
    ("kafka-source-reply", "MUST", "A reply to a source is discarded."),
    ("kafka-source-delivery", "SHOULD", "A source's `delivery` is honoured, dead letters included."),
)

ASSERTIONS = (
    *DELIVERY,
    *BROKER_INGRESS,
    *BROKER_DELIVERY,
    *BROKER_OBSERVABILITY,
    *BROKER_CONTROL,
    *TRIGGER_CONTROL,
    *ROUTING,
    *DELIVERY_SPEC,
    *CHANNEL_DATA,
    *CHANNEL_CONTROL,
    *FLOWS,
    *SOURCES,
)
