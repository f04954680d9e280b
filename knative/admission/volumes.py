"""Volumes of a Revision: secrets, config maps, projections of them, and empty directories."""

from __future__ import annotations

from knative.admission import masks, names
from knative.admission.complaints import Complaints, both, generic, invalid, missing, neither, quoted, via
from knative.admission.decode import Fields

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


def validate(given: list[Fields], mounted: set[str]) -> Complaints:
    """Every volume by itself, its name given once, and mounted somewhere."""
    found: Complaints = []
    seen: set[str] = set()
    for index, volume in enumerate(given):
        name = volume.get("name", "")
        wrong = generic(f"duplicate volume name {quoted(name)}", "name") if name in seen else []
        if name not in mounted:
            wrong += generic(f"volume with name {quoted(name)} not mounted", "name")
        found += via(wrong + _volume(volume), index)
        seen.add(name)
    return found


def _volume(volume: Fields) -> Complaints:
    name = volume.get("name", "")
    if not name:
        found = missing("name")  # the webhook forgets what it found before
    elif names.dns_1123_label(name):
        found = invalid(name, "name")
    else:
        found = _flags(volume, name)
    found += masks.check("Volume", volume)
    for kind in ("secret", "configMap"):
        found += _items(volume.get(kind, {}))
    for index, projection in enumerate(volume.get("projected", {}).get("sources", [])):
        found += via(_projection(projection), "projected", index)
    found += via(_empty_dir(volume.get("emptyDir", {})), "emptyDir")
    found += via(_image(volume["image"]), "image") if "image" in volume else []
    given = [kind for kind in _ORDER if kind in volume]
    if len(given) > 1:
        return found + both(*given)
    return found if given else found + neither("secret", "configMap", "projected", "emptyDir")


def _flags(volume: Fields, name: str) -> Complaints:
    found: Complaints = []
    for kind, word in BEHIND_FLAGS.items():
        if kind in volume:
            found += generic(f"{word} volume support is disabled, but found {word} volume {name}")
    if "persistentVolumeClaim" in volume:
        claim = volume["persistentVolumeClaim"].get("claimName", "")
        found += generic(f"Persistent volume claim support is disabled, but found persistent volume claim {claim}")
        if not volume["persistentVolumeClaim"].get("readOnly"):
            found += generic(
                "Persistent volume write support is disabled, "
                f"but found persistent volume claim {claim} that is not read-only"
            )
    return found


def _projection(projection: Fields) -> Complaints:
    found = masks.check("VolumeProjection", projection)
    given = [kind for kind in _PROJECTIONS if kind in projection]
    for kind in given:
        found += via(_projected(kind, projection[kind]), kind)
    if len(given) > 1:
        return found + both(*given)
    return found if given else found + neither(*_PROJECTIONS)


def _projected(kind: str, given: Fields) -> Complaints:
    if kind == "serviceAccountToken":
        return [] if given.get("path") else missing("path")
    if kind == "downwardAPI":
        return [
            complaint
            for index, item in enumerate(given.get("items", []))
            for complaint in via(_downward(item), "items", index)
        ]
    return _items(given) if given.get("name") else [*missing("name"), *_items(given)]


def _items(source: Fields) -> Complaints:
    return [
        complaint
        for index, item in enumerate(source.get("items", []))
        for field in ("key", "path")
        if not item.get(field)
        for complaint in via(missing(field), "items", index)
    ]


def _downward(item: Fields) -> Complaints:
    found: Complaints = []
    refs = [field for field in ("fieldRef", "resourceFieldRef") if field in item]
    if not refs:
        found += neither("fieldRef", "resourceFieldRef")
    if len(refs) == 2:
        found += generic("Within a single item, cannot set both", "resourceFieldRef", "fieldRef")
    return found if item.get("path") else found + missing("path")


def _empty_dir(given: Fields) -> Complaints:
    found = [] if given.get("medium", "") in ("", "Memory") else invalid(given["medium"], "medium")
    if "sizeLimit" in given and given["sizeLimit"].amount < 0:
        found += invalid(given["sizeLimit"], "sizeLimit")
    return found


def _image(given: Fields) -> Complaints:
    found = [] if given.get("reference") else missing("reference")
    if given.get("pullPolicy", "") not in ("", "Always", "IfNotPresent", "Never"):
        found += invalid(given["pullPolicy"], "pullPolicy")
    return found
