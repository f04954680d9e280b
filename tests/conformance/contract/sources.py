"""PingSource, SinkBinding and KafkaSource, and what a function that is called may count on.

After ``test/rekt/features/{pingsource,sinkbinding}`` of knative/eventing, the KafkaSource of eventing-kafka-broker,
and the runtime contract of knative/specs.
"""

from __future__ import annotations

from tests.conformance.contract.assertion import NO_API, NO_TLS, area, outside

_SERVICES_ONLY = outside("only Services run on a laptop; another subject is refused at start, in words")

PING = area(
    "PingSource",
    ("ping-sink-ref", "MUST", "It delivers to a sink given as reference, with `Kn-Namespace`."),
    ("ping-sink-uri", "MUST", "It delivers to a sink given as address."),
    ("ping-data-base64", "MUST", "Its `dataBase64` is delivered decoded."),
    ("ping-seconds", "MUST", "A schedule with seconds is kept."),
    ("ping-broker", "MUST", "Its events reach a Trigger through a Broker, of type `dev.knative.sources.ping`."),
    ("ping-sequence", "MUST", "Its events go through a Sequence."),
    ("ping-eventtype", "MUST", "EventType objects tell what it sends.", NO_API),
    ("ping-https-sink", "MUST", "It knows a sink with TLS by its HTTPS address.", NO_TLS),
    ("ping-ca-certs", "MUST", "It trusts the certificates that its sink names.", NO_TLS),
    ("ping-overrides", "SHOULD", "`ceOverrides` are laid over each event."),
)

BINDING = area(
    "SinkBinding",
    ("binding-service", "MUST", "A bound Service is told the sink's address."),
    ("binding-extensions", "MUST", "It is told the extensions that its events have to carry."),
    ("binding-deployment", "MUST", "A bound Deployment sends its events to the sink.", _SERVICES_ONLY),
    ("binding-job", "MUST", "A bound Job sends its events to the sink.", _SERVICES_ONLY),
)

KAFKA_SOURCE = area(
    "KafkaSource",
    ("kafka-source-plain", "MUST", "A plain record becomes an event as the source documents."),
    ("kafka-source-event", "MUST", "A record that is an event passes through unchanged, in both modes."),
    ("kafka-source-reply", "MUST", "A reply to a source is discarded."),
    ("kafka-source-delivery", "SHOULD", "Its `delivery` is honoured, dead letters included."),
    ("kafka-source-order", "MUST", "`ordering: ordered` delivers the records of a partition one after the other."),
)

RUNTIME = area(
    "Serving: what a function may count on",
    ("runtime-names", "MUST", "`PORT`, `K_SERVICE`, `K_REVISION` and `K_CONFIGURATION` are given."),
    ("runtime-reserved", "MUST", "A manifest that sets one of them is refused."),
    ("runtime-environment", "MUST", "A function sees its own variables, not those of another."),
    ("runtime-concurrency", "MUST", "No more than `containerConcurrency` requests run at once; the rest queue."),
    ("runtime-queue-503", "SHOULD", "Beyond the queue a request is answered 503."),
    ("runtime-timeout", "MUST", "A request that begins no answer within `timeoutSeconds` is given up."),
    ("runtime-readiness", "MUST", "The readiness probe decides when a function gets requests."),
)

SOURCES = (*PING, *BINDING, *KAFKA_SOURCE, *RUNTIME)
