"""Reads request bodies, queries and forms into models; every fault is one of the caller's, named by field.

What a stranger sends is bounded before it is validated: bytes, values, depth, fields, and the faults that are listed.
Without these bounds 870 kB of unknown members cost a second of processor time and a response of 3 MB.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote_to_bytes

from flask import current_app, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import UnsupportedMediaType

from shared import errors

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

FORM = "application/x-www-form-urlencoded"
MAX_BYTES = 65_536
"""The largest JSON body or form that is parsed, where an endpoint does not allow more."""
MAX_VALUES = 2_000
MAX_DEPTH = 32
MAX_FIELDS = 100
MAX_FAULTS = 10
"""Faults that a response lists; the number of further ones stands under ``more``."""
_MAX_NAME = 100
_DRAINED_LIMITS = 8
Model = TypeVar("Model", bound="BaseModel")


def read_body(model: type[Model], *, max_bytes: int = MAX_BYTES) -> Model:
    """Return the request's JSON body as a model; `InvalidInput` names every field at fault."""
    message = "the body does not fit"
    if request.mimetype != "application/json":
        raise errors.InvalidInput("the body must be application/json")
    payload = _parse_json(_bounded_body(max_bytes, message))
    _check_extent(payload, message)
    return _validate(model, payload, message)


def read_query(model: type[Model], *, ignored: str = "") -> Model:
    """Return the query parameters as a model.

    A parameter that is unknown, repeated, empty although it may be left out, or not written as JSON would write its
    type is a fault of that field.

    Parameters
    ----------
    ignored : a parameter that somebody else reads, such as the ``format`` of `content_negotiation`.
    """
    message = "the query does not fit"
    _check_fields(request.query_string, message)
    fields = request.args
    if ignored in fields:
        fields = MultiDict((name, value) for name, value in fields.items(multi=True) if name != ignored)
    faults = dict(_query_faults(model, fields))
    if faults:
        raise _invalid(message, faults, len(faults))
    return _validate_fields(model, fields, message)


def read_form(model: type[Model], *, max_bytes: int = MAX_BYTES) -> Model:
    """Return the fields of a form as a model; a repeated one is a fault of that field."""
    message = "the form does not fit"
    if request.mimetype != FORM:
        raise errors.InvalidInput(f"the body must be {FORM}")
    _check_fields(_bounded_body(max_bytes, message), message)
    return _validate_fields(model, request.form, message)


def load_body() -> None:
    """Read the body once, before any route; refuse it here when it is too large, encoded or incomplete.

    functions-framework reads it again after every answer and turns a refusal there into a 500, so it is given what was
    read. werkzeug's own stream cannot be used: it takes a chunked body that was cut off for a whole one. A body that is
    too large is thrown away up to a bound, since a client that is cut off while sending sees no answer.
    """
    environ, request.stream = request.environ, io.BytesIO()
    if not environ.get("CONTENT_LENGTH") and "HTTP_TRANSFER_ENCODING" not in environ:
        return
    limit = request.max_content_length or 0
    raw = _read_at_most(limit)
    if raw is None:
        _drain(_DRAINED_LIMITS * limit)
        raise errors.TooLarge(f"the body is larger than {limit} bytes")
    expected = request.content_length or 0
    if len(raw) < expected:
        raise errors.InvalidInput(f"the body is incomplete: {len(raw)} of {expected} bytes arrived")
    coding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if raw and coding not in current_app.config.get("CONTENT_CODINGS", ("", "identity")):
        raise UnsupportedMediaType("send the body without a content coding")
    request.stream = io.BytesIO(raw)


def _read_at_most(limit: int) -> bytes | None:
    """Return the body as far as it arrived; None when it is larger than the limit."""
    expected, is_terminated = request.content_length, request.environ.get("wsgi.input_terminated", False)
    if expected is not None and expected > limit:
        return None
    try:
        raw = b"".join(_chunks(expected if expected is not None else (limit + 1) * is_terminated))
    except OSError as exc:  # how servers report a cut or malformed chunk
        raise errors.InvalidInput("the body is incomplete or its chunks are malformed") from exc
    return raw if len(raw) <= limit else None


def _drain(max_bytes: int) -> None:
    with suppress(OSError):
        for _ in _chunks(min(max_bytes, request.content_length or max_bytes)):
            pass


def _chunks(n_bytes: int) -> Iterator[bytes]:
    """Yield up to so many bytes of what the client sends."""
    source, left = request.environ["wsgi.input"], n_bytes
    while left > 0 and (chunk := source.read(min(left, 65_536))):
        left -= len(chunk)
        yield chunk


def _bounded_body(max_bytes: int, message: str) -> bytes:
    """Return the body when the endpoint parses that much. Not 413: the function takes bodies of this size."""
    raw = request.get_data()
    if len(raw) > max_bytes:
        raise errors.InvalidInput(message, errors={"body": f"is larger than {max_bytes} bytes"})
    return raw


def _parse_json(raw: bytes) -> Any:
    try:
        # As UTF-8 (RFC 8259): json also takes UTF-16, which whoever filters in front of us reads as something else.
        return json.loads(raw.decode(), object_pairs_hook=_to_object, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as exc:
        raise errors.InvalidInput("the body is not JSON") from exc


def _to_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the members as a dict; of two with one name others may have believed the first, we the last."""
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a member is given twice")
    return members


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is no JSON")


def _check_extent(payload: Any, message: str) -> None:
    """Return when the body has few values and little depth: validation costs time for each."""
    level, n_values = [payload], 1
    for _ in range(MAX_DEPTH):
        level = [value for parent in level for value in _children(parent)]
        n_values += len(level)
        if n_values > MAX_VALUES:
            raise errors.InvalidInput(message, errors={"body": f"has more than {MAX_VALUES} values"})
        if not level:
            return
    raise errors.InvalidInput(message, errors={"body": f"is nested deeper than {MAX_DEPTH} levels"})


def _children(value: Any) -> Any:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _check_fields(raw: bytes, message: str) -> None:
    """Return when these URL-encoded fields are few and are UTF-8; werkzeug replaces other bytes silently."""
    if raw.count(b"&") >= MAX_FIELDS:
        raise errors.InvalidInput(f"{message}: it has more than {MAX_FIELDS} fields")
    try:
        unquote_to_bytes(raw).decode()
    except UnicodeDecodeError as exc:
        raise errors.InvalidInput(f"{message}: it is not UTF-8") from exc


def _query_faults(model: type[BaseModel], fields: MultiDict[str, str]) -> Iterator[tuple[str, str]]:
    from shared.web import parameter_spelling

    for name, value in fields.items():
        if not value and not parameter_spelling.may_be_empty(model, name):
            yield name, "is empty; leave the parameter out"
        elif rule := parameter_spelling.find_fault(model, name, value):
            yield name, rule


def _validate_fields(model: type[Model], fields: MultiDict[str, str], message: str) -> Model:
    repeated = {name: "given more than once" for name, values in fields.lists() if len(values) > 1}
    if repeated:
        raise _invalid(message, repeated, len(repeated))
    return _validate(model, fields.to_dict(), message)


def _validate(model: type[Model], payload: Any, message: str) -> Model:
    from pydantic import ValidationError

    try:
        return model.model_validate(payload)
    except ValidationError as exc:
        raise _invalid(message, dict(_validation_faults(exc)), exc.error_count()) from None


def _validation_faults(exc: ValidationError) -> Iterator[tuple[str, str]]:
    for fault in exc.errors(include_url=False, include_context=False, include_input=False):
        yield ".".join(str(part) for part in fault["loc"]) or "body", fault["msg"]


def _invalid(message: str, faults: dict[str, str], n_faults: int) -> errors.InvalidInput:
    """Return the error with the first faults, and the number of the others."""
    listed = {_shorten(name): rule for name, rule in list(faults.items())[:MAX_FAULTS]}
    if n_faults > len(listed):
        listed["more"] = f"{n_faults - len(listed)} more faults"
    return errors.InvalidInput(message, errors=listed)


def _shorten(name: str) -> str:
    return name if len(name) <= _MAX_NAME else f"{name[:_MAX_NAME]}…"
