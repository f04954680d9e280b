"""The OpenAPI document of scrape-league: its responses and operations."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from functions.scrape_league.edge import (
    CompletenessQuery,
    JobsQuery,
    QuarantineQuery,
    ReleaseRequest,
    ResumeRequest,
    ScrapeRequest,
)
from shared.web.openapi import JSON, OPERATOR, USER, Operation, ResponseSpec, event_operation, ok


class JobSummary(BaseModel):
    """A job without its progress."""

    id: str
    state: str
    fault: str
    requested_by: str
    seasons: list[str]
    refresh: bool
    created_at: datetime
    ended_at: datetime | None


class ListedJob(JobSummary):
    """A job in a list."""

    leagues: list[str]


class JobPage(BaseModel):
    """A page of jobs, the newest first; `next` is the cursor of the following page."""

    items: list[ListedJob]
    next: str | None


class MatchProgress(BaseModel):
    """Finished matches of the requested seasons of a league, and those that are complete."""

    expected: int
    with_details: int


class LeagueProgress(BaseModel):
    """Progress of a job in one league: rows read, and units by kind and state."""

    league: str
    matches: MatchProgress
    rows: int
    units: dict[str, dict[str, int]]


class Fault(BaseModel):
    """A unit that has failed or was quarantined."""

    league: str
    kind: str
    ref: str
    state: str
    reason: str


class Job(JobSummary):
    """A job and its progress."""

    percent: float
    eta_s: int | None
    leagues: list[LeagueProgress]
    faults: list[Fault]


class Source(BaseModel):
    """State of the source: ok; degraded, failing or paused until `rests_until`; blocked until an operator decides."""

    source: str
    health: Literal["ok", "degraded", "blocked"]
    reason: str
    since: datetime | None
    failures_in_a_row: int
    rests_until: datetime | None
    requests_per_s: float | None


class ResumedSource(Source):
    """The resumed source, and the jobs that continue."""

    resumed: list[str]


class SeasonMatches(BaseModel):
    """Fixtures of a season, and its finished matches; `fixtures_expected` only of a double round robin."""

    fixtures: int
    fixtures_expected: int | None
    finished: int
    complete: int
    overdue: int


class ListReport(BaseModel):
    """Rounds and other lists of a season."""

    expected: int
    read: int


class SliceReport(BaseModel):
    """One slice of a season's finished matches; `denied` means absent although the match promises it."""

    expected: int
    present: int
    absent: int
    missing: int
    failed: int
    denied: int
    quarantined: int


class Gap(BaseModel):
    """A list that could not be read."""

    ref: str
    state: str
    reason: str


class SeasonReport(BaseModel):
    """The completeness of a season; `why` says what is missing."""

    league: str
    season: str
    season_id: int
    state: Literal["complete", "incomplete"]
    why: list[str]
    matches: SeasonMatches
    quarantined: int
    lists: ListReport
    slices: dict[str, SliceReport]
    gaps: list[Gap]


class Completeness(BaseModel):
    """Seasons, the newest of a league first."""

    state: Literal["complete", "incomplete"]
    items: list[SeasonReport]


_HTML = "text/html"


class Violation(BaseModel):
    """A rule, and how a response breaks it."""

    rule: str
    expected: str
    seen: str


class QuarantineSubject(BaseModel):
    """A part of a match, or a list, in quarantine; `part` is the slice, `detail` the whole match."""

    id: int
    state: Literal["held", "released", "resolved"]
    league: str
    season_id: int
    kind: str
    ref: str
    part: str
    violations: list[Violation]
    times_seen: int
    found_at: datetime
    seen_at: datetime
    decided_at: datetime | None
    decided_by: str
    note: str


class QuarantineEntry(QuarantineSubject):
    """An entry in a list; its evidence as ids of raw responses."""

    evidence: list[int]


class QuarantinePage(BaseModel):
    """A page of entries, the oldest first."""

    items: list[QuarantineEntry]
    next: str | None


class RawResponse(BaseModel):
    """A stored response: its body is number `place` of an object in the object store."""

    id: int
    path: str
    status: int
    fetched_at: datetime
    bytes: int
    object: str
    place: int
    sha256: str


class QuarantineDetail(QuarantineSubject):
    """An entry with its raw responses."""

    evidence: list[RawResponse]


class ReleasedEntry(QuarantineEntry):
    """A released entry, and the job that stores it."""

    job: str


OPERATIONS = {
    "start": Operation(
        summary="Start a job, or find the running one of the same request",
        access=OPERATOR,
        headers={"Idempotency-Key": "the same key with the same body leads to the same job"},
        body={JSON: ScrapeRequest},
        body_required=False,
        examples={JSON: {"leagues": ["england"], "seasons": ["current"]}},
        responses=ok(Job, "The job runs.", status=202, Location="URL of the job"),
        error_statuses=(409,),
    ),
    "page": Operation(
        summary="A page to watch jobs on",
        responses={
            200: ResponseSpec(
                description="The page; it uses the other routes with the login of its user.", content={_HTML: str}
            )
        },
    ),
    "jobs": Operation(summary="Jobs, the newest first", access=USER, query=JobsQuery, responses=ok(JobPage)),
    "job": Operation(summary="A job and its progress", access=USER, responses=ok(Job)),
    "completeness": Operation(
        summary="What was collected of each season and what is missing",
        access=USER,
        query=CompletenessQuery,
        responses=ok(Completeness),
        error_statuses=(404,),
    ),
    "entries": Operation(
        summary="The quarantine: what broke a rule, and the rules",
        access=OPERATOR,
        query=QuarantineQuery,
        responses=ok(QuarantinePage),
        error_statuses=(404,),
    ),
    "entry": Operation(
        summary="A quarantine entry with its raw responses", access=OPERATOR, responses=ok(QuarantineDetail)
    ),
    "release": Operation(
        summary="Release a quarantine entry, so that it is stored",
        access=OPERATOR,
        body={JSON: ReleaseRequest},
        examples={JSON: {"note": "the report of the match says the same"}},
        responses=ok(ReleasedEntry, "A job stores the entry.", status=202, Location="URL of the job"),
        error_statuses=(409,),
    ),
    "source": Operation(summary="The state of the source", access=USER, responses=ok(Source)),
    "resume": Operation(
        summary="Resume a source that refused us",
        access=OPERATOR,
        body={JSON: ResumeRequest},
        body_required=False,
        responses=ok(ResumedSource),
    ),
    "tick": event_operation("dev.knative.sources.ping", "Run a scheduled task"),
}
