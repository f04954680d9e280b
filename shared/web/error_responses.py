"""The one table from errors to HTTP statuses, and the problem+json response of any exception."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from flask import Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, UnsupportedMediaType
from werkzeug.routing import RequestRedirect

from shared import errors
from shared.web.responses import problem, retry_after_header
from shared.web.routing import respond_unrouted

_log = logging.getLogger(__name__)

_STATUS: tuple[tuple[type[errors.TouchlineError], int, str], ...] = (
    (errors.TooLarge, 413, "Too large"),
    (errors.InvalidInput, 400, "Invalid input"),
    (errors.Unauthenticated, 401, "Not authenticated"),
    (errors.Forbidden, 403, "Forbidden"),
    (errors.NotFound, 404, "Not found"),
    (errors.NotAcceptable, 406, "Not acceptable"),
    (errors.InsufficientFunds, 409, "Insufficient funds"),
    (errors.Refused, 409, "Refused"),
    (errors.Conflict, 409, "Conflict"),
    (errors.InProgress, 409, "In progress"),
    (errors.KeyReused, 422, "Key reused"),
    (errors.Overloaded, 429, "Too many requests"),
    (errors.Unavailable, 503, "Unavailable"),
)
"""Status and title by error; subclasses stand before their base."""

EVENT_STATUS: Mapping[type[Exception], int] = MappingProxyType(
    {
        # Knative retries 404 and 409, so what can never succeed answers 422 instead: dead-lettered at once.
        errors.NotFound: 422,
        errors.Conflict: 422,
    }
)
"""The statuses that differ where the caller is a Knative broker."""


def respond_error(error: Exception, overrides: Mapping[type[Exception], int] = MappingProxyType({})) -> Response:
    """Return the problem of any exception; a bug logs its traceback and tells the caller nothing."""
    if isinstance(error, HTTPException):
        return _respond_http_exception(error)
    for kind, status, title in _STATUS:
        if isinstance(error, kind):
            return _respond_known(error, _override(error, overrides) or status, title)
    _log.error("unhandled error", exc_info=error, extra={"action": "bug", "path": request.path})
    return problem(500, "Internal error", "the fault is on our side and was recorded")


def _override(error: Exception, overrides: Mapping[type[Exception], int]) -> int | None:
    return next((status for kind, status in overrides.items() if isinstance(error, kind)), None)


def _respond_known(error: errors.TouchlineError, status: int, title: str) -> Response:
    response = problem(status, title, str(error), **_members(error))
    if isinstance(error, errors.Unauthenticated):
        # RFC 6750, section 3.1: no error code for a caller who sent no token.
        invalid = isinstance(error, errors.InvalidToken)
        response.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"' if invalid else "Bearer"
    if isinstance(error, errors.Overloaded | errors.Contended):
        response.headers["Retry-After"] = retry_after_header(error)
    return response


def _members(error: errors.TouchlineError) -> dict[str, Any]:
    if isinstance(error, errors.InvalidInput) and error.errors:
        return {"errors": error.errors}
    if isinstance(error, errors.Refused):
        return {"code": error.code, "context": error.detail}
    return {}


def _respond_http_exception(error: HTTPException) -> Response:
    if isinstance(error, NotFound | MethodNotAllowed):
        return respond_unrouted(request)
    response = problem(error.code or 500, error.name.capitalize(), str(error.description or error.name))
    if isinstance(error, RequestRedirect):
        response.headers["Location"] = error.new_url
    if isinstance(error, UnsupportedMediaType):
        response.headers["Accept-Encoding"] = "identity"
    return response
