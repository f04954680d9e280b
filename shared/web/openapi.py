"""OpenAPI 3.1: a function's document, made of its Flask routes and of what its own `openapi.py` says about each.

A description is found by the name of the view function; a route without one, or one without a route, is a fault. The
document is made when it is first asked for, so that a cold start imports none of this, pydantic least of all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter
from pydantic.json_schema import JsonSchemaMode
from werkzeug.routing import AnyConverter, IntegerConverter, Rule, UUIDConverter

from shared.web.tabular_schema import ARROW, CSV, PARQUET, collection

Json = dict[str, Any]
Key = tuple[str, int | str, str]
"""Which type is meant: the view, a status or what is sent, a media type."""

VERSION = "0.1.0"
JSON, FORM, PROBLEM = "application/json", "application/x-www-form-urlencoded", "application/problem+json"
USER, OPERATOR, SERVICE = "user", "operator", "service"
CATCH_ALL = "run"
"""The route functions-framework gives every target; described by those that take events at any path."""
_UNTOLD = {"static", "error"}
"""functions-framework's other routes: none of them ever finds anything."""
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_REFUSALS: Mapping[int, str] = {
    400: "The input can never be accepted; `errors` names each field at fault.",
    401: "The caller did not prove who they are.",
    403: "The caller is known and may not do this, or a cookie came from another site's page.",
    404: "Nothing is stored under this name.",
    405: "The path knows other methods.",
    406: "The caller takes no form in which this can be told.",
    409: "It contradicts what is stored, or the same work is under way.",
    413: "The body is too large.",
    422: "An event that can never be taken: it is dead-lettered at once.",
    429: "Too many requests; `Retry-After` says in how many seconds there is room.",
    503: "Something this needs is silent, or the function's queue is full.",
    504: "The function took too long.",
}
_ALWAYS = (503, 504)
_SECURITY: Mapping[str, list[Json]] = {
    "": [],
    USER: [{"bearer": []}, {"password": []}, {"cookie": []}],
    OPERATOR: [{"bearer": []}, {"password": []}, {"cookie": []}],
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
        "description": "of a browser that logged in by form; changes are taken from our own pages only",
    },
    "service": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "of another function"},
}
_EVENT_HEADERS = ("ce-id", "ce-source", "ce-specversion", "ce-type")


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    model_config = ConfigDict(extra="forbid")
    type: str
    title: str
    status: int
    detail: str
    errors: dict[str, str] = {}


class Granted(BaseModel):
    """Both tokens of a session (RFC 6749, section 5.1)."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    refresh_token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One status: in words, and what its body is by media type."""

    text: str
    content: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One route with one method, as far as the route itself does not tell."""

    text: str
    answers: Mapping[int, Answer]
    refuses: tuple[int, ...] = ()
    """Statuses of problems beyond those that follow from the rest."""
    access: str = ""
    """`USER`, `OPERATOR`, `SERVICE`, or nobody in particular."""
    path: Mapping[str, Json] = field(default_factory=dict)
    """Schemas of parts of the path that are narrower than the route says."""
    query: type[BaseModel] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    """Models by media type."""
    body_required: bool = True
    examples: Mapping[str, Any] = field(default_factory=dict)
    """A body by media type."""
    event: str = ""
    """The body is a CloudEvent of this type."""


def ok(model: Any, text: str = "As asked.", *, status: int = 200, **headers: str) -> Mapping[int, Answer]:
    """The one good answer of most routes: JSON."""
    return {status: Answer(text=text, content={JSON: model}, headers=headers)}


def fresh(model: Any) -> Mapping[int, Answer]:
    """The answers of a read with an ETag."""
    return {**ok(model, ETag="of this answer"), 304: Answer(text="The caller has it already.")}


def tabular(model: Any) -> Mapping[int, Answer]:
    """The answers of a read in every form of `shared.web.content_negotiation`, for the model of a collection."""
    found = dict(fresh(model))
    others: Mapping[str, Any] = {CSV: str, PARQUET: bytes, ARROW: bytes} if collection(model) else {}
    headers = {**found[200].headers, "Vary": "by which header the form was chosen"}
    found[200] = replace(found[200], content={**found[200].content, **others}, headers=headers)
    return found


def done(text: str) -> Mapping[int, Answer]:
    """An answer without a body."""
    return {204: Answer(text=text)}


def event(kind: str, text: str, **more: Any) -> Operation:
    """A route that is woken by events of one type, in binary or structured mode."""
    return Operation(
        text=text, event=kind, answers={202: Answer(text="Taken.")}, refuses=(400, 409, 413, 422, 429), **more
    )


def document(name: str, rules: Iterable[Rule], described: Mapping[str, Operation]) -> Json:
    """The document of one function.

    Parameters
    ----------
    name : the function's; it tells its operations and models from those of others.
    rules : its routes.
    described : by view function.

    Raises
    ------
    LookupError : names the routes without a description, or the descriptions without a route.
    """
    known = {"health_live": _LIVE, "health_ready": _READY, "openapi": _OPENAPI, **described}
    routes = [
        rule for rule in rules if rule.endpoint not in _UNTOLD and (_view(rule) in known or not _is_catch_all(rule))
    ]
    if unmatched := known.keys() ^ {_view(rule) for rule in routes}:
        raise LookupError(f"{name}: described without a route, or the other way round: {', '.join(sorted(unmatched))}")
    schemas = _Schemas(name, known)
    paths: Json = {}
    for rule in routes:
        operation = known[_view(rule)]
        for method in _methods(rule):
            place = paths.setdefault(_template(rule), {})
            place[method.lower()] = _operation(name, rule, method, operation, schemas)
    return _whole(paths, schemas.named)


def merged(documents: Iterable[Json]) -> Json:
    """Several functions' documents as one."""
    paths: Json = {}
    schemas: Json = {}
    for each in documents:
        paths |= each["paths"]
        schemas |= each["components"]["schemas"]
    return _whole(dict(sorted(paths.items())), schemas)


def only(whole: Json, wanted: Iterable[str]) -> Json:
    """A document with these paths, and with the schemas that they need."""
    paths = {path: whole["paths"][path] for path in wanted}
    kept: set[str] = set()
    todo = _refs(paths)
    schemas = whole["components"]["schemas"]
    while new := todo - kept:
        kept |= new
        todo = _refs([schemas[name] for name in new])
    return _whole(paths, {name: schemas[name] for name in schemas if name in kept})


class _Schemas:
    """JSON Schemas of everything that is described, shared parts by name."""

    def __init__(self, function: str, described: Mapping[str, Operation]) -> None:
        wanted: list[tuple[Key, JsonSchemaMode, TypeAdapter[Any]]] = []
        for view, operation in described.items():
            wanted += [((view, "query", ""), "validation", TypeAdapter(operation.query))] if operation.query else []
            wanted += [((view, "body", kind), "validation", TypeAdapter(it)) for kind, it in operation.body.items()]
            for status, answer in operation.answers.items():
                contents = answer.content.items()
                wanted += [((view, status, kind), "serialization", TypeAdapter(it)) for kind, it in contents]
        found, shared = TypeAdapter.json_schemas(wanted, ref_template=f"#/components/schemas/{function}.{{model}}")
        self.named: Json = {f"{function}.{name}": schema for name, schema in shared.get("$defs", {}).items()}
        self._found = {key: schema for (key, _), schema in found.items()}

    def of(self, view: str, place: int | str, kind: str = "") -> Json:
        return self._found[(view, place, kind)]

    def fields(self, view: str) -> Iterator[tuple[str, Json, bool]]:
        """Name, schema and need of each field of a query."""
        schema = self.of(view, "query")
        model = self.named[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
        for name, each in model.get("properties", {}).items():
            yield name, each, name in model.get("required", ())


def _operation(name: str, rule: Rule, method: str, told: Operation, schemas: _Schemas) -> Json:
    view = _view(rule)
    found: Json = {"operationId": f"{name}.{view}", "tags": [name.replace("_", "-")], "summary": told.text}
    if parameters := [*_path_parameters(rule, told), *_other_parameters(view, told, schemas)]:
        found["parameters"] = parameters
    if told.body or told.event:
        content = {kind: _content(schemas.of(view, "body", kind), told.examples.get(kind)) for kind in told.body}
        required = told.body_required and not told.event
        found["requestBody"] = {"required": required, "content": content or {"*/*": {}}}
    found["responses"] = {str(status): _answer(view, status, it, schemas) for status, it in told.answers.items()}
    for status in _refused(rule, method, told):
        refusal = {"$ref": f"#/components/responses/{status}"}
        found["responses"].setdefault(str(status), refusal)
    found["security"] = _SECURITY[told.access]
    return found


def _refused(rule: Rule, method: str, told: Operation) -> list[int]:
    """The statuses of problems: those declared, and those that follow from the route."""
    statuses = {*told.refuses, *_ALWAYS}
    if rule.arguments:
        numbers = any(isinstance(each, IntegerConverter) for each in rule._converters.values())
        statuses |= {404, 400} if numbers else {404}  # a number may be beyond every id
    if told.body or told.query:
        statuses.add(400)
    if told.body:
        statuses.add(413)
    if told.access:
        statuses.add(401)
    if told.access in (OPERATOR, SERVICE) or (told.access and method != "GET"):
        statuses.add(403)
    return sorted(statuses)


def _answer(view: str, status: int, told: Answer, schemas: _Schemas) -> Json:
    found: Json = {"description": told.text}
    if told.headers:
        found["headers"] = {name: _header(text) for name, text in told.headers.items()}
    if told.content:
        found["content"] = {kind: _content(schemas.of(view, status, kind)) for kind in told.content}
    return found


def _content(schema: Json, example: Any = None) -> Json:
    return {"schema": schema} if example is None else {"schema": schema, "example": example}


def _header(text: str) -> Json:
    return {"description": text, "schema": {"type": "string"}}


def _path_parameters(rule: Rule, told: Operation) -> Iterator[Json]:
    for name in re.findall(r"<(?:[^:<>]+:)?([^<>]+)>", rule.rule):
        if name in rule.arguments and not _is_catch_all(rule):
            yield {"name": name, "in": "path", "required": True, "schema": told.path.get(name) or _part(rule, name)}


def _part(rule: Rule, name: str) -> Json:
    """What a part of a path may be, by its converter."""
    match rule._converters[name]:
        case IntegerConverter():
            return {"type": "integer", "minimum": 0}
        case UUIDConverter():
            return {"type": "string", "format": "uuid"}
        case AnyConverter(items=items):
            return {"enum": sorted(items)}
        case _:
            return {"type": "string", "minLength": 1, "pattern": "^[^/]+$"}


def _other_parameters(view: str, told: Operation, schemas: _Schemas) -> Iterator[Json]:
    if told.query:
        for name, schema, required in schemas.fields(view):
            yield {"name": name, "in": "query", "required": required, "schema": schema}
    for name, text in told.headers.items():
        yield {"name": name, "in": "header", "description": text, "schema": {"type": "string", "maxLength": 200}}
    for name in _EVENT_HEADERS if told.event else ():
        schema = {"type": "string", "examples": [told.event]} if name == "ce-type" else {"type": "string"}
        yield {"name": name, "in": "header", "description": "CloudEvents 1.0, binary mode", "schema": schema}


def _view(rule: Rule) -> str:
    """The name of the view function: endpoints of a blueprint are ``blueprint.view``."""
    return str(rule.endpoint).rpartition(".")[2]


def _is_catch_all(rule: Rule) -> bool:
    return str(rule.endpoint) == CATCH_ALL


def _methods(rule: Rule) -> list[str]:
    if _is_catch_all(rule):
        return ["POST"]
    return [method for method in _METHODS if method in (rule.methods or ())]


def _template(rule: Rule) -> str:
    return "/" if _is_catch_all(rule) else re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule)


def _whole(paths: Json, schemas: Json) -> Json:
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
            "responses": {str(status): _refusal(status, text) for status, text in _REFUSALS.items()},
            "securitySchemes": _SCHEMES,
        },
    }


def _refusal(status: int, text: str) -> Json:
    refusal: Json = {"description": text, "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    headers = {401: {"WWW-Authenticate": _header("Bearer")}, 429: {"Retry-After": _header("seconds")}}
    return refusal | ({"headers": headers[status]} if status in headers else {})


def _refs(part: Any) -> set[str]:
    """Names of the schemas that a part of a document points at."""
    if isinstance(part, list):
        return set().union(*map(_refs, part))
    if not isinstance(part, dict):
        return set()
    own = {part["$ref"].rpartition("/")[2]} if str(part.get("$ref", "")).startswith("#/components/schemas/") else set()
    return own.union(*map(_refs, part.values()))


class Health(BaseModel):
    """How a function is."""

    status: str
    dependencies: list[str] = []


_LIVE = Operation(text="Whether the process lives", answers=ok(Health))
_READY = Operation(text="Whether every dependency answers", answers=ok(Health))
_OPENAPI = Operation(text="This document", answers=fresh(dict[str, Any]))
