"""The control plane of Brokers and Triggers: what makes them ready, how events are routed, which delivery holds.

After ``specs/eventing/control-plane.md`` of knative/specs, and ``test/rekt/features/{broker,trigger}`` and
``new_trigger_filters`` of knative/eventing.
"""

from __future__ import annotations

from tests.conformance.contract.assertion import GRAPH, NO_UPDATE, READY, REFUSED, area, here, outside

BROKER = area(
    "Broker control plane",
    ("broker-ready-condition", "SHOULD", "A Broker has a Ready condition.", READY),
    ("broker-ready-takes-events", "SHOULD", "A Broker that is ready takes events."),
    ("broker-addressable", "SHOULD", "A ready Broker tells its address.", GRAPH),
    ("broker-class-selects", "SHOULD", "The class annotation selects the implementation."),
    ("broker-class-default", "SHOULD", "Without the annotation there is a default."),
    ("broker-class-immutable", "SHOULD", "The class of a Broker cannot be changed.", NO_UPDATE),
    ("broker-config-immutable", "MUST", "`spec.config` of a Broker cannot be changed.", NO_UPDATE),
    ("broker-dead-letter-resolved", "SHOULD", "A valid dead-letter sink is resolved to an address.", GRAPH),
)

TRIGGER = area(
    "Trigger control plane",
    ("trigger-ready-condition", "SHOULD", "A Trigger has a Ready condition.", READY),
    ("trigger-ready-delivers", "SHOULD", "A Trigger that is ready delivers to its subscriber."),
    ("trigger-one-broker", "MUST", "A Trigger belongs to exactly one Broker."),
    ("trigger-broker-immutable", "MUST", "The Broker of a Trigger cannot be changed.", NO_UPDATE),
    (
        "trigger-changes",
        "SHOULD",
        "The filter and the subscriber of a Trigger can be changed.",
        here("with the next start; what was not delivered yet meets the new filter"),
    ),
    ("trigger-subscriber-uri", "SHOULD", "The resolved address of the subscriber can be read.", GRAPH),
    ("trigger-dead-letter-resolved", "MUST", "Its dead-letter sink is resolved alike.", GRAPH),
    (
        "trigger-before-broker",
        "MAY",
        "A Trigger is created before its Broker.",
        here("the documents of a folder may stand in any order"),
    ),
    ("trigger-becomes-ready", "SHOULD", "A Trigger becomes ready once its Broker is there.", READY),
    ("trigger-missing-broker", "MUST", "Without its Broker a Trigger is not ready, and the reason names it.", REFUSED),
    ("trigger-missing-subscriber", "MUST", "Without its subscriber a Trigger is not ready; the reason too.", REFUSED),
    ("trigger-attributes-filter", "MUST", "`filter.attributes` is supported for every valid attribute name."),
    ("trigger-attributes-names", "MUST", "A name that no attribute can have is refused, in each of ten forms."),
    ("trigger-attributes-exact", "MUST", "Every named attribute has to be equal, case included."),
    ("trigger-no-filter", "MUST", "Without a filter every event matches."),
    ("trigger-filters-dialects", "SHOULD", "exact, prefix, suffix, all, any, not and cesql are supported."),
    ("trigger-filters-override", "SHOULD", "`filters` takes the place of `filter`."),
)

DESTINATIONS = area(
    "Control plane: destinations",
    ("destination-ref", "MUST", "A `ref` is resolved to the address of what it names."),
    ("destination-uri", "MUST", "A `uri` is an address as it stands."),
    ("destination-relative", "MUST", "A `uri` beside a `ref` is resolved relative to its address."),
    (
        "destination-kubernetes-service",
        "MUST",
        "A Kubernetes Service is resolved to its name within the cluster.",
        outside("there is no cluster network on a laptop, and nothing but Knative Services behind it"),
    ),
)

ROUTING = area(
    "Control plane: event routing",
    ("route-one-trigger", "MUST", "One Trigger without a filter gets the event."),
    ("route-filter-refuses", "MUST", "One Trigger whose filter does not match does not get it."),
    ("route-filter-matches", "MUST", "One Trigger whose filter matches gets it."),
    ("route-two-filters-match", "MUST", "Two Triggers whose filters match both get it."),
    ("route-two-filters-differ", "MUST", "Of two Triggers the one whose filter matches gets it, the other does not."),
    ("route-reply", "MUST", "The reply of one Trigger's subscriber reaches the Trigger that wants it."),
    ("route-two-triggers", "MUST", "Two Triggers without filters both get it."),
    ("route-many-triggers", "MUST", "Many Triggers by type, source and extensions each get what they ask for."),
    ("route-dialects", "MUST", "An event that a dialect matches is delivered, and none that it does not."),
    ("route-transformed", "MUST", "A transformed event reaches those who wait for it, through a Channel too."),
    ("route-trigger-once", "MUST", "Each Trigger is evaluated exactly once for an event."),
    ("route-data-unchanged", "MUST NOT", "Routing changes the data."),
    ("route-reply-all-triggers", "MUST", "A reply meets all Triggers, the one that made it included."),
    ("route-reply-durable", "MUST", "A reply is stored as durably as an event that was sent."),
    ("route-loops", "MAY", "Loops of replies are detected.", here("by the channel broker's class, as on a cluster")),
)

DELIVERY_SPEC = area(
    "Control plane: delivery of Brokers and Triggers",
    (
        "delivery-none",
        "SHOULD",
        "Without `delivery` on either, none is used.",
        here("the cluster's defaults, which every fresh installation has: ten retries"),
    ),
    ("delivery-of-broker", "SHOULD", "A Trigger without `delivery` uses the Broker's."),
    ("delivery-of-trigger", "SHOULD", "A Trigger's `delivery` is used when it has one."),
    ("delivery-trigger-over-broker", "SHOULD", "With both, the Trigger's retries hold."),
    ("delivery-trigger-dead-letter", "SHOULD", "With both, dead letters go to the Trigger's sink, else the Broker's."),
    ("delivery-backoff-linear", "MUST", "`backoffPolicy: linear` is followed."),
    ("delivery-backoff-exponential", "MUST", "`backoffPolicy: exponential` is followed."),
    ("delivery-timeout", "SHOULD", "`timeout` bounds each attempt."),
    (
        "delivery-dead-letter",
        "MUST",
        "What cannot be delivered goes to the dead-letter sink; without one it is dropped.",
    ),
    ("delivery-dead-letter-retried", "SHOULD", "The delivery of a dead letter is retried by the same rules."),
    ("delivery-bad-trigger", "MUST", "A Trigger whose subscriber fails does not affect another."),
    ("delivery-error-extensions", "MUST", "A dead letter says where, with which code and with what data it failed."),
)

BROKERS = (*BROKER, *TRIGGER, *DESTINATIONS, *ROUTING, *DELIVERY_SPEC)
