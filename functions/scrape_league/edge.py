"""HTTP edge: request bodies and queries of the routes, and their responses."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from flask import Response, request
from pydantic import Field

from functions.scrape_league import ports, service
from functions.scrape_league.completeness import report
from functions.scrape_league.jobs.dispatch import dispatch
from functions.scrape_league.jobs.model import JobRequest
from functions.scrape_league.quarantine import service as quarantine
from shared.errors import InvalidInput
from shared.web import callers, http, paging
from shared.web.request_models import Body, PageQuery, PrintableText, Query

_NO_STORE = {"Cache-Control": "no-store"}


class ScrapeRequest(Body):
    """Leagues and seasons to collect; everything has a default."""

    leagues: list[str] = Field(default=[], max_length=50, description="slugs; empty means all configured")
    seasons: list[str] = Field(default=[], max_length=20, description="current, previous or a label such as 2024/25")
    refresh: bool = Field(default=False, description="read again what is complete as well")

    def to_job_request(self) -> JobRequest:
        """Return the request as the service takes it."""
        return JobRequest(leagues=tuple(self.leagues), seasons=tuple(self.seasons), refresh=self.refresh)


class ResumeRequest(Body):
    """An operator's decision that the source may be requested again."""

    reason: PrintableText = Field(default="", max_length=500, description="kept by the audit trail")


class JobsQuery(PageQuery):
    """Query of the list of jobs."""


class CompletenessQuery(Query):
    """Query of the completeness report."""

    league: str = Field(default="", max_length=50, description="a slug; empty means all")
    season: str = Field(default="", max_length=20, description="a label such as 2025/26; empty means all")


class QuarantineQuery(PageQuery):
    """Query of the quarantine."""

    state: Literal["held", "released", "resolved", "all"] = Field(
        default="held", description="held; released by an operator; resolved by a later response that passes the rules"
    )
    league: str = Field(default="", max_length=50, description="a slug; empty means all")


class ReleaseRequest(Body):
    """An operator's decision that a quarantine entry is right."""

    note: PrintableText = Field(
        min_length=3, max_length=500, description="why; kept with the entry and by the audit trail"
    )


def start(deps: ports.Deps) -> Response:
    """Start a job; 202 with the job and its location."""
    caller = callers.operator(deps)
    body = http.read_body(ScrapeRequest) if request.get_data() else ScrapeRequest()
    key = request.headers.get("Idempotency-Key", "").strip()
    job = service.start(body.to_job_request(), caller, key, deps)
    return http.json_response(job, 202, {"Location": f"/scrape/jobs/{job['id']}"})


def jobs(deps: ports.Deps) -> Response:
    """Return a page of jobs with an opaque cursor."""
    callers.caller(deps)
    query = http.read_query(JobsQuery)
    page = service.list_jobs(_read_cursor(query.cursor), query.limit, deps)
    return http.json_response({**page, "next": paging.encode(page["next"])})


def job(job_id: UUID, deps: ports.Deps) -> Response:
    """Return a job with its progress."""
    callers.caller(deps)
    return http.json_response(service.get_job(str(job_id), deps), headers=_NO_STORE)


def completeness(deps: ports.Deps) -> Response:
    """Return what was collected of each season and what is missing."""
    callers.caller(deps)
    query = http.read_query(CompletenessQuery)
    leagues = [query.league] if query.league else []
    seasons = report.build_report(leagues, query.season, deps.completeness, now=deps.clock.now())
    return http.json_response(seasons, headers=_NO_STORE)


def source(deps: ports.Deps) -> Response:
    """Return the state of the source."""
    callers.caller(deps)
    return http.json_response(service.get_source(deps), headers=_NO_STORE)


def resume(deps: ports.Deps) -> Response:
    """Close the circuit of the source."""
    caller = callers.operator(deps)
    body = http.read_body(ResumeRequest) if request.get_data() else ResumeRequest()
    return http.json_response(service.resume_source(callers.actor(caller, operating=True), body.reason, deps))


def entries(deps: ports.Deps) -> Response:
    """Return a page of the quarantine."""
    callers.operator(deps)
    query = http.read_query(QuarantineQuery)
    (after,) = paging.decode(query.cursor, int) or (0,)
    state = "" if query.state == "all" else query.state
    page = quarantine.list_entries(state, query.league, after, query.limit, deps.quarantine)
    return http.json_response({**page, "next": paging.encode(page["next"])}, headers=_NO_STORE)


def entry(entry_id: int, deps: ports.Deps) -> Response:
    """Return one quarantine entry with its raw responses."""
    callers.operator(deps)
    return http.json_response(quarantine.get_entry(entry_id, deps.quarantine), headers=_NO_STORE)


def release(entry_id: int, deps: ports.Deps) -> Response:
    """Release a quarantine entry; 202 with the job that stores it."""
    caller = callers.operator(deps)
    note = http.read_body(ReleaseRequest).note
    released = quarantine.release(
        entry_id,
        callers.actor(caller, operating=True),
        note,
        deps.quarantine,
        deps.clock,
        lambda job_id, kind, n: dispatch(job_id, kind, n, deps.dispatcher),
    )
    return http.json_response(released, 202, {"Location": f"/scrape/jobs/{released['job']}"})


def _read_cursor(cursor: str) -> tuple[datetime, str] | None:
    position: tuple[Any, ...] | None = paging.decode(cursor, str, str)
    if position is None:
        return None
    try:
        return datetime.fromisoformat(position[0]), str(UUID(position[1]))
    except ValueError as exc:
        raise InvalidInput("unknown cursor: pass `next` of the page before", errors={"cursor": "unknown"}) from exc
