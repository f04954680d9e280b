"""The parts of an OpenAPI 3.1 document that a function's own `openapi.py` declares about its routes.

`shared.web.openapi_document` joins them with the Flask routes. Operations are keyed by the name of the view function:
functions-framework executes `main.py` itself, so that it cannot be imported to hand over the functions as objects, and
a decorator in `main.py` would import pydantic during a cold start. A test fails on a name without a route.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from shared.web.tables.formats import MEDIA_TYPES
from shared.web.tabular_schema import ARROW, CSV, EXCEL_CSV, PARQUET, collection

Json = dict[str, Any]

JSON, FORM, PROBLEM = "application/json", "application/x-www-form-urlencoded", "application/problem+json"
USER, OPERATOR, MANAGER, ANALYST, SERVICE = "user", "operator", "manager", "analyst", "service"
IDEMPOTENCY_KEY = {"Idempotency-Key": "required; the same key with the same request moves money once"}
IDEMPOTENCY_REPLAYED = {"Idempotency-Replayed": "true when an earlier request with this key was answered"}
CATCH_ALL = "run"
"""The endpoint functions-framework gives every target; declared by functions that take events at any path."""


class Problem(BaseModel):
    """An error response (RFC 9457)."""

    model_config = ConfigDict(extra="forbid")
    type: str
    title: str
    status: int
    detail: str
    errors: dict[str, str] = {}
    code: str = ""
    """Names the rule that refuses a request, out of the list of its function."""
    context: dict[str, Any] = {}
    """What to know about the refusal, such as a new price."""


class Granted(BaseModel):
    """Both tokens of a session (RFC 6749, section 5.1)."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    refresh_token: str


class Health(BaseModel):
    """The state of a function and the dependencies it checked."""

    status: str
    dependencies: list[str] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseSpec:
    """One response: its description, its body by media type, its headers with their descriptions."""

    description: str
    content: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One route with one method, as far as the route itself does not tell."""

    summary: str
    responses: Mapping[int, ResponseSpec]
    error_statuses: tuple[int, ...] = ()
    """Statuses of problems beyond those that follow from the route, the body and the access."""
    problems: bool = True
    """False: this route answers errors in a form of its own, and all of them are among `responses`."""
    access: str = ""
    """`USER`, `OPERATOR`, `MANAGER`, `ANALYST` or `SERVICE`; empty when no token is needed."""
    path: Mapping[str, Json] = field(default_factory=dict)
    """Schemas of path parameters that are narrower than their converter."""
    query: type[BaseModel] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    """Models by media type."""
    body_required: bool = True
    examples: Mapping[str, Any] = field(default_factory=dict)
    """Example bodies by media type."""
    negotiable: bool = False
    """The caller chooses the media type by ``format`` or ``Accept``, `content_negotiation.FORMATS` as far as listed."""
    event: str = ""
    """The type of the CloudEvent in the body."""


def ok(model: Any, description: str = "Success.", *, status: int = 200, **headers: str) -> Mapping[int, ResponseSpec]:
    """Return the single success response of most routes: JSON."""
    return {status: ResponseSpec(description=description, content={JSON: model}, headers=headers)}


def cacheable(model: Any) -> Mapping[int, ResponseSpec]:
    """Return the responses of a read with an ETag."""
    return {
        **ok(model, ETag="changes with the body"),
        304: ResponseSpec(description="Not modified: If-None-Match names the current ETag."),
    }


def tabular(model: Any) -> Mapping[int, ResponseSpec]:
    """Return the responses of a read in every media type of `shared.web.content_negotiation`."""
    specs = dict(cacheable(model))
    others: Mapping[str, Any] = {CSV: str, EXCEL_CSV: str, PARQUET: bytes, ARROW: bytes} if collection(model) else {}
    headers = {**specs[200].headers, "Vary": "names the headers that chose the media type and the coding"}
    specs[200] = replace(specs[200], content={**specs[200].content, **others}, headers=headers)
    return specs


def table_file() -> Mapping[int, ResponseSpec]:
    """Return the responses of a whole table as a file."""
    headers = {
        "ETag": "changes with the content",
        "Content-Disposition": "the name of the file",
        "Accept-Ranges": "bytes: parts may be requested",
    }
    content = dict.fromkeys(MEDIA_TYPES.values(), bytes)
    return {
        200: ResponseSpec(description="The file.", content=content, headers=headers),
        206: ResponseSpec(description="The part of the file that Range names.", content=content, headers=headers),
        304: ResponseSpec(description="Not modified: If-None-Match names the current ETag."),
    }


def no_content(description: str) -> Mapping[int, ResponseSpec]:
    """Return the response without a body."""
    return {204: ResponseSpec(description=description)}


def event_operation(event_type: str, summary: str, **more: Any) -> Operation:
    """Return the operation of a route that receives CloudEvents of one type, in binary or structured mode."""
    responses = {202: ResponseSpec(description="Accepted.")}
    statuses = (400, 409, 413, 422, 429)
    return Operation(summary=summary, event=event_type, responses=responses, error_statuses=statuses, **more)
