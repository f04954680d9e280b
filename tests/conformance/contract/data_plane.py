"""The data plane: delivery of one event from a sender to a recipient, and a Broker's ways in and out.

After ``specs/eventing/data-plane.md`` of knative/specs, and ``test/rekt/features/broker`` of knative/eventing.
"""

from __future__ import annotations

from tests.conformance.contract.assertion import NO_SPANS, NO_SWITCH, ONE_PROTOCOL, area, here, outside

DELIVERY = area(
    "Data plane: delivery of one event",
    ("delivery-post", "MUST", "An event is delivered by HTTP POST under the CloudEvents HTTP binding 1.x."),
    ("delivery-both-modes-in", "MUST", "A recipient takes events in binary and in structured content mode."),
    ("delivery-reply-both-modes", "MUST", "A sender that takes replies reads them in both content modes."),
    ("delivery-options-allow", "MUST", "A recipient that answers OPTIONS names POST in `Allow`."),
    ("delivery-accept-after-storing", "SHOULD NOT", "A recipient accepts an event before it handled or stored it."),
    ("delivery-2xx-done", "MUST", "Every 2xx completes the delivery and is not retried."),
    ("delivery-1xx-3xx-error", "MUST", "1xx and 3xx count as errors that are not retried."),
    ("delivery-400-final", "MUST", "400 is not retried."),
    ("delivery-404-retried", "MUST", "404 is retried."),
    ("delivery-409-retried", "MUST", "409 is retried."),
    ("delivery-429-retried", "MUST", "429 is retried."),
    (
        "delivery-other-4xx-final",
        "MUST",
        "The other 4xx are not retried.",
        here("408 is retried all the same, as both of Knative's own data planes do"),
    ),
    ("delivery-5xx-retried", "MUST", "Every 5xx is retried."),
    ("delivery-no-answer-retried", "SHOULD", "No answer, a broken connection or a time-out is retried."),
    ("delivery-duplicates-accepted", "MUST", "A recipient accepts duplicates; `source` and `id` tell them."),
    ("delivery-congestion-control", "MUST", "Brokers and Channels back off and bound what is in flight."),
    ("delivery-retries", "MUST", "Brokers and Channels retry."),
    ("delivery-prefer-reply", "MUST", "Brokers and Channels say `Prefer: reply` to subscribers."),
    ("delivery-202-no-reply", "MUST NOT", "An event in a 202 answer is taken as a reply."),
    ("delivery-unasked-reply", "SHOULD", "A reply nobody takes leaves the event delivered."),
)

BROKER_INGRESS = area(
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
    ("broker-other-endpoints", "MAY", "There are endpoints of other protocols besides.", ONE_PROTOCOL),
    ("broker-durable-before-ack", "MUST", "The event is stored durably before it is acknowledged."),
)

BROKER_DELIVERY = area(
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
    ("broker-reply-published", "SHOULD", "A reply is published as if it had been sent to the ingress."),
    ("broker-reply-malformed", "SHOULD", "A malformed reply counts as a failed delivery."),
    (
        "broker-reply-confirmed",
        "MAY",
        "The subscriber hears that its reply was accepted.",
        outside("not made use of: the contract has no form for it"),
    ),
    ("broker-reply-refused", "SHOULD", "When the reply cannot be stored the event is delivered again."),
)

BROKER_OBSERVABILITY = area(
    "Broker data plane: observability",
    ("broker-metrics", "SHOULD", "Refused, accepted and delivered events are counted and can be read."),
    ("broker-metrics-default", "SHOULD", "They are counted without being asked for."),
    ("broker-metrics-switch", "SHOULD", "Counting can be switched off.", NO_SWITCH),
    ("broker-trace-kept", "SHOULD", "The trace that an event carries reaches the subscriber."),
    ("broker-trace-updated", "SHOULD", "Trace headers carry the Broker's own spans.", NO_SPANS),
    ("broker-otel-names", "SHOULD", "Spans follow OpenTelemetry's names for messaging.", NO_SPANS),
)

DATA_PLANE = (*DELIVERY, *BROKER_INGRESS, *BROKER_DELIVERY, *BROKER_OBSERVABILITY)
