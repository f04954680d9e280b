"""Builds the OpenAPI 3.1 document of a function from its Flask routes and its declared operations.

The document is built when it is first requested, so that a cold start imports none of this, pydantic least of all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode
from werkzeug.routing import AnyConverter, IntegerConverter, Rule, UUIDConverter

from shared.web.content_negotiation import FORMATS, PARAMETER
from shared.web.openapi import (
    ANALYST,
    CATCH_ALL,
    MANAGER,
    OPERATOR,
    PROBLEM,
    SERVICE,
    USER,
    Health,
    Json,
    Operation,
    Problem,
    ResponseSpec,
    cacheable,
    ok,
)
from shared.web.route_converters import MAX_ID

SchemaKey = tuple[str, int | str, str]
"""A described type: the view, then "query", "body" or a status, then the media type."""

VERSION = "0.1.0"
_UNDOCUMENTED = {"static", "error"}
"""functions-framework's other endpoints: none of them ever returns content."""
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_PROBLEMS: Mapping[int, str] = {
    400: "The request is invalid; `errors` names each field at fault.",
    401: "Authentication is missing or not valid.",
    403: "The caller may not do this, or a cookie came from another site's page.",
    404: "Nothing is stored under this name.",
    405: "The path does not support this method; `Allow` names those it supports.",
    406: "None of the accepted media types is available.",
    409: "The request contradicts what is stored, or the same work is in progress.",
    412: "The precondition of If-Match does not hold.",
    413: "The body is too large.",
    415: "The body has a content coding; send it without.",
    416: "The range lies outside of the file.",
    422: "The event can never be processed: it is dead-lettered at once.",
    429: "Too many requests; retry after the seconds in `Retry-After`.",
    503: "A dependency does not respond, or the function's queue is full.",
    504: "The function took too long.",
}
_ALWAYS = (503, 504)
_SECURITY: Mapping[str, list[Json]] = {
    "": [],
    USER: [{"bearer": []}, {"password": []}, {"cookie": []}],
    OPERATOR: [{"bearer": []}, {"password": []}, {"cookie": []}],
    ANALYST: [{"bearer": []}, {"password": []}, {"cookie": []}],
    MANAGER: [{"bearer": []}, {"password": []}, {"cookie": []}],
    SERVICE: [{"service": []}],
}
_SCHEMES: Json = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "an access token"},
    "password": {
        "type": "oauth2",
        "description": "the same token by OAuth 2; there are no scopes, roles decide",
        "flows": {"password": {"tokenUrl": "/token", "refreshUrl": "/token", "scopes": {}}},
    },
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-touchline-access",
        "description": "of a browser that logged in by form; changes are accepted from our own pages only",
    },
    "service": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "of another function"},
}
_EVENT_HEADERS = ("ce-id", "ce-source", "ce-specversion", "ce-type")
_OWN: Mapping[str, Operation] = {
    "health_live": Operation(summary="Whether the process is alive", responses=ok(Health)),
    "health_ready": Operation(summary="Whether every dependency responds", responses=ok(Health)),
    "openapi": Operation(summary="This document", responses=cacheable(dict[str, Any])),
}
"""The routes that `shared.web.http.install` adds to every function."""


def build_document(name: str, rules: Iterable[Rule], operations: Mapping[str, Operation]) -> Json:
    """Build the document of one function.

    Parameters
    ----------
    name : the function's; it prefixes the ids of its operations and models.
    rules : its routes.
    operations : by name of the view function.

    Raises
    ------
    LookupError : names the routes without an operation, and the operations without a route.
    """
    known = {**_OWN, **operations}
    routes = [
        rule
        for rule in rules
        if rule.endpoint not in _UNDOCUMENTED and (_view(rule) in known or not _is_catch_all(rule))
    ]
    if unmatched := known.keys() ^ {_view(rule) for rule in routes}:
        raise LookupError(f"{name}: operations without a route, or the reverse: {', '.join(sorted(unmatched))}")
    schemas = _Schemas(name, known)
    paths: Json = {}
    for rule in routes:
        operation = known[_view(rule)]
        for method in _methods(rule):
            path = paths.setdefault(_template(rule), {})
            path[method.lower()] = _build_operation(name, rule, method, operation, schemas)
    return _assemble(paths, schemas.named)


def merge(documents: Iterable[Json]) -> Json:
    """Merge the documents of several functions."""
    paths: Json = {}
    schemas: Json = {}
    for document in documents:
        paths |= document["paths"]
        schemas |= document["components"]["schemas"]
    return _assemble(dict(sorted(paths.items())), schemas)


def select_paths(document: Json, names: Iterable[str]) -> Json:
    """Return the document with these paths only, and the schemas they use."""
    paths = {path: document["paths"][path] for path in names}
    used: set[str] = set()
    pending = _schema_references(paths)
    schemas = document["components"]["schemas"]
    while new := pending - used:
        used |= new
        pending = _schema_references([schemas[name] for name in new])
    return _assemble(paths, {name: schemas[name] for name in schemas if name in used})


class _Schemas:
    """JSON Schemas of every query, body and response, with shared parts by name."""

    def __init__(self, function: str, operations: Mapping[str, Operation]) -> None:
        inputs: list[tuple[SchemaKey, JsonSchemaMode, TypeAdapter[Any]]] = []
        for view, operation in operations.items():
            inputs += [((view, "query", ""), "validation", TypeAdapter(operation.query))] if operation.query else []
            inputs += [((view, "body", kind), "validation", TypeAdapter(it)) for kind, it in operation.body.items()]
            for status, response in operation.responses.items():
                contents = response.content.items()
                inputs += [((view, status, kind), "serialization", TypeAdapter(it)) for kind, it in contents]
        schemas, shared = TypeAdapter.json_schemas(inputs, ref_template=f"#/components/schemas/{function}.{{model}}")
        self.named: Json = {f"{function}.{name}": schema for name, schema in shared.get("$defs", {}).items()}
        self._by_key = {key: schema for (key, _), schema in schemas.items()}

    def get(self, view: str, part: int | str, media_type: str = "") -> Json:
        """Return the schema of one query, body or response."""
        return self._by_key[(view, part, media_type)]

    def query_parameters(self, view: str) -> Iterator[tuple[str, Json, bool]]:
        """Yield name, schema and necessity of each parameter of a query."""
        schema = self.get(view, "query")
        model = self.named[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
        for name, parameter in model.get("properties", {}).items():
            required = name in model.get("required", ())
            yield name, parameter if required else _parameter_schema(parameter), required


def _parameter_schema(schema: Json) -> Json:
    """Return the schema of an optional query parameter as `http.read_query` accepts it: never null, never empty."""
    if "anyOf" in schema:
        options = [option for option in schema["anyOf"] if option != {"type": "null"}]
        rest = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
        return {**rest, **_parameter_schema(options[0])} if len(options) == 1 else {**rest, "anyOf": options}
    if "enum" in schema:
        schema = {**schema, "enum": [value for value in schema["enum"] if value != ""]}
    elif schema.get("type") == "string":
        schema = {"minLength": 1, **schema}
    return {key: value for key, value in schema.items() if (key, value) not in (("default", ""), ("default", None))}


def _build_operation(name: str, rule: Rule, method: str, operation: Operation, schemas: _Schemas) -> Json:
    view = _view(rule)
    tag = name.replace("_", "-")
    built: Json = {"operationId": f"{name}.{view}", "tags": [tag], "summary": operation.summary}
    if parameters := [*_path_parameters(rule, operation), *_other_parameters(view, operation, schemas)]:
        built["parameters"] = parameters
    if operation.body or operation.event:
        built["requestBody"] = _request_body(view, operation, schemas)
    responses = {str(status): _response(view, status, it, schemas) for status, it in operation.responses.items()}
    statuses = _problem_statuses(rule, method, operation) if operation.problems else []
    problems = {str(status): _problem_reference(status) for status in statuses}
    return {**built, "responses": {**problems, **responses}, "security": _SECURITY[operation.access]}


def _request_body(view: str, operation: Operation, schemas: _Schemas) -> Json:
    content = {kind: _content(schemas.get(view, "body", kind), operation.examples.get(kind)) for kind in operation.body}
    required = operation.body_required and not operation.event
    return {"required": required, "content": content or {"*/*": {}}}


def _problem_reference(status: int) -> Json:
    return {"$ref": f"#/components/responses/{status}"}


def _problem_statuses(rule: Rule, method: str, operation: Operation) -> list[int]:
    """Return the statuses of problems: those declared, and those that follow from the route."""
    statuses = {*operation.error_statuses, *_ALWAYS}
    if rule.arguments:
        statuses.add(404)
    if operation.body or operation.query:
        statuses.add(400)
    if operation.body:
        statuses |= {413, 415}
    if operation.access:
        statuses.add(401)
    if operation.access in (OPERATOR, MANAGER, ANALYST, SERVICE) or (operation.access and method != "GET"):
        statuses.add(403)
    return sorted(statuses)


def _response(view: str, status: int, spec: ResponseSpec, schemas: _Schemas) -> Json:
    built: Json = {"description": spec.description}
    if spec.headers:
        built["headers"] = {name: _header(text) for name, text in spec.headers.items()}
    if spec.content:
        built["content"] = {kind: _content(schemas.get(view, status, kind)) for kind in spec.content}
    return built


def _content(schema: Json, example: Any = None) -> Json:
    return {"schema": schema} if example is None else {"schema": schema, "example": example}


def _header(description: str) -> Json:
    return {"description": description, "schema": {"type": "string"}}


def _path_parameters(rule: Rule, operation: Operation) -> Iterator[Json]:
    for name in re.findall(r"<(?:[^:<>]+:)?([^<>]+)>", rule.rule):
        if name in rule.arguments and not _is_catch_all(rule):
            schema = operation.path.get(name) or _converter_schema(rule, name)
            yield {"name": name, "in": "path", "required": True, "schema": schema}


def _converter_schema(rule: Rule, name: str) -> Json:
    """Return the schema of a path parameter by its converter."""
    match rule._converters[name]:
        case IntegerConverter():
            return {"type": "integer", "minimum": 0, "maximum": MAX_ID}
        case UUIDConverter():
            return {"type": "string", "format": "uuid"}
        case AnyConverter(items=items):
            return {"enum": sorted(items)}
        case _:
            return {"type": "string", "minLength": 1, "pattern": "^[^/]+$"}


def _other_parameters(view: str, operation: Operation, schemas: _Schemas) -> Iterator[Json]:
    if operation.query:
        for name, schema, required in schemas.query_parameters(view):
            yield {"name": name, "in": "query", "required": required, "schema": schema}
    if operation.negotiable:
        yield _format_parameter(operation)
    for name, text in operation.headers.items():
        yield {"name": name, "in": "header", "description": text, "schema": {"type": "string", "maxLength": 200}}
    for name in _EVENT_HEADERS if operation.event else ():
        schema = {"type": "string", "examples": [operation.event]} if name == "ce-type" else {"type": "string"}
        yield {"name": name, "in": "header", "description": "CloudEvents 1.0, binary mode", "schema": schema}


def _format_parameter(operation: Operation) -> Json:
    names = [name for name, media_type in FORMATS.items() if media_type in operation.responses[200].content]
    description = "the media type of the response; Accept chooses it where this is not given"
    return {"name": PARAMETER, "in": "query", "required": False, "description": description, "schema": {"enum": names}}


def _view(rule: Rule) -> str:
    """Return the name of the view function: endpoints of a blueprint are ``blueprint.view``."""
    return str(rule.endpoint).rpartition(".")[2]


def _is_catch_all(rule: Rule) -> bool:
    return str(rule.endpoint) == CATCH_ALL


def _methods(rule: Rule) -> list[str]:
    if _is_catch_all(rule):
        return ["POST"]
    return [method for method in _METHODS if method in (rule.methods or ())]


def _template(rule: Rule) -> str:
    return "/" if _is_catch_all(rule) else re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule)


def _assemble(paths: Json, schemas: Json) -> Json:
    problem = TypeAdapter(Problem).json_schema()
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Touchline",
            "version": VERSION,
            "description": "Football analytics as serverless functions. Errors are `application/problem+json`.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": {"Problem": problem, **schemas},
            "responses": {str(status): _problem_response(status, text) for status, text in _PROBLEMS.items()},
            "securitySchemes": _SCHEMES,
        },
    }


def _problem_response(status: int, description: str) -> Json:
    schema = {"$ref": "#/components/schemas/Problem"}
    response: Json = {"description": description, "content": {PROBLEM: {"schema": schema}}}
    headers = {401: {"WWW-Authenticate": _header("Bearer")}, 429: {"Retry-After": _header("seconds")}}
    return response | ({"headers": headers[status]} if status in headers else {})


def _schema_references(part: Any) -> set[str]:
    """Return the names of the schemas that a part of a document refers to."""
    if isinstance(part, list):
        return set().union(*map(_schema_references, part))
    if not isinstance(part, dict):
        return set()
    reference = str(part.get("$ref", ""))
    own = {reference.rpartition("/")[2]} if reference.startswith("#/components/schemas/") else set()
    return own.union(*map(_schema_references, part.values()))
