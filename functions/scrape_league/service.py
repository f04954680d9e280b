"""Use cases of the HTTP function: start and watch jobs, resume the source, and the scheduled tasks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from functions.scrape_league.jobs import policy
from functions.scrape_league.jobs.dispatch import dispatch, dispatch_stalled
from functions.scrape_league.jobs.model import CRON, JobRequest, KnownMatch
from functions.scrape_league.jobs.progress import summary_to_json, to_json
from functions.scrape_league.ports import Deps
from functions.scrape_league.source.endpoints import SOURCE
from shared.domain.accounts.audit import Actor
from shared.domain.catalogue.leagues import NINE, by_slug, slug_of
from shared.errors import Blocked, InvalidInput, NotFound
from shared.events.envelope import Event
from shared.events.ticks import task_of
from shared.security.tokens import Caller

_PLAN_MAX_AGE = timedelta(hours=24)
_FORGOTTEN_PER_TICK = 100
"""A short statement every few minutes instead of a long one that holds locks."""
_PROFILES_PER_TICK = 2_000
"""A quarter of the time between two ticks at one request per second."""
_MATCHES_PER_PLAN = 24
"""Matches that a plan counts for when workers are called: enough for one worker each."""
_MAX_KEY_LENGTH = 200


def start(request: JobRequest, caller: Caller, key: str, deps: Deps) -> dict[str, Any]:
    """Open a job, or find the running one of the same request, and call workers to it.

    Raises
    ------
    InvalidInput : unknown leagues or seasons.
    Blocked : the source refuses us; an operator has to resume it.
    Conflict : the key was used for another request.
    """
    request = _with_defaults(request, deps)
    circuit = deps.source.read()
    if circuit.blocked_at is not None:
        raise Blocked(f"the source refuses us: {circuit.blocked_reason}; an operator may POST /scrape/source/resume")
    if len(key) > _MAX_KEY_LENGTH:
        raise InvalidInput(f"Idempotency-Key is longer than {_MAX_KEY_LENGTH} characters")
    job_id = deps.jobs.open_job(request, caller.user_id, key)
    _dispatch_plans(job_id, request.leagues, deps)
    return get_job(job_id, deps)


def get_job(job_id: str, deps: Deps) -> dict[str, Any]:
    """Return a job with its progress, as callers see it."""
    return to_json(deps.jobs.get_job(job_id), deps.jobs.get_progress(job_id))


def list_jobs(after: tuple[datetime, str] | None, limit: int, deps: Deps) -> dict[str, Any]:
    """Return a page of jobs, the newest first, without progress."""
    jobs = deps.jobs.list_jobs(after, limit + 1)
    page = jobs[:limit]
    return {
        "items": [summary_to_json(job) | {"leagues": job.leagues} for job in page],
        "next": (page[-1].created_at, page[-1].id) if len(jobs) > limit else None,
    }


def get_source(deps: Deps) -> dict[str, Any]:
    """Return the state of the source, as callers see it."""
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
    """Close the circuit of the source and continue the blocked jobs: an operator's decision."""
    job_ids = deps.source.resume(by, reason, now=deps.clock.now())
    for job_id in job_ids:
        dispatch(job_id, "match", 1, deps.dispatcher)
    return get_source(deps) | {"resumed": job_ids}


def tick(event: Event, deps: Deps) -> None:
    """Run the scheduled task that the event names: ``results``, ``details`` or ``resume``."""
    tasks = {"results": _read_results, "details": _read_details, "resume": _resume_jobs}
    tasks[task_of(event, tasks)](deps)


def _resume_jobs(deps: Deps) -> None:
    """Call workers to stalled jobs, and forget old jobs and Idempotency-Keys."""
    dispatch_stalled(deps.jobs, deps.dispatcher, deps.rate_per_s)
    deps.jobs.forget_requests()
    deps.jobs.forget_jobs(_FORGOTTEN_PER_TICK)


def _read_results(deps: Deps) -> None:
    """Open a job for the current seasons in which a match should have ended."""
    if not _may_start("results", deps):
        return
    in_progress = deps.jobs.leagues_in_progress()
    due = tuple(slug for slug in _leagues(deps) if by_slug(slug).id not in in_progress and _is_league_due(slug, deps))
    if due:
        job_id = deps.jobs.open_job(JobRequest(leagues=due, seasons=("current",)), CRON, "", task="results")
        _dispatch_plans(job_id, due, deps)


def _read_details(deps: Deps) -> None:
    """Open a job for matches that lack slices or may have been corrected, and for profiles of new players."""
    if not _may_start("details", deps):
        return
    now = deps.clock.now()
    matches, players = deps.jobs.list_due_matches(now), deps.jobs.list_due_players(now, _PROFILES_PER_TICK)
    if matches or players:
        league_ids = {match.league_id for match in matches} | {player.league_id for player in players}
        slugs = tuple(sorted(map(slug_of, league_ids)))
        request = JobRequest(leagues=slugs, seasons=(), matches=tuple(matches), players=tuple(players))
        job_id = deps.jobs.open_job(request, CRON, "", task="details")
        n_workers = policy.parallelism(len(matches) + len(players), deps.rate_per_s)
        dispatch(job_id, "match", n_workers, deps.dispatcher)


def _dispatch_plans(job_id: str, leagues: Sequence[str], deps: Deps) -> None:
    n_workers = policy.parallelism(len(leagues) * _MATCHES_PER_PLAN, deps.rate_per_s)
    dispatch(job_id, "plan", n_workers, deps.dispatcher)


def _may_start(task: str, deps: Deps) -> bool:
    """Tell whether a scheduled task may start: it never overlaps itself, and not while the source is blocked."""
    return not deps.jobs.is_running(task) and deps.source.read().health != "blocked"


def _is_league_due(slug: str, deps: Deps) -> bool:
    league_id, now = by_slug(slug).id, deps.clock.now()
    read_ats = [known.read_at for known in deps.jobs.get_lists(league_id, 0)]
    if not read_ats or now >= max(read_ats) + _PLAN_MAX_AGE:
        return True
    season_id = deps.jobs.get_newest_seasons([league_id]).get(league_id)
    return season_id is not None and _is_season_due(league_id, season_id, now, deps)


def _is_season_due(league_id: int, season_id: int, now: datetime, deps: Deps) -> bool:
    read_ats = {known.ref: known.read_at for known in deps.jobs.get_lists(league_id, season_id)}
    rounds: dict[str, list[KnownMatch]] = {}
    for match in deps.jobs.get_season_matches(league_id, season_id):
        rounds.setdefault(match.round_ref, []).append(match)
    return any(policy.is_round_due(ms, read_ats.get(ref), now, is_manual=False) for ref, ms in rounds.items())


def _leagues(deps: Deps) -> tuple[str, ...]:
    return deps.leagues or tuple(league.slug for league in NINE)


def _with_defaults(request: JobRequest, deps: Deps) -> JobRequest:
    """Return the request with its defaults; raises `InvalidInput` that names every unknown league and season."""
    errors = {}
    leagues = tuple(dict.fromkeys(request.leagues or _leagues(deps)))
    for slug in leagues:
        try:
            by_slug(slug)
        except NotFound as exc:
            errors[f"leagues.{slug}"] = str(exc)
    seasons = tuple(dict.fromkeys(request.seasons or ("current",)))
    for selector in seasons:
        if not policy.is_season_selector(selector):
            errors[f"seasons.{selector}"] = "expected current, previous, or a label such as 2024/25 or 2025"
    if errors:
        unknown = ", ".join(name.partition(".")[2] for name in errors)
        raise InvalidInput(f"unknown league or season: {unknown}", errors=errors)
    return JobRequest(leagues=leagues, seasons=seasons, refresh=request.refresh)
