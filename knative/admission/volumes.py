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


def validate(given: list[Fields], mounted: set[str]) -> FieldErrors:
    """Every volume by itself, its name given once, and mounted somewhere."""
    found: FieldErrors = []
    seen: set[str] = set()
    for index, volume in enumerate(given):
        name = volume.get("name", "")
        wrong = generic_error(f"duplicate volume name {go_quote(name)}", "name") if name in seen else []
        if name not in mounted:
            wrong += generic_error(f"volume with name {go_quote(name)} not mounted", "name")
        found += with_prefix(wrong + _volume(volume), index)
        seen.add(name)
    return found


def _volume(volume: Fields) -> FieldErrors:
    name = volume.get("name", "")
    if not name:
        found = missing_field("name")  # the webhook forgets what it found before
    elif names.dns_1123_label(name):
        found = invalid_value(name, "name")
    else:
        found = _flags(volume, name)
    found += masks.check("Volume", volume)
    for kind in ("secret", "configMap"):
        found += _items(volume.get(kind, {}))
    for index, projection in enumerate(volume.get("projected", {}).get("sources", [])):
        found += with_prefix(_projection(projection), "projected", index)
    found += with_prefix(_empty_dir(volume.get("emptyDir", {})), "emptyDir")
    found += with_prefix(_image(volume["image"]), "image") if "image" in volume else []
    given = [kind for kind in _ORDER if kind in volume]
    if len(given) > 1:
        return found + multiple_one_of(*given)
    return found if given else found + missing_one_of("secret", "configMap", "projected", "emptyDir")


def _flags(volume: Fields, name: str) -> FieldErrors:
    found: FieldErrors = []
    for kind, word in BEHIND_FLAGS.items():
        if kind in volume:
            found += generic_error(f"{word} volume support is disabled, but found {word} volume {name}")
    if "persistentVolumeClaim" in volume:
        claim = volume["persistentVolumeClaim"].get("claimName", "")
        found += generic_error(
            f"Persistent volume claim support is disabled, but found persistent volume claim {claim}"
        )
        if not volume["persistentVolumeClaim"].get("readOnly"):
            found += generic_error(
                "Persistent volume write support is disabled, "
                f"but found persistent volume claim {claim} that is not read-only"
            )
    return found


def _projection(projection: Fields) -> FieldErrors:
    found = masks.check("VolumeProjection", projection)
    given = [kind for kind in _PROJECTIONS if kind in projection]
    for kind in given:
        found += with_prefix(_projected(kind, projection[kind]), kind)
    if len(given) > 1:
        return found + multiple_one_of(*given)
    return found if given else found + missing_one_of(*_PROJECTIONS)


def _projected(kind: str, given: Fields) -> FieldErrors:
    if kind == "serviceAccountToken":
        return [] if given.get("path") else missing_field("path")
    if kind == "downwardAPI":
        return [
            error
            for index, item in enumerate(given.get("items", []))
            for error in with_prefix(_downward(item), "items", index)
        ]
    return _items(given) if given.get("name") else [*missing_field("name"), *_items(given)]


def _items(source: Fields) -> FieldErrors:
    return [
        error
        for index, item in enumerate(source.get("items", []))
        for field in ("key", "path")
        if not item.get(field)
        for error in with_prefix(missing_field(field), "items", index)
    ]


def _downward(item: Fields) -> FieldErrors:
    found: FieldErrors = []
    refs = [field for field in ("fieldRef", "resourceFieldRef") if field in item]
    if not refs:
        found += missing_one_of("fieldRef", "resourceFieldRef")
    if len(refs) == 2:
        found += generic_error("Within a single item, cannot set both", "resourceFieldRef", "fieldRef")
    return found if item.get("path") else found + missing_field("path")


def _empty_dir(given: Fields) -> FieldErrors:
    found = [] if given.get("medium", "") in ("", "Memory") else invalid_value(given["medium"], "medium")
    if "sizeLimit" in given and given["sizeLimit"].amount < 0:
        found += invalid_value(given["sizeLimit"], "sizeLimit")
    return found


def _image(given: Fields) -> FieldErrors:
    found = [] if given.get("reference") else missing_field("reference")
    if given.get("pullPolicy", "") not in ("", "Always", "IfNotPresent", "Never"):
        found += invalid_value(given["pullPolicy"], "pullPolicy")
    return found
