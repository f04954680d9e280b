"""A job and its progress as JSON, with estimates of percent and remaining time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from functions.scrape_league.jobs.model import Job, Progress, UnitCount
from shared.domain.catalogue.leagues import by_slug, slug_of

_WEIGHTS: Mapping[str, int] = {"plan": 5, "round": 1, "match": 6, "player": 1, "release": 1}
"""Requests a unit costs, about; what is not known yet is guessed from a season of 34 rounds of 9 matches."""

_ROUNDS_AHEAD, _MATCHES_PER_ROUND = 34, 9


def to_json(job: Job, progress: Progress) -> dict[str, Any]:
    """A job with its progress, as callers see it."""
    pending, ended = _weights(progress.units)
    percent = 100.0 if job.ended_at else round(100 * ended / max(1, pending + ended), 1)
    left = sum(count.n for count in progress.units if count.kind == "match" and count.state == "pending")
    return {
        **summary_to_json(job),
        "percent": percent,
        "eta_s": round(left / progress.matches_per_s) if left and progress.matches_per_s else None,
        "leagues": _by_league(job, progress),
        "faults": [
            {"league": slug_of(fault.league_id), "kind": fault.kind, "ref": fault.ref, "state": fault.state}
            | {"reason": fault.reason}
            for fault in progress.faults
        ],
    }


def summary_to_json(job: Job) -> dict[str, Any]:
    """A job without its progress."""
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
