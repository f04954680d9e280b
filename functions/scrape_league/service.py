"""What callers and the clock may ask of the collector: start a job, see how it goes, let the source be asked again."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from functions.scrape_league.jobs import policy as core
from functions.scrape_league.jobs.policy import SOURCE, SeenMatch, SeenPlayer
from functions.scrape_league.quarantine.model import Quarantine
from functions.scrape_league.source.circuit import Circuit
from shared.domain.accounts.audit import Actor
from shared.domain.catalogue.leagues import NINE, by_slug, slug_of
from shared.domain.football.completeness import Season
from shared.errors import Blocked, InvalidInput, NotFound, TouchlineError
from shared.events.envelope import Event
from shared.ports.clock import Clock
from shared.ports.probes import Probes
from shared.security.tokens import Caller, Tokens

_log = logging.getLogger(__name__)

CRON = "cron"
"""Who asked when nobody did; people are named by their user id."""

INVITE_QUIET_S = 10.0
"""A job is not invited again so soon: invitations under way need a moment to be taken."""

_PLAN_REST = timedelta(hours=24)
_WEIGHTS = {"plan": 5, "round": 1, "match": 6, "player": 1, "release": 1}
"""Requests a unit costs, about; what is not known yet is guessed from a season of 34 rounds of 9 matches."""
_ROUNDS_AHEAD, _MATCHES_PER_ROUND = 34, 9
_PROFILES_A_TICK = 2_000
"""A quarter of the time between two ticks at one request a second."""
_PLAN_WORTH = 24
"""Matches a plan counts for when workers are called: one each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be collected."""

    leagues: tuple[str, ...]
    seasons: tuple[str, ...]
    refresh: bool = False
    """Read again what is settled, too."""
    matches: tuple[core.SeenMatch, ...] = ()
    """Only the details of these; no lists are read."""
    players: tuple[core.SeenPlayer, ...] = ()
    """Only the profiles of these."""

    @property
    def digest(self) -> str:
        """One text per wish, whatever order it was written in."""
        ids = sorted(match.match_id for match in self.matches)
        plain = [sorted(self.leagues), sorted(self.seasons), self.refresh, bool(ids), bool(self.players)]
        return hashlib.sha256(json.dumps(plain).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as stored."""

    id: str
    requested_by: str
    leagues: list[str]
    seasons: list[str]
    refresh: bool
    state: str
    fault: str
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitCount:
    """Units of one league, kind and state."""

    league_id: int
    kind: str
    state: str
    n: int
    n_rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchCount:
    """Finished matches of a job's seasons in one league, and how many of them are complete."""

    league_id: int
    expected: int
    with_details: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A unit that failed or was held back."""

    kind: str
    league_id: int
    season_id: int
    ref: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where a job stands."""

    units: list[UnitCount]
    matches: list[MatchCount]
    matches_per_s: float
    faults: list[Fault]


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """A running job with work that nobody does."""

    job_id: str
    n_free: int
    n_working: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRead:
    """A list of the source that was read in full, or that it says it does not have."""

    path: str
    ref: str
    etag: str
    read_at: datetime
    last_modified: str = ""
    confirmations: int = 0
    """Times the source said that there is none, first at `read_at`; definitive from two on."""


class Jobs(Protocol):
    """The queue of record, as those see it who ask for work."""

    def open(self, wish: Wish, requested_by: str, key: str, *, task: str = "") -> str:
        """Id of a new job, of the running one that wishes the same, or of what the key led to before.

        At most one job of a `task` runs. Raises `Conflict` when the key stands for another wish."""

    def job(self, job_id: str) -> Job:
        """The job, or `NotFound`."""

    def jobs(self, after: tuple[datetime, str] | None, limit: int) -> list[Job]:
        """Jobs, newest first, after a position."""

    def progress(self, job_id: str) -> Progress:
        """Where it stands."""

    def is_running(self, task: str) -> bool:
        """Whether a job of this schedule has not ended."""

    def leagues_under_way(self) -> set[int]:
        """Leagues whose lists some job is still to read."""

    def idle(self, quiet_s: float) -> list[Idle]:
        """Running jobs with free work, not invited within `quiet_s`; ends those that have none left."""

    def mark_invited(self, job_id: str, quiet_s: float) -> bool:
        """Whether it is ours to invite now."""

    def lists(self, league_id: int, season_id: int) -> list[ListRead]:
        """What was read of a season; season 0 holds the league's own lists."""

    def season_matches(self, league_id: int, season_id: int) -> list[SeenMatch]:
        """Matches of a season."""

    def newest_seasons(self, league_ids: Sequence[int]) -> dict[int, int]:
        """Newest season read, by league."""

    def due_matches(self, now: datetime) -> list[SeenMatch]:
        """Finished matches that lack a slice and may be tried (again), or may have been corrected."""

    def due_players(self, now: datetime, limit: int) -> list[SeenPlayer]:
        """Players whose profiles were never asked for, or long ago."""


class Source(Protocol):
    """The circuit of the source."""

    def read(self) -> Circuit:
        """As it is."""

    def resume(self, by: Actor, reason: str, *, now: datetime) -> list[str]:
        """Close it; the audit trail keeps who did it and why. The ids of the jobs that go on."""


class Books(Protocol):
    """What was collected, and what is missing."""

    def completeness(self, league_ids: Sequence[int] | None, *, now: datetime) -> list[Season]:
        """The report on every season of these leagues, of all when there are none."""


class Invite(Protocol):
    """Calls workers to a job."""

    def __call__(self, job_id: str, kind: str, n: int) -> None:
        """Send `n` invitations; raises `Unavailable` when the broker is silent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """What the edge needs."""

    jobs: Jobs
    source: Source
    books: Books
    quarantine: Quarantine
    invite: Invite
    tokens: Tokens | None
    """None where nobody calls: in a worker."""
    clock: Clock
    probes: Probes
    leagues: tuple[str, ...]
    rate_per_s: float


def start(wish: Wish, who: Caller, key: str, deps: Deps) -> dict[str, Any]:
    """Open a job, or find the one that does the same, and call workers to it.

    Raises
    ------
    InvalidInput : a league or season that cannot be meant.
    Blocked : the source refuses us; a person has to decide.
    Conflict : the key stands for another wish.
    """
    wish = _checked(wish, deps)
    circuit = deps.source.read()
    if circuit.blocked_at is not None:
        raise Blocked(f"the source refuses us: {circuit.blocked_reason}; an operator may POST /scrape/source/resume")
    if len(key) > 200:
        raise InvalidInput("Idempotency-Key is longer than 200 characters")
    job_id = deps.jobs.open(wish, who.user_id, key)
    call(job_id, "plan", core.parallelism(len(wish.leagues) * _PLAN_WORTH, deps.rate_per_s), deps)
    return read(job_id, deps)


def read(job_id: str, deps: Deps) -> dict[str, Any]:
    """A job with its progress, as callers see it."""
    job = deps.jobs.job(job_id)
    progress = deps.jobs.progress(job_id)
    pending, ended = _weights(progress.units)
    percent = 100.0 if job.ended_at else round(100 * ended / max(1, pending + ended), 1)
    left = sum(count.n for count in progress.units if count.kind == "match" and count.state == "pending")
    return {
        **_shown(job),
        "percent": percent,
        "eta_s": round(left / progress.matches_per_s) if left and progress.matches_per_s else None,
        "leagues": _by_league(job, progress),
        "faults": [
            {"league": slug_of(fault.league_id), "kind": fault.kind, "ref": fault.ref, "state": fault.state}
            | {"reason": fault.reason}
            for fault in progress.faults
        ],
    }


def list_jobs(after: tuple[datetime, str] | None, limit: int, deps: Deps) -> dict[str, Any]:
    """A page of jobs, newest first, without progress."""
    found = deps.jobs.jobs(after, limit + 1)
    page = found[:limit]
    more = len(found) > limit
    return {
        "items": [_shown(job) | {"leagues": job.leagues} for job in page],
        "next": (page[-1].created_at, page[-1].id) if more else None,
    }


def source(deps: Deps) -> dict[str, Any]:
    """How the source stands, as callers see it."""
    circuit = deps.source.read()
    return {
        "source": SOURCE,
        "health": circuit.health,
        "reason": circuit.blocked_reason,
        "since": circuit.blocked_at or circuit.failing_since,
        "failures_in_a_row": circuit.n_failures,
        "rests_until": circuit.opened_until,
        "requests_per_s": deps.rate_per_s or None,
    }


def resume_source(by: Actor, reason: str, deps: Deps) -> dict[str, Any]:
    """Close the circuit of the source and let the blocked jobs go on: a person's decision."""
    jobs = deps.source.resume(by, reason, now=deps.clock.now())
    for job_id in jobs:
        call(job_id, "match", 1, deps)
    return source(deps) | {"resumed": jobs}


def tick(event: Event, deps: Deps) -> None:
    """Do what the clock asks: ``results``, ``details`` or ``resume``. Nothing when nothing is due."""
    try:
        task = json.loads(event.data)["task"]
        work = {"results": _tick_results, "details": _tick_details, "resume": call_idle}[task]
    except (ValueError, KeyError, TypeError) as exc:
        raise InvalidInput(f'event {event.id}: expected {{"task": "results" | "details" | "resume"}}') from exc
    work(deps)


def call_idle(deps: Deps, *, quiet_s: float = INVITE_QUIET_S) -> None:
    """Call workers to every running job that has work nobody does: after a crash, a lost broker, a waited-out pause."""
    for idle in deps.jobs.idle(quiet_s):
        missing = core.parallelism(idle.n_free, deps.rate_per_s) - idle.n_working
        if missing > 0 and deps.jobs.mark_invited(idle.job_id, quiet_s):
            call(idle.job_id, "match", missing, deps)


def _tick_results(deps: Deps) -> None:
    """Read the rounds of current seasons in which something should have happened."""
    if not _may_start("results", deps):
        return
    wish, under_way = _checked(Wish(leagues=(), seasons=("current",)), deps), deps.jobs.leagues_under_way()
    due = tuple(slug for slug in wish.leagues if by_slug(slug).id not in under_way and _is_league_due(slug, deps))
    if due:
        job_id = deps.jobs.open(Wish(leagues=due, seasons=("current",)), CRON, "", task="results")
        call(job_id, "plan", core.parallelism(len(due) * _PLAN_WORTH, deps.rate_per_s), deps)


def _tick_details(deps: Deps) -> None:
    """Fetch what finished matches still lack or may have had corrected, and profiles of players not seen before."""
    if not _may_start("details", deps):
        return
    now = deps.clock.now()
    matches, players = deps.jobs.due_matches(now), deps.jobs.due_players(now, _PROFILES_A_TICK)
    if matches or players:
        league_ids = {match.league_id for match in matches} | {player.league_id for player in players}
        slugs = tuple(sorted(map(slug_of, league_ids)))
        wish = Wish(leagues=slugs, seasons=(), matches=tuple(matches), players=tuple(players))
        job_id = deps.jobs.open(wish, CRON, "", task="details")
        call(job_id, "match", core.parallelism(len(matches) + len(players), deps.rate_per_s), deps)


def _may_start(task: str, deps: Deps) -> bool:
    """A schedule never overlaps itself, and does not ask a source that has refused us. Other jobs may run beside it."""
    return not deps.jobs.is_running(task) and deps.source.read().health != "blocked"


def _is_league_due(slug: str, deps: Deps) -> bool:
    league_id, now = by_slug(slug).id, deps.clock.now()
    read_ats = [known.read_at for known in deps.jobs.lists(league_id, 0)]
    if not read_ats or now >= max(read_ats) + _PLAN_REST:
        return True
    season_id = deps.jobs.newest_seasons([league_id]).get(league_id)
    if season_id is None:
        return False
    lists = {known.ref: known.read_at for known in deps.jobs.lists(league_id, season_id)}
    rounds: dict[str, list[SeenMatch]] = {}
    for match in deps.jobs.season_matches(league_id, season_id):
        rounds.setdefault(match.round_ref, []).append(match)
    return any(core.is_due(matches, lists.get(ref), now, asked=False) for ref, matches in rounds.items())


def _checked(wish: Wish, deps: Deps) -> Wish:
    """The wish with its defaults, or `InvalidInput` naming every fault."""
    faults = {}
    leagues = tuple(dict.fromkeys(wish.leagues or deps.leagues or tuple(league.slug for league in NINE)))
    for slug in leagues:
        try:
            by_slug(slug)
        except NotFound as exc:
            faults[f"leagues.{slug}"] = str(exc)
    seasons = tuple(dict.fromkeys(wish.seasons or ("current",)))
    for selector in seasons:
        if not core.is_selector(selector):
            faults[f"seasons.{selector}"] = "expected current, previous, or a label such as 2024/25 or 2025"
    if faults:
        raise InvalidInput("what to collect cannot be meant", errors=faults)
    return Wish(leagues=leagues, seasons=seasons, refresh=wish.refresh)


def call(job_id: str, kind: str, n: int, deps: Deps) -> None:
    """Invite; a silent broker delays the job until the next tick or worker start, it does not undo it."""
    try:
        deps.invite(job_id, kind, n)
    except TouchlineError as exc:
        _log.warning("no invitation sent: %s", exc, extra={"action": "invite", "job": job_id})


def _shown(job: Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "state": job.state,
        "fault": job.fault,
        "requested_by": job.requested_by,
        "seasons": job.seasons,
        "refresh": job.refresh,
        "created_at": job.created_at,
        "ended_at": job.ended_at,
    }


def _by_league(job: Job, progress: Progress) -> list[dict[str, Any]]:
    matches = {count.league_id: count for count in progress.matches}
    shown = []
    for slug in job.leagues:
        league_id = by_slug(slug).id
        units: dict[str, dict[str, int]] = {}
        n_rows = 0
        for count in progress.units:
            if count.league_id == league_id:
                units.setdefault(count.kind, {})[count.state] = count.n
                n_rows += count.n_rows
        known = matches.get(league_id)
        shown.append(
            {
                "league": slug,
                "matches": {
                    "expected": known.expected if known else 0,
                    "with_details": known.with_details if known else 0,
                },
                "rows": n_rows,
                "units": units,
            }
        )
    return shown


def _weights(units: Sequence[UnitCount]) -> tuple[int, int]:
    """Requests still to send and already sent, about."""
    round_weight = _WEIGHTS["round"] + _MATCHES_PER_ROUND * _WEIGHTS["match"]
    ahead: Mapping[str, int] = {**_WEIGHTS, "plan": _ROUNDS_AHEAD * round_weight, "round": round_weight}
    pending = sum(count.n * ahead[count.kind] for count in units if count.state == "pending")
    ended = sum(count.n * _WEIGHTS[count.kind] for count in units if count.state != "pending")
    return pending, ended
