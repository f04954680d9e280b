"""What a cluster's admission webhook says about one object when it is created: refused, or taken with its defaults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from knative.admission import eventing, kafka, messaging, serving, sources
from knative.admission.custom import DecodeError
from knative.admission.decode import Fields, decode
from knative.admission.encode import encode
from knative.admission.field_errors import FieldError, FieldErrors, merge

Verdict = Literal["ok", "invalid", "decode"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """The webhook's answer.

    `verdict` is ``decode`` when the object could not be read, ``invalid`` when validation had something to say, be it a
    warning only, else ``ok``. What counts is `refused`: a cluster takes an object that it only warns about.
    """

    verdict: Verdict
    field_errors: tuple[FieldError, ...] = ()
    defaulted: Mapping[str, Any] = field(default_factory=dict)
    """The object with the webhook's defaults, without status; empty when it could not be read."""

    @property
    def errors(self) -> tuple[FieldError, ...]:
        """The errors that the object is refused for."""
        return tuple(each for each in self.field_errors if not each.warning)

    @property
    def messages(self) -> tuple[str, ...]:
        """The same in words."""
        return tuple(self._words(each) for each in self.errors)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return what the webhook warns about."""
        return tuple(str(each) for each in self.field_errors if each.warning)

    @property
    def refused(self) -> bool:
        """Return True if a cluster turns the object away."""
        return bool(self.errors)

    def __str__(self) -> str:
        return "\n".join(self._words(each) for each in self.field_errors)

    def _words(self, error: FieldError) -> str:
        """The decoder's message names the field by itself, if at all."""
        return error.message if self.verdict == "decode" else str(error)


@dataclass(frozen=True, slots=True)
class Webhook:
    """How one kind is read, defaulted and validated."""

    type: str
    default: Callable[[Fields], None]
    validate: Callable[[Fields], FieldErrors]


_KAFKA_SOURCE = Webhook("KafkaSource", kafka.default_kafka_source, kafka.validate_kafka_source)
_PING_SOURCE = Webhook("PingSource", sources.default_ping_source, sources.validate_ping_source)

WEBHOOKS: Mapping[tuple[str, str], Webhook] = {
    ("serving.knative.dev/v1", "Service"): Webhook("Service", serving.default_service, serving.validate_service),
    ("serving.knative.dev/v1", "Configuration"): Webhook(
        "Configuration", serving.default_configuration, serving.validate_configuration
    ),
    ("serving.knative.dev/v1", "Revision"): Webhook("Revision", serving.default_revision, serving.validate_revision),
    ("serving.knative.dev/v1", "Route"): Webhook("Route", serving.default_route, serving.validate_route),
    ("serving.knative.dev/v1beta1", "DomainMapping"): Webhook(
        "v1beta1.DomainMapping", serving.default_domain_mapping, serving.validate_domain_mapping
    ),
    ("eventing.knative.dev/v1", "Broker"): Webhook("Broker", eventing.default_broker, eventing.validate_broker),
    ("eventing.knative.dev/v1", "Trigger"): Webhook("Trigger", eventing.default_trigger, eventing.validate_trigger),
    ("messaging.knative.dev/v1", "Channel"): Webhook("Channel", messaging.default_channel, messaging.validate_channel),
    ("messaging.knative.dev/v1", "Subscription"): Webhook(
        "Subscription", messaging.default_subscription, messaging.validate_subscription
    ),
    ("flows.knative.dev/v1", "Sequence"): Webhook("Sequence", messaging.default_sequence, messaging.validate_sequence),
    ("sources.knative.dev/v1", "PingSource"): _PING_SOURCE,
    ("sources.knative.dev/v1beta2", "PingSource"): _PING_SOURCE,
    ("sources.knative.dev/v1", "SinkBinding"): Webhook(
        "SinkBinding", sources.default_sink_binding, sources.validate_sink_binding
    ),
    ("sources.knative.dev/v1", "KafkaSource"): _KAFKA_SOURCE,
    ("sources.knative.dev/v1beta1", "KafkaSource"): _KAFKA_SOURCE,
    ("eventing.knative.dev/v1alpha1", "KafkaSink"): Webhook(
        "v1alpha1.KafkaSink", kafka.default_kafka_sink, kafka.validate_kafka_sink
    ),
}
"""By apiVersion and kind."""

DEPRECATED: Mapping[tuple[str, str], str] = {
    ("sources.knative.dev/v1beta2", "PingSource"): "sources.knative.dev/v1",
    ("eventing.knative.dev/v1beta1", "EventType"): "eventing.knative.dev/v1beta2",
}
"""Versions that are still served but on their way out, and which to write instead."""

RELEASED_TEMPLATE = {"apiVersion": "messaging.knative.dev/v1", "kind": "InMemoryChannel"}
"""What ``default-ch-webhook`` of a release says."""


def reviewable(manifest: Any) -> bool:
    """Return True if an object is of a kind that `admit` knows."""
    return isinstance(manifest, dict) and (manifest.get("apiVersion"), manifest.get("kind")) in WEBHOOKS


def admit(manifest: Mapping[str, Any], *, channel_template: Mapping[str, Any] | None = None) -> Admission:
    """Answer as the webhook of the object's kind does when it is created; KeyError for a kind without one.

    Features and ConfigMaps are those of a fresh installation, but for ``default-ch-webhook``, whose template for
    channels is given: without one, as here, a Channel or Sequence has to bring its own.
    """
    webhook = WEBHOOKS[manifest["apiVersion"], manifest["kind"]]
    try:
        decoded = decode(webhook.type, manifest)
    except DecodeError as exc:
        where = ".".join(f"[{step}]" if step.isdigit() else step for step in exc.path[1:]).replace(".[", "[")
        return Admission(verdict="decode", field_errors=(FieldError(str(exc), (where,)),))
    decoded.pop("status", None)
    webhook.default(decoded)
    if channel_template and webhook.type in ("Channel", "Sequence"):
        decoded["spec"].setdefault("channelTemplate", dict(channel_template))
    errors = merge(webhook.validate(decoded))
    written = encode(webhook.type, decoded)
    written.pop("status", None)
    return Admission(verdict="invalid" if errors else "ok", field_errors=tuple(errors), defaulted=written)
