"""The forms, queries and bodies verify-identity accepts, and how requests and files look outside."""

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
_PARTS_AT_MOST = 20
_EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "application/pdf": "pdf"}
_UNTRUSTED = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""A file is a stranger's: a browser is to show or run nothing of it in our name."""


class Queue(PageQuery):
    """Query of the requests in a state, the oldest first."""

    state: Decision = Decision.PENDING


class Rejection(Body):
    """Why a request is rejected."""

    reason: PrintableText = Field(min_length=3, max_length=500, description="the user reads it")


def submit(deps: service.Deps) -> Response:
    """201 with the request."""
    who = callers.caller(deps)
    made = service.submit(who, callers.actor(who), _files(), deps)
    return callers.private_json(_shown(made), 201, Location=f"/identity/requests/{made.id}")


def mine(deps: service.Deps) -> Response:
    """The caller's requests, the latest first."""
    found = service.mine(callers.caller(deps), deps)
    return callers.private_json({"items": [_shown(each) for each in found]})


def queue(deps: service.Deps) -> Response:
    """One page of requests in a state."""
    who, asked = callers.operator(deps), http.read_query(Queue)
    after = paging.decode_id(asked.cursor)
    found = service.queue(who, asked.state, after=after, limit=asked.limit + 1, deps=deps)
    return callers.private_json(paging.page_by_id([_shown(each) for each in found], asked.limit))


def show(request_id: str, deps: service.Deps) -> Response:
    """One request."""
    return callers.private_json(_shown(service.show(callers.caller(deps), request_id, deps)))


def approve(request_id: str, deps: service.Deps) -> Response:
    """The request, approved."""
    return _decide(request_id, Decision.APPROVED, "", deps)


def reject(request_id: str, deps: service.Deps) -> Response:
    """The request, rejected."""
    callers.operator(deps)
    return _decide(request_id, Decision.REJECTED, http.read_body(Rejection).reason, deps)


def read_file(request_id: str, part: Part, deps: service.Deps) -> Response:
    """The bytes, to be saved and not shown."""
    who = callers.operator(deps)
    file, content = service.read_file(who, callers.actor(who, operating=True), request_id, part, deps)
    name = f"{file.id}.{_EXTENSIONS[file.content_type]}"
    headers = {**callers.NO_STORE, **_UNTRUSTED, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, headers=headers, content_type=file.content_type)


def _decide(request_id: str, decision: Decision, reason: str, deps: service.Deps) -> Response:
    who = callers.operator(deps)
    by = callers.actor(who, operating=True)
    return callers.private_json(_shown(service.decide(who, by, request_id, decision, reason, deps)))


def _files() -> dict[str, bytes]:
    """The bytes by the name of the part; what the client calls its files is not even looked at."""
    form, files = _parsed()
    faults = {name: "given more than once" for name, found in files.lists() if len(found) > 1}
    faults |= dict.fromkeys(form, "is not a file")
    if faults:
        raise InvalidInput("the form does not fit", errors=faults)
    return {name: file.read() for name, file in files.items()}


def _parsed() -> tuple[MultiDict[str, str], MultiDict[str, FileStorage]]:
    """The fields and files of the form, kept in memory: a function has no disk to write to."""
    if request.mimetype != FORM:
        raise InvalidInput(f"the body must be {FORM}")
    parser = FormDataParser(
        stream_factory=lambda *_args, **_more: io.BytesIO(), max_form_parts=_PARTS_AT_MOST, silent=False
    )
    raw = request.get_data()
    try:
        _, form, files = parser.parse(io.BytesIO(raw), FORM, len(raw), request.mimetype_params)
    except ValueError as exc:
        raise InvalidInput("the body is no multipart form") from exc
    return form, files


def _shown(found: Request) -> dict[str, Any]:
    return {
        "id": found.id,
        "user_id": found.user_id,
        "state": found.state,
        "submitted_at": found.submitted_at,
        "decided_at": found.decided_at,
        "reason": found.reason,
        "files": [_described(file) for file in found.files],
    }


def _described(file: File) -> dict[str, Any]:
    return {"part": file.part, "content_type": file.content_type, "n_bytes": file.n_bytes, "sha256": file.sha256.hex()}
