"""What callers and the clock may ask of the collector: start a job, see how it goes, let the source be asked again."""

from __future__ import annotations

import json
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
from shared.security.tokens import Caller

_PLAN_REST = timedelta(hours=24)
_PROFILES_A_TICK = 2_000
"""A quarter of the time between two ticks at one request a second."""
_PLAN_WORTH = 24
"""Matches a plan counts for when workers are called: one each."""


def start(wish: JobRequest, who: Caller, key: str, deps: Deps) -> dict[str, Any]:
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
    dispatch(job_id, "plan", policy.parallelism(len(wish.leagues) * _PLAN_WORTH, deps.rate_per_s), deps.dispatcher)
    return read(job_id, deps)


def read(job_id: str, deps: Deps) -> dict[str, Any]:
    """A job with its progress, as callers see it."""
    job = deps.jobs.job(job_id)
    progress = deps.jobs.progress(job_id)
    return to_json(job, progress)


def list_jobs(after: tuple[datetime, str] | None, limit: int, deps: Deps) -> dict[str, Any]:
    """A page of jobs, newest first, without progress."""
    found = deps.jobs.jobs(after, limit + 1)
    page = found[:limit]
    more = len(found) > limit
    return {
        "items": [summary_to_json(job) | {"leagues": job.leagues} for job in page],
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
        dispatch(job_id, "match", 1, deps.dispatcher)
    return source(deps) | {"resumed": jobs}


def tick(event: Event, deps: Deps) -> None:
    """Do what the clock asks: ``results``, ``details`` or ``resume``. Nothing when nothing is due."""
    try:
        task = json.loads(event.data)["task"]
        work = {"results": _tick_results, "details": _tick_details, "resume": _tick_resume}[task]
    except (ValueError, KeyError, TypeError) as exc:
        raise InvalidInput(f'event {event.id}: expected {{"task": "results" | "details" | "resume"}}') from exc
    work(deps)


def _tick_resume(deps: Deps) -> None:
    """Call workers to jobs that nobody works on."""
    dispatch_stalled(deps.jobs, deps.dispatcher, deps.rate_per_s)


def _tick_results(deps: Deps) -> None:
    """Read the rounds of current seasons in which something should have happened."""
    if not _may_start("results", deps):
        return
    wish, under_way = _checked(JobRequest(leagues=(), seasons=("current",)), deps), deps.jobs.leagues_under_way()
    due = tuple(slug for slug in wish.leagues if by_slug(slug).id not in under_way and _is_league_due(slug, deps))
    if due:
        job_id = deps.jobs.open(JobRequest(leagues=due, seasons=("current",)), CRON, "", task="results")
        dispatch(job_id, "plan", policy.parallelism(len(due) * _PLAN_WORTH, deps.rate_per_s), deps.dispatcher)


def _tick_details(deps: Deps) -> None:
    """Fetch what finished matches still lack or may have had corrected, and profiles of players not seen before."""
    if not _may_start("details", deps):
        return
    now = deps.clock.now()
    matches, players = deps.jobs.due_matches(now), deps.jobs.due_players(now, _PROFILES_A_TICK)
    if matches or players:
        league_ids = {match.league_id for match in matches} | {player.league_id for player in players}
        slugs = tuple(sorted(map(slug_of, league_ids)))
        wish = JobRequest(leagues=slugs, seasons=(), matches=tuple(matches), players=tuple(players))
        job_id = deps.jobs.open(wish, CRON, "", task="details")
        dispatch(job_id, "match", policy.parallelism(len(matches) + len(players), deps.rate_per_s), deps.dispatcher)


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
    rounds: dict[str, list[KnownMatch]] = {}
    for match in deps.jobs.season_matches(league_id, season_id):
        rounds.setdefault(match.round_ref, []).append(match)
    return any(policy.is_due(matches, lists.get(ref), now, asked=False) for ref, matches in rounds.items())


def _checked(wish: JobRequest, deps: Deps) -> JobRequest:
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
        if not policy.is_selector(selector):
            faults[f"seasons.{selector}"] = "expected current, previous, or a label such as 2024/25 or 2025"
    if faults:
        raise InvalidInput("what to collect cannot be meant", errors=faults)
    return JobRequest(leagues=leagues, seasons=seasons, refresh=wish.refresh)
