"""Channels, Subscriptions and Sequences.

After ``specs/eventing`` of knative/specs, and ``test/rekt/features/{channel,sequence}`` of knative/eventing.
"""

from __future__ import annotations

from tests.conformance.contract.assertion import (
    GRAPH,
    NO_API,
    NO_SPANS,
    NO_SWITCH,
    NO_UPDATE,
    ONE_PROTOCOL,
    REFUSED,
    area,
    here,
    outside,
)

CHANNEL_DATA = area(
    "Channel data plane",
    ("channel-http", "MUST", "A Channel has an HTTP or HTTPS endpoint."),
    ("channel-ce-versions", "MUST", "It takes CloudEvents 1.0."),
    ("channel-no-upgrade", "MUST NOT", "It changes the version of an event."),
    ("channel-both-modes", "MUST", "It takes binary and structured mode."),
    ("channel-other-mode-out", "MAY", "It sends in another mode than it received."),
    ("channel-any-port", "MAY", "The endpoint is on any port."),
    ("channel-other-endpoints", "MAY", "There are endpoints of other protocols besides.", ONE_PROTOCOL),
    ("channel-unparsable", "MUST", "What is no valid CloudEvent is rejected."),
    ("channel-400", "MUST", "It is rejected with a 400."),
    ("channel-405", "MUST", "Another method than POST is answered 405."),
    ("channel-one-url", "MUST", "An address belongs to one Channel."),
    ("channel-url-form", "MAY", "The path or the host tells the Channel."),
    ("channel-unknown-404", "MUST", "An address of no Channel is answered 404."),
    ("channel-202", "MUST", "An accepted event is answered 202."),
    ("channel-durable", "MUST", "An event is stored durably before it is acknowledged."),
    ("channel-outputs-cloudevents", "MUST", "What is sent is a CloudEvent."),
    ("channel-output-version", "MUST", "It has the version of what came in."),
    ("channel-unaltered", "MUST NOT", "A Channel alters an event that goes through it."),
    ("channel-identical", "MUST", "Attributes and data arrive as they came."),
    ("channel-output-modes", "SHOULD", "It can send in binary and in structured mode."),
    ("channel-all-subscribers", "MUST", "Every Subscription's subscriber gets every event."),
    ("channel-same-subscriber-twice", "MUST", "Two Subscriptions with one subscriber deliver an event twice."),
    ("channel-subscriber-uri", "MUST", "Events go to the subscriber's resolved address."),
    ("channel-retries", "SHOULD", "A failed sending is retried."),
    ("channel-retry-number", "SHOULD", "The number of retries is configurable."),
    ("channel-retry-wait", "SHOULD", "The wait between retries is configurable."),
    ("channel-retry-rate", "SHOULD", "The growth of the wait is configurable."),
    ("channel-counts-refused", "SHOULD", "Refused events are counted and can be read."),
    ("channel-counts-accepted", "SHOULD", "Accepted events are counted and can be read."),
    ("channel-counts-sent", "SHOULD", "Sent events are counted and can be read."),
    ("channel-metrics-default", "SHOULD", "They are counted without being asked for."),
    ("channel-metrics-switch", "SHOULD", "Counting can be switched off.", NO_SWITCH),
    ("channel-trace", "MUST", "W3C trace context passes through."),
    ("channel-spans-sampled", "SHOULD", "Traces are sampled and written as configured.", NO_SPANS),
    ("channel-spans-names", "SHOULD", "Spans follow OpenTelemetry's names for messaging.", NO_SPANS),
    ("channel-spans-knative", "SHOULD", "Spans carry Knative's attributes.", NO_SPANS),
)

CHANNEL_CONTROL = area(
    "Channel control plane",
    ("channel-manipulator-role", "MUST", "A role lets controllers manipulate Channels.", NO_API),
    ("channel-resolver-role", "MUST", "A role lets controllers resolve Channels.", NO_API),
    ("channel-namespaced", "MUST", "Channels are namespaced."),
    ("channel-label-subscribable", "MUST", "The definition is labelled as subscribable.", NO_API),
    ("channel-label-addressable", "MUST", "The definition is labelled as addressable.", NO_API),
    ("channel-category", "MUST", "The definition is in the category `channel`.", NO_API),
    (
        "channel-annotation",
        "SHOULD",
        "Each Channel is annotated with the version of its duck type.",
        here("admission adds it, as the webhook does"),
    ),
    ("channel-subscribers", "MUST", "Subscribers are kept in the Channel and its status.", NO_API),
    ("channel-subscribers-own", "MUST NOT", "Subscribers are written into a Channel by hand."),
    ("channel-observed-generation", "MUST", "The status says which generation it is of.", NO_API),
    ("channel-conditions", "SHOULD", "The status has conditions.", NO_API),
    ("channel-transitions", "SHOULD", "Conditions tell transitions and reasons.", NO_API),
    ("channel-addressable", "MUST", "A ready Channel tells its address.", GRAPH),
    ("channel-dead-letter-resolved", "SHOULD", "A valid dead-letter sink of a Channel is resolved.", GRAPH),
    ("channel-template-immutable", "MUST", "The template of a Channel cannot be changed.", NO_UPDATE),
    ("channel-delivery-default", "MUST", "A Channel's `delivery` holds for Subscriptions without one."),
)

SUBSCRIPTION = area(
    "Subscription control plane",
    ("subscription-one-of", "MUST", "A Subscription has a subscriber or a reply."),
    (
        "subscription-reply-only",
        "SHOULD NOT",
        "With only a reply, `Prefer: reply` is said.",
        outside("Knative's own webhook demands a subscriber, and so do we: there is no such Subscription"),
    ),
    ("subscription-same-namespace", "MUST", "`spec.channel` is in the Subscription's namespace."),
    (
        "subscription-before-channel",
        "MAY",
        "A Subscription is created before its Channel.",
        here("the documents of a folder may stand in any order"),
    ),
    ("subscription-missing-channel", "MUST NOT", "A Subscription without its Channel is ready.", REFUSED),
    ("subscription-unresolved", "MUST", "What cannot be resolved makes it not ready, with the reason.", REFUSED),
    ("subscription-channel-immutable", "MUST", "The Channel of a Subscription cannot be changed.", NO_UPDATE),
    ("subscription-reply", "MUST", "A subscriber's reply goes to `spec.reply`."),
    ("subscription-reply-dropped", "MUST", "Without `spec.reply` a reply is dropped."),
    (
        "subscription-reply-retried",
        "MUST",
        "When the reply cannot be delivered, delivery is tried again.",
        here("the reply alone is sent again, as Knative's own channels do; the subscriber is not called twice"),
    ),
    ("subscription-delivery", "MUST", "Its `delivery` is honoured, dead letters included."),
    ("subscription-error-extensions", "MUST", "A dead letter says where, with which code and what data it failed."),
)

SEQUENCE = area(
    "Sequence",
    ("sequence-order", "MUST", "Steps are called in order, each with the reply of the one before."),
    ("sequence-ends", "MUST", "A step that replies nothing ends it."),
    ("sequence-reply", "MUST", "The last step's reply goes to `spec.reply`."),
    ("sequence-step-delivery", "SHOULD", "A step's `delivery` is honoured."),
)

MESSAGING = (*CHANNEL_DATA, *CHANNEL_CONTROL, *SUBSCRIPTION, *SEQUENCE)
