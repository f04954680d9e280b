"""Volumes of a Revision: secrets, config maps, projections of them, and empty directories."""

from __future__ import annotations

from knative.admission import masks, names
from knative.admission.decode import Fields
from knative.admission.field_errors import (
    FieldErrors,
    generic_error,
    go_quote,
    invalid_value,
    missing_field,
    missing_one_of,
    multiple_one_of,
    with_prefix,
)

BEHIND_FLAGS = {"image": "Image", "hostPath": "HostPath", "csi": "CSI", "ephemeral": "Ephemeral"}
"""Kinds of volumes that a feature flag, off by default, could allow, and what the webhook calls them."""
_ORDER = (
    "secret",
    "configMap",
    "projected",
    "emptyDir",
    "persistentVolumeClaim",
    "hostPath",
    "csi",
    "ephemeral",
    "image",
)
_PROJECTIONS = ("secret", "configMap", "serviceAccountToken", "downwardAPI")


def validate(value: list[Fields], mounted: set[str]) -> FieldErrors:
    """Every volume by itself, its name given once, and mounted somewhere."""
    errors: FieldErrors = []
    seen: set[str] = set()
    for index, volume in enumerate(value):
        name = volume.get("name", "")
        wrong = generic_error(f"duplicate volume name {go_quote(name)}", "name") if name in seen else []
        if name not in mounted:
            wrong += generic_error(f"volume with name {go_quote(name)} not mounted", "name")
        errors += with_prefix(wrong + _volume(volume), index)
        seen.add(name)
    return errors


def _volume(volume: Fields) -> FieldErrors:
    name = volume.get("name", "")
    if not name:
        errors = missing_field("name")  # the webhook forgets what it found before
    elif names.dns_1123_label(name):
        errors = invalid_value(name, "name")
    else:
        errors = _flags(volume, name)
    errors += masks.check("Volume", volume)
    for kind in ("secret", "configMap"):
        errors += _items(volume.get(kind, {}))
    for index, projection in enumerate(volume.get("projected", {}).get("sources", [])):
        errors += with_prefix(_projection(projection), "projected", index)
    errors += with_prefix(_empty_dir(volume.get("emptyDir", {})), "emptyDir")
    errors += with_prefix(_image(volume["image"]), "image") if "image" in volume else []
    value = [kind for kind in _ORDER if kind in volume]
    if len(value) > 1:
        return errors + multiple_one_of(*value)
    return errors if value else errors + missing_one_of("secret", "configMap", "projected", "emptyDir")


def _flags(volume: Fields, name: str) -> FieldErrors:
    errors: FieldErrors = []
    for kind, word in BEHIND_FLAGS.items():
        if kind in volume:
            errors += generic_error(f"{word} volume support is disabled, but found {word} volume {name}")
    if "persistentVolumeClaim" in volume:
        claim = volume["persistentVolumeClaim"].get("claimName", "")
        errors += generic_error(
            f"Persistent volume claim support is disabled, but found persistent volume claim {claim}"
        )
        if not volume["persistentVolumeClaim"].get("readOnly"):
            errors += generic_error(
                "Persistent volume write support is disabled, "
                f"but found persistent volume claim {claim} that is not read-only"
            )
    return errors


def _projection(projection: Fields) -> FieldErrors:
    errors = masks.check("VolumeProjection", projection)
    value = [kind for kind in _PROJECTIONS if kind in projection]
    for kind in value:
        errors += with_prefix(_projected(kind, projection[kind]), kind)
    if len(value) > 1:
        return errors + multiple_one_of(*value)
    return errors if value else errors + missing_one_of(*_PROJECTIONS)


def _projected(kind: str, fields: Fields) -> FieldErrors:
    if kind == "serviceAccountToken":
        return [] if fields.get("path") else missing_field("path")
    if kind == "downwardAPI":
        return [
            error
            for index, item in enumerate(fields.get("items", []))
            for error in with_prefix(_downward(item), "items", index)
        ]
    return _items(fields) if fields.get("name") else [*missing_field("name"), *_items(fields)]


def _items(source: Fields) -> FieldErrors:
    return [
        error
        for index, item in enumerate(source.get("items", []))
        for field in ("key", "path")
        if not item.get(field)
        for error in with_prefix(missing_field(field), "items", index)
    ]


def _downward(item: Fields) -> FieldErrors:
    errors: FieldErrors = []
    refs = [field for field in ("fieldRef", "resourceFieldRef") if field in item]
    if not refs:
        errors += missing_one_of("fieldRef", "resourceFieldRef")
    if len(refs) == 2:
        errors += generic_error("Within a single item, cannot set both", "resourceFieldRef", "fieldRef")
    return errors if item.get("path") else errors + missing_field("path")


def _empty_dir(fields: Fields) -> FieldErrors:
    errors = [] if fields.get("medium", "") in ("", "Memory") else invalid_value(fields["medium"], "medium")
    if "sizeLimit" in fields and fields["sizeLimit"].amount < 0:
        errors += invalid_value(fields["sizeLimit"], "sizeLimit")
    return errors


def _image(fields: Fields) -> FieldErrors:
    errors = [] if fields.get("reference") else missing_field("reference")
    if fields.get("pullPolicy", "") not in ("", "Always", "IfNotPresent", "Never"):
        errors += invalid_value(fields["pullPolicy"], "pullPolicy")
    return errors
