"""Compares two OpenAPI documents: what a client of the older one may rely on, the newer one has to keep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]


def part_below(document: Json, prefix: str) -> dict[str, Any]:
    """The part of a document that a released version keeps: paths below a prefix and the schemas they lean on."""
    paths = {path: item for path, item in document["paths"].items() if path.startswith(prefix)}
    schemas: dict[str, Any] = {}
    pending = sorted(_references(paths))
    while pending:
        name = pending.pop()
        if name not in schemas:
            schemas[name] = document["components"]["schemas"][name]
            pending += sorted(_references(schemas[name]))
    return {"paths": paths, "components": {"schemas": dict(sorted(schemas.items()))}}


def find_breaks(released: Json, current: Json) -> list[str]:
    """What a client of the released document would miss or be refused; empty when everything was only added to."""
    return list(_breaks(released, current))


def _breaks(released: Json, current: Json) -> Iterator[str]:
    for path, item in released["paths"].items():
        for method, old in item.items():
            where = f"{method.upper()} {path}"
            new = current["paths"].get(path, {}).get(method)
            if new is None:
                yield f"{where} is gone"
                continue
            yield from _operation_breaks(where, old, new, released, current)


def _operation_breaks(where: str, old: Json, new: Json, released: Json, current: Json) -> Iterator[str]:
    if old.get("security") != new.get("security"):
        yield f"{where} asks for other credentials"
    yield from _parameter_breaks(where, old, new)
    yield from _body_breaks(where, old, new, released, current)
    for status, response in old["responses"].items():
        if status.startswith("2"):
            yield from _response_breaks(f"{where} {status}", response, new["responses"].get(status), released, current)


def _parameter_breaks(where: str, old: Json, new: Json) -> Iterator[str]:
    known = {(each["in"], each["name"]): each for each in old.get("parameters", ())}
    offered = {(each["in"], each["name"]): each for each in new.get("parameters", ())}
    for key, parameter in known.items():
        if key not in offered:
            yield f"{where} lost the parameter {key[1]}"
        elif offered[key].get("schema") != parameter.get("schema"):
            yield f"{where} changed the parameter {key[1]}"
    for key, parameter in offered.items():
        if parameter.get("required") and not known.get(key, {}).get("required"):
            yield f"{where} needs the parameter {key[1]}"


def _response_breaks(where: str, old: Json, new: Json | None, released: Json, current: Json) -> Iterator[str]:
    if new is None:
        yield f"{where} is gone"
        return
    for kind, content in old.get("content", {}).items():
        if kind in new.get("content", {}):
            schemas = content["schema"], new["content"][kind]["schema"]
            yield from _output_breaks(where, *schemas, released, current)
        else:
            yield f"{where} lost {kind}"


def _body_breaks(where: str, old: Json, new: Json, released: Json, current: Json) -> Iterator[str]:
    """What was accepted must be accepted: no field less, none more that is needed, none narrower."""
    taken = new.get("requestBody", {}).get("content", {})
    if new.get("requestBody", {}).get("required") and "requestBody" not in old:
        yield f"{where} needs a body"
    for kind, content in old.get("requestBody", {}).get("content", {}).items():
        if kind not in taken:
            yield f"{where} takes no {kind}"
            continue
        was, now = _resolve(content["schema"], released), _resolve(taken[kind]["schema"], current)
        for name, schema in was.get("properties", {}).items():
            if now.get("properties", {}).get(name) != schema:
                yield f"{where} changed what it takes as {name}"
        for name in set(now.get("required", ())) - set(was.get("required", ())):
            yield f"{where} needs {name}"


def _output_breaks(where: str, old: Json, new: Json, released: Json, current: Json) -> Iterator[str]:
    """What was promised must be there: no field less, none of another type, none that may now be missing."""
    was, now = _resolve(old, released), _resolve(new, current)
    for keyword in ("type", "format"):
        if was.get(keyword) != now.get(keyword):
            yield f"{where} is of another {keyword}"
    for name in set(was.get("required", ())) - set(now.get("required", ())):
        yield f"{where} may lack {name}"
    for name, schema in was.get("properties", {}).items():
        if name in now.get("properties", {}):
            yield from _output_breaks(f"{where} {name}", schema, now["properties"][name], released, current)
        else:
            yield f"{where} lost {name}"
    if "items" in was:
        yield from _output_breaks(f"{where} items", was["items"], now.get("items", {}), released, current)
    if was.get("anyOf") != now.get("anyOf"):
        yield f"{where} is one of others"


def _resolve(schema: Json, document: Json) -> Json:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def _references(node: Any) -> set[str]:
    if isinstance(node, Mapping):
        own = (
            {node["$ref"].rpartition("/")[2]}
            if str(node.get("$ref", "")).startswith("#/components/schemas/")
            else set()
        )
        return own.union(*(_references(each) for each in node.values()))
    if isinstance(node, list):
        return set().union(*(_references(each) for each in node))
    return set()
