"""Rules about secrets: none is told, and each that is named is made by somebody."""

from __future__ import annotations

import re
from collections.abc import Iterator

from k8s.rules.findings import Broken, rule
from k8s.rules.world import Object, World, name_of, namespace_of, walk

THROW_AWAY = "touchline.io/throw-away"
"""A label of Secrets that were generated for a cluster which nobody minds losing."""
_TELLING = re.compile(r"PASSWORD|SECRET|TOKEN_KEYS|CODES_KEY|PRIVATE_KEY", re.IGNORECASE)
_CREDENTIALS = re.compile(r"[a-z+]+://[^/\s:@]*:(?!\{\{)[^/\s@]+@")
"""A password in an address, unless a template of a vault's fills it in."""


@rule("plain-secret", "a secret that whoever reads the manifests reads too")
def plain_secret(world: World) -> Broken:
    for each in world.objects:
        if each["kind"] == "Secret":
            if (each.get("data") or each.get("stringData")) and THROW_AWAY not in each["metadata"].get("labels", {}):
                yield each, f"holds values and is not labelled {THROW_AWAY}"
            continue
        for path, value in walk({name: item for name, item in each.items() if name != "metadata"}):
            if isinstance(value, str) and _CREDENTIALS.search(value):
                yield each, f"{path} holds an address with a password"
    for each, _, container in world.containers():
        for variable in container.get("env", ()):
            if variable.get("value") and _TELLING.search(variable["name"]):
                yield each, f"{variable['name']} is given as it is"


@rule("secret-missing", "a Secret or a key of one that nobody makes")
def secret_missing(world: World) -> Broken:
    made = _made(world)
    for each, ref in _named(world, "secretKeyRef"):
        keys = made.get((namespace_of(each), ref["name"]))
        if keys is None:
            yield each, f"nobody makes Secret {ref['name']}"
        elif keys and ref["key"] not in keys:
            yield each, f"Secret {ref['name']} has no {ref['key']}"


@rule("config-missing", "a ConfigMap or a key of one that nobody makes")
def config_missing(world: World) -> Broken:
    for each, ref in _named(world, "configMapKeyRef"):
        holder = world.named("ConfigMap", namespace_of(each), ref["name"])
        if holder is None or ref["key"] not in holder.get("data", {}):
            yield each, f"ConfigMap {ref['name']} has no {ref['key']}"


def _named(world: World, kind: str) -> Iterator[tuple[Object, Object]]:
    for each in world.objects:
        for path, value in walk(each.get("spec", {})):
            if path.rpartition(".")[2] == kind and isinstance(value, dict) and not value.get("optional"):
                yield each, value


def _made(world: World) -> dict[tuple[str, str], set[str]]:
    """Secrets by namespace and name, with their keys; none where an operator decides on them."""
    found: dict[tuple[str, str], set[str]] = {}
    for each in world.of("Secret"):
        found[namespace_of(each), name_of(each)] = {*(each.get("data") or {}), *(each.get("stringData") or {})}
    for each in world.of("ExternalSecret"):
        target = each["spec"]["target"]
        keys = {
            *target.get("template", {}).get("data", {}),
            *(item["secretKey"] for item in each["spec"].get("data", ())),
        }
        found[namespace_of(each), target["name"]] = keys
    for each in world.of("Kafka"):
        found[namespace_of(each), f"{name_of(each)}-cluster-ca-cert"] = {"ca.crt", "ca.p12", "ca.password"}
    for each in world.of("Certificate"):
        found[namespace_of(each), each["spec"]["secretName"]] = {"tls.crt", "tls.key", "ca.crt"}
    return found
