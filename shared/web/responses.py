"""Responses that every function sends: JSON, problem+json, ETags."""

from __future__ import annotations

import math
from typing import Any

from flask import Response, request

from shared import errors
from shared.web import json_text


def json_response(payload: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return a JSON response; NaN and infinity are bugs, since JSON has neither."""
    return Response(json_text.encode(payload), status=status, headers=headers, content_type="application/json")


def cacheable_json(payload: Any, *, max_age_s: int = 0) -> Response:
    """Return a JSON response with an ETag, or 304; see `make_conditional`."""
    return make_conditional(json_response(payload), max_age_s=max_age_s)


def make_conditional(response: Response, *, max_age_s: int = 0, file_bytes: int | None = None) -> Response:
    """Give the response an ETag, and return 304 when the caller has it, 412 when If-Match names another.

    Parameters
    ----------
    max_age_s : how long it may be used without asking again; 0 means: revalidate every time.
    file_bytes : length of a body that is a file: parts of it may be requested, and nobody compresses it on the way.
    """
    response.headers["Cache-Control"] = f"public, max-age={max_age_s}, must-revalidate"
    if file_bytes is not None:
        response.headers["Cache-Control"] += ", no-transform"
    response.add_etag()
    environ = request.environ
    if "HTTP_IF_MATCH" in environ:
        if not request.if_match.contains(response.get_etag()[0] or ""):
            return problem(412, "Precondition failed", "the current ETag is not among those of If-Match")
        environ = {name: value for name, value in environ.items() if name != "HTTP_IF_MATCH"}
    if file_bytes is not None:
        # RFC 9110, 14.2: a range is a matter of GET alone; HEAD tells of the whole file.
        whole = {name: value for name, value in environ.items() if name != "HTTP_RANGE"}
        is_get = request.method == "GET"
        response.make_conditional(environ if is_get else whole, accept_ranges=True, complete_length=file_bytes)
    elif "HTTP_IF_NONE_MATCH" in environ:
        response.make_conditional(environ)
    return response


def no_content() -> Response:
    """Return 204, which has neither a body nor a content type."""
    response = Response(status=204)
    del response.headers["Content-Type"]
    return response


def problem(status: int, title: str, detail: str, **members: Any) -> Response:
    """Return an RFC 9457 problem; `members` extend it (`errors` holds faults by field)."""
    slug = title.lower().replace(" ", "-")
    payload = {"type": f"urn:touchline:problem:{slug}", "title": title, "status": status, "detail": detail, **members}
    response = json_response(payload, status)
    response.content_type = "application/problem+json"
    return response


def retry_after_header(error: errors.Overloaded | errors.Contended) -> str:
    """Return the value of Retry-After: whole seconds, rounded up, at least one."""
    return str(max(1, math.ceil(error.retry_after_s)))
