"""Rules about secrets: none is told, and each that is named is made by somebody."""

from __future__ import annotations

import re
from collections.abc import Iterator

from k8s.rules.findings import Violations, rule
from k8s.rules.object_index import Object, ObjectIndex, name_of, namespace_of, walk

THROW_AWAY = "touchline.io/throw-away"
"""A label of Secrets that were generated for a cluster which nobody minds losing."""
_TELLING = re.compile(r"PASSWORD|SECRET|TOKEN_KEYS|CODES_KEY|PRIVATE_KEY", re.IGNORECASE)
_PLACE = re.compile(r"\[[0-9]+\]")
_WITH_KEY = (".secretKeyRef", ".secretTargetRef", ".accessKeyId", ".secretAccessKey")
"""Paths that name a Secret and one of its keys: for variables and passwords, by KEDA, by the Barman plugin."""
_VOLUME = (".volumes.secret", ".volumes.projected.sources.secret")
_WHOLE = (".initdb.secret", ".superuserSecret", ".auth.secret.ref", ".imagePullSecrets", ".certificateRefs")
"""Paths that name a Secret alone: by CloudNativePG, Kafka sinks and brokers, pods, and gateways."""
_CREDENTIALS = re.compile(r"[a-z+]+://[^/\s:@]*:(?!\{\{)[^/\s@]+@")
"""A password in an address, unless a template of a vault's fills it in."""


@rule("plain-secret", "a secret that whoever reads the manifests reads too")
def find_plain_secret(index: ObjectIndex) -> Violations:
    for each in index.objects:
        if each["kind"] == "Secret":
            if (each.get("data") or each.get("stringData")) and THROW_AWAY not in each["metadata"].get("labels", {}):
                yield each, f"holds values and is not labelled {THROW_AWAY}"
            continue
        for path, value in walk({name: item for name, item in each.items() if name != "metadata"}):
            if isinstance(value, str) and _CREDENTIALS.search(value):
                yield each, f"{path} holds an address with a password"
    for each, _, container in index.containers():
        for variable in container.get("env", ()):
            if variable.get("value") and _TELLING.search(variable["name"]):
                yield each, f"{variable['name']} is given as it is"


@rule("secret-missing", "a Secret, or a key of one, that no object makes")
def find_secret_missing(index: ObjectIndex) -> Violations:
    keys_by_secret = _list_secret_keys(index)
    for each in index.objects:
        for name, keys_used in _secrets_of(each):
            keys = keys_by_secret.get((namespace_of(each), name))
            if keys is None:
                yield each, f"no object makes Secret {name}"
            elif keys and keys_used - keys:
                yield each, f"Secret {name} has no {', '.join(sorted(keys_used - keys))}"


@rule("config-missing", "a ConfigMap, or a key of one, that does not exist")
def find_config_missing(index: ObjectIndex) -> Violations:
    for each in index.objects:
        for path, ref in _refs(each):
            if path.endswith(".configMapKeyRef") and not ref.get("optional"):
                holder = index.find("ConfigMap", namespace_of(each), ref["name"])
                if holder is None or ref["key"] not in holder.get("data", {}):
                    yield each, f"ConfigMap {ref['name']} has no {ref['key']}"


def _secrets_of(each: Object) -> Iterator[tuple[str, set[str]]]:
    """Names of the Secrets an object needs in its namespace, with the keys it takes from each, as far as it says."""
    for path, ref in _refs(each):
        if ref.get("optional"):
            continue
        if path.endswith(_WITH_KEY):
            yield ref["name"], {ref["key"]}
        elif path.endswith(_VOLUME):
            yield ref.get("secretName") or ref["name"], {item["key"] for item in ref.get("items", ())}
        elif path.endswith(_WHOLE):
            yield ref["name"], set()
    if secret_name := each.get("data", {}).get("auth.secret.ref.name"):
        yield secret_name, set()


def _refs(each: Object) -> Iterator[tuple[str, Object]]:
    """Every mapping below an object, by its path without the places in lists."""
    for path, value in walk(each):
        if isinstance(value, dict):
            yield _PLACE.sub("", path), value


def _list_secret_keys(index: ObjectIndex) -> dict[tuple[str, str], set[str]]:
    """Secrets by namespace and name, with their keys; none where an operator decides on them."""
    keys_by_secret: dict[tuple[str, str], set[str]] = {}
    for each in index.of_kinds("Secret"):
        keys_by_secret[namespace_of(each), name_of(each)] = {*(each.get("data") or {}), *(each.get("stringData") or {})}
    for each in index.of_kinds("ExternalSecret"):
        target = each["spec"]["target"]
        keys = {
            *target.get("template", {}).get("data", {}),
            *(item["secretKey"] for item in each["spec"].get("data", ())),
        }
        keys_by_secret[namespace_of(each), target["name"]] = keys
    for each in index.of_kinds("Kafka"):
        keys_by_secret[namespace_of(each), f"{name_of(each)}-cluster-ca-cert"] = {"ca.crt", "ca.p12", "ca.password"}
    for each in index.of_kinds("Certificate"):
        keys_by_secret[namespace_of(each), each["spec"]["secretName"]] = {"tls.crt", "tls.key", "ca.crt"}
    return keys_by_secret
