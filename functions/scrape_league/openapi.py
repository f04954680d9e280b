"""Scrape-league, described for its OpenAPI document."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from functions.scrape_league.edge import Asked, CompletenessQuery, JobsQuery, QuarantineQuery, Release, Resumption
from shared.web.openapi import JSON, OPERATOR, USER, Operation, ResponseSpec, event_operation, ok


class Described(BaseModel):
    """A job without its progress."""

    id: str
    state: str
    fault: str
    requested_by: str
    seasons: list[str]
    refresh: bool
    created_at: datetime
    ended_at: datetime | None


class ListedJob(Described):
    """A job in a list."""

    leagues: list[str]


class Jobs(BaseModel):
    """A page, the newest first; `next` is the cursor of the following one."""

    items: list[ListedJob]
    next: str | None


class Matches(BaseModel):
    """Finished matches of a league's wanted seasons."""

    expected: int
    with_details: int


class LeagueProgress(BaseModel):
    """Where a job stands in one league: rows read, and units by kind and state."""

    league: str
    matches: Matches
    rows: int
    units: dict[str, dict[str, int]]


class Fault(BaseModel):
    """A unit that failed or was held back."""

    league: str
    kind: str
    ref: str
    state: str
    reason: str


class Job(Described):
    """A job and how far it is."""

    percent: float
    eta_s: int | None
    leagues: list[LeagueProgress]
    faults: list[Fault]


class Source(BaseModel):
    """How the source stands: ok; degraded, asked with care or after `rests_until`; blocked until a person decides."""

    source: str
    health: Literal["ok", "degraded", "blocked"]
    reason: str
    since: datetime | None
    failures_in_a_row: int
    rests_until: datetime | None
    requests_per_s: float | None


class Resumed(Source):
    """The source may be asked again; the jobs that go on."""

    resumed: list[str]


class SeasonMatches(BaseModel):
    """Fixtures of a season, and its finished matches; `fixtures_expected` only of a double round robin."""

    fixtures: int
    fixtures_expected: int | None
    finished: int
    complete: int
    overdue: int


class Lists(BaseModel):
    """Rounds and other lists of a season."""

    expected: int
    read: int


class Part(BaseModel):
    """One part of a season's finished matches; `denied` is said to be absent though the match promises it."""

    expected: int
    present: int
    absent: int
    missing: int
    failed: int
    denied: int
    quarantined: int


class Gap(BaseModel):
    """A list that was not read."""

    ref: str
    state: str
    reason: str


class SeasonReport(BaseModel):
    """What was collected of a season, and in `why` what is missing."""

    league: str
    season: str
    season_id: int
    state: Literal["complete", "incomplete"]
    why: list[str]
    matches: SeasonMatches
    quarantined: int
    lists: Lists
    slices: dict[str, Part]
    gaps: list[Gap]


class Completeness(BaseModel):
    """Seasons, the newest of a league first."""

    state: Literal["complete", "incomplete"]
    items: list[SeasonReport]


_HTML = "text/html"


class Broken(BaseModel):
    """A rule, and how an answer breaks it."""

    rule: str
    expected: str
    seen: str


class HeldPart(BaseModel):
    """A part of a match, or a list, that was held back; `part` is the slice, `detail` the whole match."""

    id: int
    state: Literal["held", "released", "resolved"]
    league: str
    season_id: int
    kind: str
    ref: str
    part: str
    violations: list[Broken]
    times_seen: int
    found_at: datetime
    seen_at: datetime
    decided_at: datetime | None
    decided_by: str
    note: str


class HeldEntry(HeldPart):
    """One in a list; evidence by the ids of raw answers."""

    evidence: list[int]


class HeldEntries(BaseModel):
    """A page, the oldest first."""

    items: list[HeldEntry]
    next: str | None


class RawAnswer(BaseModel):
    """An answer as it was kept: its body is the `place`-th of an object in the object store."""

    id: int
    path: str
    status: int
    fetched_at: datetime
    bytes: int
    object: str
    place: int
    sha256: str


class HeldShown(HeldPart):
    """One of it with where its evidence lies."""

    evidence: list[RawAnswer]


class Released(HeldEntry):
    """What was released, and the job that stores it."""

    job: str


OPERATIONS = {
    "start": Operation(
        summary="Start a job, or find the one that does the same",
        access=OPERATOR,
        headers={"Idempotency-Key": "the same key and wish lead to the same job"},
        body={JSON: Asked},
        body_required=False,
        examples={JSON: {"leagues": ["england"], "seasons": ["current"]}},
        responses=ok(Job, "It runs.", status=202, Location="where to watch it"),
        error_statuses=(409,),
    ),
    "page": Operation(
        summary="A page to watch jobs on",
        responses={
            200: ResponseSpec(
                description="The page; it asks the other routes as who is logged in.", content={_HTML: str}
            )
        },
    ),
    "jobs": Operation(summary="Jobs, the newest first", access=USER, query=JobsQuery, responses=ok(Jobs)),
    "job": Operation(summary="A job and how far it is", access=USER, responses=ok(Job)),
    "completeness": Operation(
        summary="What was collected of each season, and what is missing",
        access=USER,
        query=CompletenessQuery,
        responses=ok(Completeness),
        error_statuses=(404,),
    ),
    "entries": Operation(
        summary="What was held back, and the rules it breaks",
        access=OPERATOR,
        query=QuarantineQuery,
        responses=ok(HeldEntries),
        error_statuses=(404,),
    ),
    "entry": Operation(
        summary="One of what was held back, with its evidence", access=OPERATOR, responses=ok(HeldShown)
    ),
    "release": Operation(
        summary="Let pass what was held back",
        access=OPERATOR,
        body={JSON: Release},
        examples={JSON: {"note": "the report of the match says the same"}},
        responses=ok(Released, "A job stores it.", status=202, Location="where to watch it"),
        error_statuses=(409,),
    ),
    "source": Operation(summary="How the source stands", access=USER, responses=ok(Source)),
    "resume": Operation(
        summary="Let a source that refused us be asked again",
        access=OPERATOR,
        body={JSON: Resumption},
        body_required=False,
        responses=ok(Resumed),
    ),
    "tick": event_operation("dev.knative.sources.ping", "Do what the clock asks"),
}
