"""Routes of collect-archives, described for its OpenAPI document."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

from functions.collect_archives import edge
from shared.web.openapi import JSON, OPERATOR, Operation, ResponseSpec, event_operation, ok


class Archive(BaseModel):
    """An archive: its terms, whether it may be asked, and the counts of its files."""

    source: str
    name: str
    home: str
    licence: str
    terms: str
    enabled: bool
    health: Literal["ok", "degraded", "blocked"]
    refusal: str
    n_files: int
    n_due: int
    n_fresh: int
    n_missing: int
    n_failing: int
    n_matches: int
    changed_at: datetime | None


class Archives(BaseModel):
    """All archives that can be kept fresh."""

    items: list[Archive]


class File(BaseModel):
    """A file of an archive: when it is read again, how it went last, and what was odd in it."""

    source: str
    address: str
    kind: Literal["season", "country", "fixtures"]
    league: str
    starts_in: int
    state: Literal["new", "fresh", "missing", "refused", "failing"]
    due_at: datetime | None
    tried_at: datetime | None
    changed_at: datetime | None
    n_failures: int
    fault: str
    n_matches: int
    n_findings: int
    findings: list[dict[str, Any]]


class Files(BaseModel):
    """A page of files by source and address."""

    items: list[File]
    next: str | None


OPERATIONS = {
    "status": Operation(summary="Archives and their terms", responses=ok(Archives), access=OPERATOR),
    "files": Operation(summary="The files of archives", query=edge.FilesQuery, responses=ok(Files), access=OPERATOR),
    "refresh": Operation(
        summary="Read all files again that have changed",
        body={JSON: edge.RefreshRequest},
        responses={202: ResponseSpec(description="Begun; the rest follows by the clock.", content={JSON: Archives})},
        access=OPERATOR,
    ),
    "collect": Operation(
        summary="Read what is due, for some seconds",
        body={JSON: edge.CollectRequest},
        responses=ok(Archives),
        access=OPERATOR,
    ),
    "resume": Operation(
        summary="Let an archive that refused us be asked again",
        body={JSON: edge.ResumeRequest},
        responses=ok(Archives),
        access=OPERATOR,
        error_statuses=(404,),
    ),
    "tick": event_operation("dev.knative.sources.ping", "Read what is due"),
}
