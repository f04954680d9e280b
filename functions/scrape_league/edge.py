"""The bodies scrape-league accepts, and how its answers look outside."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from flask import Response, request
from pydantic import Field

from functions.scrape_league import ports, service
from functions.scrape_league.completeness import report
from functions.scrape_league.jobs import model
from functions.scrape_league.jobs.dispatch import dispatch
from functions.scrape_league.quarantine import service as quarantine
from shared.errors import InvalidInput
from shared.web import callers, http, paging
from shared.web.request_models import Body, PageQuery, Query


class Asked(Body):
    """What to collect; everything has a default."""

    leagues: list[str] = Field(default=[], max_length=50, description="slugs; empty means all configured")
    seasons: list[str] = Field(default=[], max_length=20, description="current, previous or a label such as 2024/25")
    refresh: bool = Field(default=False, description="read again what is settled, too")

    def wish(self) -> model.JobRequest:
        """As the service takes it."""
        return model.JobRequest(leagues=tuple(self.leagues), seasons=tuple(self.seasons), refresh=self.refresh)


class Resumption(Body):
    """A person's decision that the source may be asked again."""

    reason: str = Field(default="", max_length=500, description="kept by the audit trail")


class JobsQuery(PageQuery):
    """Query of the list of jobs."""


class CompletenessQuery(Query):
    """Query of the completeness report."""

    league: str = Field(default="", max_length=50, description="a slug; empty means all")
    season: str = Field(default="", max_length=20, description="a label such as 2025/26; empty means all")


class QuarantineQuery(PageQuery):
    """Query of the quarantine."""

    state: Literal["held", "released", "resolved", "all"] = Field(
        default="held", description="held; released by a person; resolved by a later answer that keeps the rules"
    )
    league: str = Field(default="", max_length=50, description="a slug; empty means all")


class Release(Body):
    """A person's decision that what was held back is right."""

    note: str = Field(min_length=3, max_length=500, description="why; kept with the entry and by the audit trail")


def start(deps: ports.Deps) -> Response:
    """202 with the job and where to watch it."""
    who = callers.operator(deps)
    asked = http.read_body(Asked) if request.get_data() else Asked()
    job = service.start(asked.wish(), who, request.headers.get("Idempotency-Key", "").strip(), deps)
    return http.json_response(job, 202, {"Location": f"/scrape/jobs/{job['id']}"})


def jobs(deps: ports.Deps) -> Response:
    """One page of jobs, its cursor opaque."""
    callers.caller(deps)
    asked = http.read_query(JobsQuery)
    page = service.list_jobs(_after(asked.cursor), asked.limit, deps)
    return http.json_response({**page, "next": paging.encode(page["next"])})


def job(job_id: UUID, deps: ports.Deps) -> Response:
    """A job with its progress."""
    callers.caller(deps)
    return http.json_response(service.read(str(job_id), deps), headers={"Cache-Control": "no-store"})


def completeness(deps: ports.Deps) -> Response:
    """What was collected of each season, and what is missing."""
    callers.caller(deps)
    asked = http.read_query(CompletenessQuery)
    leagues = [asked.league] if asked.league else []
    found = report.build_report(leagues, asked.season, deps.completeness, now=deps.clock.now())
    return http.json_response(found, headers={"Cache-Control": "no-store"})


def source(deps: ports.Deps) -> Response:
    """How the source stands."""
    callers.caller(deps)
    return http.json_response(service.source(deps), headers={"Cache-Control": "no-store"})


def resume(deps: ports.Deps) -> Response:
    """The circuit is closed again."""
    who = callers.operator(deps)
    asked = http.read_body(Resumption) if request.get_data() else Resumption()
    return http.json_response(service.resume_source(callers.actor(who, operating=True), asked.reason, deps))


def entries(deps: ports.Deps) -> Response:
    """A page of what was held back."""
    callers.operator(deps)
    asked = http.read_query(QuarantineQuery)
    (after,) = paging.decode(asked.cursor, int) or (0,)
    state = "" if asked.state == "all" else asked.state
    page = quarantine.list_entries(state, asked.league, after, asked.limit, deps.quarantine)
    return http.json_response({**page, "next": paging.encode(page["next"])}, headers={"Cache-Control": "no-store"})


def entry(entry_id: int, deps: ports.Deps) -> Response:
    """One of it, with where its evidence lies."""
    callers.operator(deps)
    return http.json_response(quarantine.get_entry(entry_id, deps.quarantine), headers={"Cache-Control": "no-store"})


def release(entry_id: int, deps: ports.Deps) -> Response:
    """202: a job stores it."""
    who = callers.operator(deps)
    note = http.read_body(Release).note
    released = quarantine.release(
        entry_id,
        callers.actor(who, operating=True),
        note,
        deps.quarantine,
        deps.clock,
        lambda job_id, kind, n: dispatch(job_id, kind, n, deps.dispatcher),
    )
    return http.json_response(released, 202, {"Location": f"/scrape/jobs/{released['job']}"})


def _after(cursor: str) -> tuple[datetime, str] | None:
    position: tuple[Any, ...] | None = paging.decode(cursor, str, str)
    if position is None:
        return None
    try:
        return datetime.fromisoformat(position[0]), str(UUID(position[1]))
    except ValueError as exc:
        raise InvalidInput("the cursor is not one of ours", errors={"cursor": "unreadable"}) from exc
