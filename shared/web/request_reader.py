"""Reads request bodies, queries and forms into models; every fault is one of the caller's, named by field."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any, TypeVar

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from shared import errors

if TYPE_CHECKING:
    from pydantic import BaseModel
    from werkzeug.datastructures import MultiDict

FORM = "application/x-www-form-urlencoded"
_DRAINED_LIMITS = 8
Model = TypeVar("Model", bound="BaseModel")


def read_body(model: type[Model]) -> Model:
    """Return the request's JSON body as a model; `InvalidInput` names every field at fault."""
    from pydantic import ValidationError

    if request.mimetype != "application/json":
        raise errors.InvalidInput("the body must be application/json")
    try:
        # As UTF-8 (RFC 8259): json also takes UTF-16, which whoever filters in front of us reads as something else.
        payload = json.loads(request.get_data().decode(), object_pairs_hook=_to_object, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as exc:
        raise errors.InvalidInput("the body is not JSON") from exc
    try:
        return model.model_validate(payload)
    except ValidationError as exc:
        raise _to_invalid_input(exc, "the body does not fit") from None


def read_query(model: type[Model]) -> Model:
    """Return the query parameters as a model; a repeated or unknown parameter is a fault of that field."""
    return _validate_fields(model, request.args, "the query does not fit")


def read_form(model: type[Model]) -> Model:
    """Return the fields of a form as a model; a repeated one is a fault of that field."""
    if request.mimetype != FORM:
        raise errors.InvalidInput(f"the body must be {FORM}")
    return _validate_fields(model, request.form, "the form does not fit")


def load_body() -> None:
    """Read the body once, before any route; refuse it here when it is too large, for routes and for none.

    functions-framework reads it again after every answer and turns the second refusal into a 500, so it finds nothing
    more to read. What was sent is thrown away up to a bound: a client that is cut off while sending sees no answer.
    """
    try:
        body = request.get_data()
        if not body or request.content_length is not None:
            return
    except RequestEntityTooLarge:
        body = None
    limit = request.max_content_length or 0
    # Of a chunked body werkzeug silently hands out the part that fits.
    if body is None or len(body) >= limit:
        _drain(_DRAINED_LIMITS * limit)
        request.stream = io.BytesIO()
        raise errors.TooLarge(f"the body is larger than {limit} bytes")


def _drain(max_bytes: int) -> None:
    source, left = request.environ["wsgi.input"], min(max_bytes, request.content_length or max_bytes)
    while left > 0 and (chunk := source.read(min(left, 65_536))):
        left -= len(chunk)


def _to_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the members as a dict; of two with one name others may have believed the first, we the last."""
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a member is given twice")
    return members


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is no JSON")


def _validate_fields(model: type[Model], fields: MultiDict[str, str], message: str) -> Model:
    from pydantic import ValidationError

    repeated = {name: "given more than once" for name, values in fields.lists() if len(values) > 1}
    if repeated:
        raise errors.InvalidInput(message, errors=repeated)
    try:
        return model.model_validate(fields.to_dict())
    except ValidationError as exc:
        raise _to_invalid_input(exc, message) from None


def _to_invalid_input(exc: Any, message: str) -> errors.InvalidInput:
    faults = {".".join(str(part) for part in fault["loc"]) or "body": fault["msg"] for fault in exc.errors()}
    return errors.InvalidInput(message, errors=faults)
