"""Channel, Subscription and Sequence."""

from __future__ import annotations

from knative.admission import destinations
from knative.admission.decode import Fields
from knative.admission.field_errors import FieldErrors, disallowed_field, invalid_value, missing_field, with_prefix

SUBSCRIBABLE = "messaging.knative.dev/subscribable"


def default_channel(channel: Fields) -> None:
    """The duck type's version; a cluster's ConfigMap ``default-ch-webhook`` may know a channel template besides."""
    metadata, spec = channel.setdefault("metadata", {}), channel.setdefault("spec", {})
    metadata.setdefault("annotations", {}).setdefault(SUBSCRIBABLE, "v1")
    if "channelTemplate" not in spec:  # with a template, the webhook leaves the rest as it is
        destinations.default_delivery(spec.get("delivery"), metadata.get("namespace", ""))


def validate_channel(channel: Fields) -> FieldErrors:
    """A template, no subscribers of its own, a valid delivery that stays in the namespace."""
    spec = channel["spec"]
    errors = _template(spec)
    if spec.get("subscribers"):
        errors += disallowed_field("subscribable.subscribers")
    errors += with_prefix(
        destinations.delivery(spec.get("delivery"), channel["metadata"].get("namespace", "")), "delivery"
    )
    return with_prefix(errors, "spec")


def default_subscription(subscription: Fields) -> None:
    """The namespaces of destinations."""
    metadata, spec = subscription.setdefault("metadata", {}), subscription.setdefault("spec", {})
    namespace = metadata.get("namespace", "")
    for field in ("subscriber", "reply"):
        destinations.default_destination(spec.get(field), namespace)
    destinations.default_delivery(spec.get("delivery"), namespace)


def validate_subscription(subscription: Fields) -> FieldErrors:
    """A channel of its own namespace, a subscriber, and a valid reply and delivery."""
    spec = subscription["spec"]
    channel = spec.get("channel", {})
    if not any(channel.values()) and "address" not in channel:
        return with_prefix(missing_with("channel", "the Subscription must reference a channel"), "spec")
    errors = with_prefix(_channel(channel), "channel")
    if not spec.get("subscriber"):
        errors += missing_with("subscriber", "the Subscription must reference a subscriber")
    else:
        errors += with_prefix(destinations.destination(spec["subscriber"]), "subscriber")
    if spec.get("reply"):
        errors += with_prefix(destinations.destination(spec["reply"]), "reply")
    return with_prefix(errors + with_prefix(destinations.delivery(spec.get("delivery")), "delivery"), "spec")


def default_sequence(sequence: Fields) -> None:
    """The namespaces of steps and reply."""
    metadata, spec = sequence.setdefault("metadata", {}), sequence.setdefault("spec", {})
    for step in [*spec.get("steps", []), spec.get("reply")]:
        destinations.default_destination(step, metadata.get("namespace", ""))


def validate_sequence(sequence: Fields) -> FieldErrors:
    """Valid steps, a channel template, a valid reply."""
    spec = sequence["spec"]
    errors = _template(spec) if spec.get("steps") else [*missing_field("steps"), *_template(spec)]
    for index, step in enumerate(spec.get("steps", [])):
        if destinations.destination(step) or destinations.delivery(step.get("delivery")):
            errors += with_prefix(invalid_value(_printed(step)), "steps", index)
    if "reply" in spec:
        errors += with_prefix(destinations.destination(spec["reply"]), "reply")
    return with_prefix(errors, "spec")


def missing_with(field: str, details: str) -> FieldErrors:
    """A missing field, and why it is wanted."""
    return [type(each)(each.message, each.paths, details) for each in missing_field(field)]


def _channel(ref: Fields) -> FieldErrors:
    errors = destinations.reference(ref)
    if ref.get("namespace"):
        details = (
            "only name, apiVersion and kind are supported fields when feature.CrossNamespaceEventLinks is disabled"
        )
        errors += disallowed_field("namespace", details=details)
    return errors


def _template(spec: Fields) -> FieldErrors:
    if "channelTemplate" not in spec:
        return missing_field("channelTemplate")
    absent = [field for field in ("kind", "apiVersion") if not spec["channelTemplate"].get(field)]
    return with_prefix(missing_field(*absent), "channelTemplate") if absent else []


def _printed(step: Fields) -> str:
    """A step as Go prints it; where Go prints the address of a text or delivery, ``0x`` stands."""
    ref = step.get("ref")
    reference = "<nil>"
    if ref is not None:
        words = ("Kind", "Namespace", "Name", "APIVersion", "Group", "Address")
        keys = ("kind", "namespace", "name", "apiVersion", "group", "address")
        reference = ", ".join(f"{word} = {ref.get(key, '')}" for word, key in zip(words, keys, strict=True))
    addresses = ["0x" if key in step else "<nil>" for key in ("CACerts", "audience", "delivery")]
    return f"{{{{{reference} {step.get('uri', '')} {addresses[0]} {addresses[1]}}} {addresses[2]}}}"
