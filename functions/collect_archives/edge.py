"""HTTP edge: bodies and queries of the routes, and their responses."""

from __future__ import annotations

from typing import Literal

from flask import Response
from pydantic import Field

from functions.collect_archives import ports, service
from shared.web import callers, http, paging
from shared.web.request_models import Body, PageQuery, PrintableText

_NO_STORE = {"Cache-Control": "no-store"}


class RefreshRequest(Body):
    """Which archive is read now; empty means all that are kept fresh."""

    source: Literal["", "footballdata", "openfootball", "datahub"] = ""


class CollectRequest(Body):
    """Nothing but the wish."""


class ResumeRequest(Body):
    """An operator's decision that an archive may be asked again."""

    source: Literal["footballdata", "openfootball", "datahub"]
    reason: PrintableText = Field(default="", max_length=500, description="kept by the audit trail")


class FilesQuery(PageQuery):
    """Query of the list of files."""

    source: Literal["", "footballdata", "openfootball", "datahub"] = ""


def status(deps: ports.Deps) -> Response:
    """Return the archives."""
    callers.operator(deps)
    return http.json_response(service.status(deps), headers=_NO_STORE)


def refresh(deps: ports.Deps) -> Response:
    """Read all files again that have changed."""
    callers.operator(deps)
    return http.json_response(service.refresh(http.read_body(RefreshRequest).source, deps), 202, headers=_NO_STORE)


def collect(deps: ports.Deps) -> Response:
    """Read what is due, for some seconds."""
    callers.operator(deps)
    http.read_body(CollectRequest)
    service.collect(deps)
    return http.json_response(service.status(deps), headers=_NO_STORE)


def resume(deps: ports.Deps) -> Response:
    """Let an archive that refused us be asked again."""
    user = callers.operator(deps)
    body = http.read_body(ResumeRequest)
    by = callers.actor(user, operating=True)
    return http.json_response(service.resume(body.source, by, body.reason, deps), headers=_NO_STORE)


def files(deps: ports.Deps) -> Response:
    """Return a page of files."""
    callers.operator(deps)
    query = http.read_query(FilesQuery)
    position = paging.decode(query.cursor, str, str, query=query.source) or ("", "")
    rows = deps.files.list_files(query.source, (position[0], position[1]), query.limit + 1)
    page = rows[: query.limit]
    last = [page[-1]["source"], page[-1]["address"]] if len(rows) > query.limit else None
    payload = {"items": page, "next": paging.encode(last, query=query.source)}
    return http.json_response(payload, headers=_NO_STORE)
