"""Channel, Subscription and Sequence."""

from __future__ import annotations

from knative.admission import destinations
from knative.admission.complaints import Complaints, disallowed, invalid, missing, via
from knative.admission.decode import Fields

SUBSCRIBABLE = "messaging.knative.dev/subscribable"


def default_channel(channel: Fields) -> None:
    """The duck type's version; a cluster's ConfigMap ``default-ch-webhook`` may know a channel template besides."""
    metadata, spec = channel.setdefault("metadata", {}), channel.setdefault("spec", {})
    metadata.setdefault("annotations", {}).setdefault(SUBSCRIBABLE, "v1")
    if "channelTemplate" not in spec:  # with a template, the webhook leaves the rest as it is
        destinations.default_delivery(spec.get("delivery"), metadata.get("namespace", ""))


def validate_channel(channel: Fields) -> Complaints:
    """A template, no subscribers of its own, a valid delivery that stays in the namespace."""
    spec = channel["spec"]
    found = _template(spec)
    if spec.get("subscribers"):
        found += disallowed("subscribable.subscribers")
    found += via(destinations.delivery(spec.get("delivery"), channel["metadata"].get("namespace", "")), "delivery")
    return via(found, "spec")


def default_subscription(subscription: Fields) -> None:
    """The namespaces of destinations."""
    metadata, spec = subscription.setdefault("metadata", {}), subscription.setdefault("spec", {})
    namespace = metadata.get("namespace", "")
    for field in ("subscriber", "reply"):
        destinations.default_destination(spec.get(field), namespace)
    destinations.default_delivery(spec.get("delivery"), namespace)


def validate_subscription(subscription: Fields) -> Complaints:
    """A channel of its own namespace, a subscriber, and a valid reply and delivery."""
    spec = subscription["spec"]
    channel = spec.get("channel", {})
    if not any(channel.values()) and "address" not in channel:
        return via(missing_with("channel", "the Subscription must reference a channel"), "spec")
    found = via(_channel(channel), "channel")
    if not spec.get("subscriber"):
        found += missing_with("subscriber", "the Subscription must reference a subscriber")
    else:
        found += via(destinations.destination(spec["subscriber"]), "subscriber")
    if spec.get("reply"):
        found += via(destinations.destination(spec["reply"]), "reply")
    return via(found + via(destinations.delivery(spec.get("delivery")), "delivery"), "spec")


def default_sequence(sequence: Fields) -> None:
    """The namespaces of steps and reply."""
    metadata, spec = sequence.setdefault("metadata", {}), sequence.setdefault("spec", {})
    for step in [*spec.get("steps", []), spec.get("reply")]:
        destinations.default_destination(step, metadata.get("namespace", ""))


def validate_sequence(sequence: Fields) -> Complaints:
    """Valid steps, a channel template, a valid reply."""
    spec = sequence["spec"]
    found = _template(spec) if spec.get("steps") else [*missing("steps"), *_template(spec)]
    for index, step in enumerate(spec.get("steps", [])):
        if destinations.destination(step) or destinations.delivery(step.get("delivery")):
            found += via(invalid(_printed(step)), "steps", index)
    if "reply" in spec:
        found += via(destinations.destination(spec["reply"]), "reply")
    return via(found, "spec")


def missing_with(field: str, details: str) -> Complaints:
    """A missing field, and why it is wanted."""
    return [type(each)(each.message, each.paths, details) for each in missing(field)]


def _channel(ref: Fields) -> Complaints:
    found = destinations.reference(ref)
    if ref.get("namespace"):
        details = (
            "only name, apiVersion and kind are supported fields when feature.CrossNamespaceEventLinks is disabled"
        )
        found += disallowed("namespace", details=details)
    return found


def _template(spec: Fields) -> Complaints:
    if "channelTemplate" not in spec:
        return missing("channelTemplate")
    absent = [field for field in ("kind", "apiVersion") if not spec["channelTemplate"].get(field)]
    return via(missing(*absent), "channelTemplate") if absent else []


def _printed(step: Fields) -> str:
    """A step as Go prints it; where Go prints the address of a text or delivery, ``0x`` stands."""
    ref = step.get("ref")
    shown = "<nil>"
    if ref is not None:
        words = ("Kind", "Namespace", "Name", "APIVersion", "Group", "Address")
        keys = ("kind", "namespace", "name", "apiVersion", "group", "address")
        shown = ", ".join(f"{word} = {ref.get(key, '')}" for word, key in zip(words, keys, strict=True))
    addresses = ["0x" if key in step else "<nil>" for key in ("CACerts", "audience", "delivery")]
    return f"{{{{{shown} {step.get('uri', '')} {addresses[0]} {addresses[1]}}} {addresses[2]}}}"
