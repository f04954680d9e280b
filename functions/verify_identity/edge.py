"""The forms, queries, request bodies and responses of verify-identity."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from flask import Response, request
from pydantic import Field
from werkzeug.formparser import FormDataParser

from functions.verify_identity import service
from shared.domain.accounts.identity import Decision, File, Part, Request
from shared.errors import InvalidInput
from shared.web import callers, http, paging
from shared.web.request_models import Body, PageQuery, PrintableText

if TYPE_CHECKING:
    from werkzeug.datastructures import FileStorage, MultiDict

FORM = "multipart/form-data"
_MAX_PARTS = 20
_EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "application/pdf": "pdf"}
_UNTRUSTED = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Headers of files, which strangers wrote: a browser must neither show nor run them in our origin."""


class RequestsQuery(PageQuery):
    """The query of requests in a state, the oldest first."""

    state: Decision = Decision.PENDING


class Rejection(Body):
    """The body of a rejection."""

    reason: PrintableText = Field(min_length=3, max_length=500, description="the user reads it")


def submit(deps: service.Deps) -> Response:
    """Store the files and return the request (201)."""
    caller = callers.caller(deps)
    submitted = service.submit(caller, callers.actor(caller), _read_files(), deps)
    return callers.private_json(_request_to_json(submitted), 201, Location=f"/identity/requests/{submitted.id}")


def list_own(deps: service.Deps) -> Response:
    """Return the caller's requests, the latest first."""
    requests = service.list_own(callers.caller(deps), deps)
    return callers.private_json({"items": [_request_to_json(each) for each in requests]})


def list_requests(deps: service.Deps) -> Response:
    """Return one page of requests in a state."""
    caller, query = callers.operator(deps), http.read_query(RequestsQuery)
    after = paging.decode_id(query.cursor)
    requests = service.list_requests(caller, query.state, after=after, limit=query.limit + 1, deps=deps)
    return callers.private_json(paging.page_by_id([_request_to_json(each) for each in requests], query.limit))


def read_request(request_id: str, deps: service.Deps) -> Response:
    """Return one request."""
    return callers.private_json(_request_to_json(service.read_request(callers.caller(deps), request_id, deps)))


def approve(request_id: str, deps: service.Deps) -> Response:
    """Approve a request and return it."""
    return _decide(request_id, Decision.APPROVED, "", deps)


def reject(request_id: str, deps: service.Deps) -> Response:
    """Reject a request and return it."""
    callers.operator(deps)
    return _decide(request_id, Decision.REJECTED, http.read_body(Rejection).reason, deps)


def read_file(request_id: str, part: Part, deps: service.Deps) -> Response:
    """Return the bytes of a file, as an attachment."""
    caller = callers.operator(deps)
    file, content = service.read_file(caller, callers.actor(caller, operating=True), request_id, part, deps)
    name = f"{file.id}.{_EXTENSIONS[file.content_type]}"
    headers = {**callers.NO_STORE, **_UNTRUSTED, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, headers=headers, content_type=file.content_type)


def _decide(request_id: str, decision: Decision, reason: str, deps: service.Deps) -> Response:
    caller = callers.operator(deps)
    by = callers.actor(caller, operating=True)
    return callers.private_json(_request_to_json(service.decide(caller, by, request_id, decision, reason, deps)))


def _read_files() -> dict[str, bytes]:
    """Return the bytes by the name of the part; the client's own file names are ignored."""
    form, files = _parse_form()
    faults = {name: "given more than once" for name, each in files.lists() if len(each) > 1}
    faults |= dict.fromkeys(form, "is not a file")
    if faults:
        raise InvalidInput("the form does not fit", errors=faults)
    return {name: file.read() for name, file in files.items()}


def _parse_form() -> tuple[MultiDict[str, str], MultiDict[str, FileStorage]]:
    """Return the fields and files of the form, in memory: a function has no disk to write to."""
    if request.mimetype != FORM:
        raise InvalidInput(f"the body must be {FORM}")
    parser = FormDataParser(
        stream_factory=lambda *_args, **_more: io.BytesIO(), max_form_parts=_MAX_PARTS, silent=False
    )
    raw = request.get_data()
    try:
        _, form, files = parser.parse(io.BytesIO(raw), FORM, len(raw), request.mimetype_params)
    except ValueError as exc:
        raise InvalidInput("the body is not a multipart form") from exc
    return form, files


def _request_to_json(found: Request) -> dict[str, Any]:
    return {
        "id": found.id,
        "user_id": found.user_id,
        "state": found.state,
        "submitted_at": found.submitted_at,
        "decided_at": found.decided_at,
        "reason": found.reason,
        "files": [_file_to_json(file) for file in found.files],
    }


def _file_to_json(file: File) -> dict[str, Any]:
    return {"part": file.part, "content_type": file.content_type, "n_bytes": file.n_bytes, "sha256": file.sha256.hex()}
