"""A job and its progress as JSON, with estimates of percent and remaining time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from functions.scrape_league.jobs.model import Job, MatchCount, Progress, UnitCount
from shared.domain.catalogue.leagues import by_slug, slug_of

_REQUESTS_PER_UNIT: Mapping[str, int] = {"plan": 5, "round": 1, "match": 6, "player": 1, "release": 1}
_ROUNDS_PER_PLAN, _MATCHES_PER_ROUND = 34, 9
"""Estimates for what is not known yet: a season of 34 rounds of 9 matches."""


def to_json(job: Job, progress: Progress) -> dict[str, Any]:
    """Return a job with its progress, as callers see it."""
    pending, ended = _count_requests(progress.units)
    percent = 100.0 if job.ended_at else round(100 * ended / max(1, pending + ended), 1)
    n_left = sum(count.n for count in progress.units if count.kind == "match" and count.state == "pending")
    return {
        **summary_to_json(job),
        "percent": percent,
        "eta_s": round(n_left / progress.matches_per_s) if n_left and progress.matches_per_s else None,
        "leagues": _leagues_to_json(job, progress),
        "faults": [
            {"league": slug_of(fault.league_id), "kind": fault.kind, "ref": fault.ref, "state": fault.state}
            | {"reason": fault.reason}
            for fault in progress.faults
        ],
    }


def summary_to_json(job: Job) -> dict[str, Any]:
    """Return a job without its progress."""
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


def _leagues_to_json(job: Job, progress: Progress) -> list[dict[str, Any]]:
    matches = {count.league_id: count for count in progress.matches}
    leagues = []
    for slug in job.leagues:
        league_id = by_slug(slug).id
        counts = [count for count in progress.units if count.league_id == league_id]
        leagues.append({"league": slug, "matches": _matches_to_json(matches.get(league_id)), **_units_to_json(counts)})
    return leagues


def _matches_to_json(count: MatchCount | None) -> dict[str, int]:
    return {"expected": count.expected if count else 0, "with_details": count.with_details if count else 0}


def _units_to_json(counts: Sequence[UnitCount]) -> dict[str, Any]:
    units: dict[str, dict[str, int]] = {}
    for count in counts:
        units.setdefault(count.kind, {})[count.state] = count.n
    return {"rows": sum(count.n_rows for count in counts), "units": units}


def _count_requests(units: Sequence[UnitCount]) -> tuple[int, int]:
    """Return estimates of the requests still to send and of those sent."""
    per_round = _REQUESTS_PER_UNIT["round"] + _MATCHES_PER_ROUND * _REQUESTS_PER_UNIT["match"]
    ahead: Mapping[str, int] = {**_REQUESTS_PER_UNIT, "plan": _ROUNDS_PER_PLAN * per_round, "round": per_round}
    pending = sum(count.n * ahead[count.kind] for count in units if count.state == "pending")
    ended = sum(count.n * _REQUESTS_PER_UNIT[count.kind] for count in units if count.state != "pending")
    return pending, ended
