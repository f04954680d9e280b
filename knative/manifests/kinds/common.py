"""Readers that several kinds share: metadata, destinations, delivery."""

from __future__ import annotations

from collections.abc import Mapping

from knative.admission import periods
from knative.manifests import durations
from knative.manifests.fields import Fields
from knative.manifests.model import Delivery, Destination, Name, Order, Ref

OUR_ORDER = "touchline.io/delivery.order"
"""On a Trigger or KafkaSource: ``per-key``, whatever order the kind's own field asks a cluster for."""
OUR_EMITS = "touchline.io/emits"
"""On a Service: the types it emits, by commas, each perhaps with ``to TOPIC`` when it appends to the log itself.

On a Trigger: those of them that follow from its events, where they are not all; empty for none.
"""
OUR_EXPORTS = "touchline.io/exports"
"""On a Service: ``name=/path`` of its part of a user's export, several by commas."""
OURS = {
    OUR_ORDER: "ours: order is kept per partitionkey while keys run in parallel; a cluster ignores it",
    OUR_EMITS: "ours: the graph of events shows it; a cluster ignores it",
    OUR_EXPORTS: "ours: EXPORT_PARTS is made of it; a cluster ignores it",
}
CORE_ATTRIBUTES = frozenset(("id", "source", "type", "specversion", "time", "subject", "datacontenttype", "dataschema"))
"""Attributes that CloudEvents 1.0 names itself; the SDKs for Go and Java refuse an extension of such a name."""
_AUTHOR_ANNOTATIONS = ("creator", "lastModifier")
DURABLE = "events are kept in EVENT_LOG_URL, also those that an InMemoryChannel loses in a restart"
BACKOFF_POLICIES = {"exponential": "exponential", "linear": "linear"}


def metadata(
    fields: Fields,
    *,
    annotations: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
    harmless: Mapping[str, str] | None = None,
) -> tuple[Name, dict[str, str]]:
    """The object's name, and those annotations and labels that mean something.

    `annotations` and `labels` give their names and defaults, `harmless` the domains of annotations that mean nothing
    here, and why. An annotation of Knative's that nobody names is refused; those of others are for others.
    """
    inner = fields.section("metadata", required=True)
    name = Name(namespace=inner.text("namespace", "default"), name=inner.text("name"))
    label_fields = inner.section("labels")
    values = {key: label_fields.text(key, default) for key, default in (labels or {}).items()}
    label_fields.ignore("for people and selectors", *label_fields.names())
    notes = inner.section("annotations")
    values |= {key: notes.text(key, default, reason=OURS.get(key, "")) for key, default in (annotations or {}).items()}
    for key in notes.names():
        if reason := reason_to_ignore(key, harmless or {}):
            notes.ignore(reason, key)
    notes.close()
    inner.close()
    return name, values


def reason_to_ignore(annotation: str, harmless: Mapping[str, str]) -> str:
    """Return why an annotation that nobody honours does no harm; empty when that is unknown."""
    domain, _, name = annotation.rpartition("/")
    if domain in harmless:
        return harmless[domain]
    if not domain.endswith("knative.dev"):
        return "for people and other tools"
    return "tells who wrote it, and with what" if name in _AUTHOR_ANNOTATIONS or domain == "client.knative.dev" else ""


def order(fields: Fields, declared: Order, ours: str) -> Order:
    """The order that `OUR_ORDER` asks for, else the one declared in the kind's own words."""
    if ours not in {"", Order.PER_KEY.value}:
        fields.refuse("metadata.annotations", f"{OUR_ORDER}: expected {Order.PER_KEY.value}, not {ours!r}")
    return Order.PER_KEY if ours == Order.PER_KEY.value else declared


def ref(fields: Fields, namespace: str) -> Ref:
    """A reference; without a namespace it stays in that of its owner."""
    fields.text("apiVersion", "")
    reference = Ref(
        kind=fields.text("kind"),
        name=Name(namespace=fields.text("namespace", namespace), name=fields.text("name")),
    )
    fields.close()
    return reference


def destination(fields: Fields, namespace: str) -> Destination:
    """A `ref`, a `uri` or both."""
    reference = ref(fields.section("ref"), namespace) if "ref" in fields else None
    uri = fields.text("uri", "")
    if reference is None and not uri.startswith(("http://", "https://")):
        fields.refuse("uri", "events are sent by HTTP")
    fields.ignore("connections here stay on this machine", "CACerts", "audience")
    fields.close()
    return Destination(ref=reference, uri=uri)


def delivery(owner: Fields, namespace: str) -> Delivery | None:
    """The owner's `delivery`, None when it has none."""
    if "delivery" not in owner:
        return None
    fields = owner.section("delivery")
    if "retry" not in fields:
        owner.note("delivery.retry", "not given, so nothing is retried: a delivery replaces the default as a whole")
    parsed = Delivery(
        dead_letter_sink=destination(fields.section("deadLetterSink"), namespace)
        if "deadLetterSink" in fields
        else None,
        retry=fields.number("retry", 0) if "retry" in fields else None,
        backoff_policy=fields.one_of("backoffPolicy", BACKOFF_POLICIES, "exponential")
        if "backoffPolicy" in fields
        else None,
        backoff_delay_s=_duration(fields, "backoffDelay"),
        timeout_s=_duration(fields, "timeout"),
        structured=_structured(fields),
    )
    fields.close()
    return parsed


def _structured(fields: Fields) -> bool:
    reason = "a Kafka data plane sends binary mode whatever it says; a channel's honours it"
    choices = {"json": True, "binary": False}
    return fields.one_of("format", choices, "binary", reason=reason) if "format" in fields else False


def extensions(owner: Fields, *, is_source: bool = False) -> dict[str, str]:
    """Read the owner's `ceOverrides.extensions`; a source that overrides an attribute of every event sends nothing."""
    fields = owner.section("ceOverrides")
    values = fields.named_texts("extensions")
    for name in sorted(CORE_ATTRIBUTES & set(values)) if is_source else ():
        fields.refuse(f"extensions.{name}", f"{name} is an attribute of every event, no extension: nothing is sent")
    fields.close()
    return values


def _duration(fields: Fields, name: str) -> float | None:
    if name not in fields:
        return None
    text = fields.text(name)
    try:
        seconds = durations.seconds(text)
    except ValueError as exc:
        fields.refuse(name, str(exc))
        return None
    if seconds and periods.is_zero(text):
        fields.note(name, f"{text}: a cluster reads tenths of a second and sees no time at all")
    return seconds
