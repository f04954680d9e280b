"""Use cases of operators: list the quarantine, look at an entry, release it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from functions.scrape_league.quarantine.model import UNREADABLE, Evidence, Quarantine, to_json
from shared.domain.accounts.audit import Actor
from shared.domain.catalogue.leagues import by_slug
from shared.errors import Conflict
from shared.ports.clock import Clock


def list_entries(state: str, league: str, after: int, limit: int, quarantine: Quarantine) -> dict[str, Any]:
    """Return a page of entries, the oldest first; raises `NotFound` for an unknown league."""
    league_id = by_slug(league).id if league else None
    entries = quarantine.list_entries(state=state, league_id=league_id, after=after, limit=limit + 1)
    page = entries[:limit]
    return {"items": [to_json(entry) for entry in page], "next": (page[-1].id,) if len(entries) > limit else None}


def get_entry(entry_id: int, quarantine: Quarantine) -> dict[str, Any]:
    """Return an entry and where its raw responses are stored."""
    entry = quarantine.get_entry(entry_id)
    return {**to_json(entry), "evidence": [_evidence_to_json(raw) for raw in quarantine.get_evidence(entry)]}


def release(
    entry_id: int, by: Actor, note: str, quarantine: Quarantine, clock: Clock, dispatch: Callable[[str, str, int], None]
) -> dict[str, Any]:
    """Release an entry: a job stores it, and its rules are waived for this version from now on.

    Raises
    ------
    NotFound : there is no such entry.
    Conflict : the entry is no longer held, or is unreadable, so that nothing could be stored.
    """
    entry = quarantine.get_entry(entry_id)
    if any(violation["rule"] == UNREADABLE for violation in entry.violations):
        raise Conflict(f"entry {entry_id} cannot be released: its response is unreadable, so nothing could be stored")
    job_id = quarantine.release(entry, by, note, now=clock.now())
    dispatch(job_id, "release", 1)
    return {**to_json(quarantine.get_entry(entry_id)), "job": job_id}


def _evidence_to_json(raw: Evidence) -> dict[str, Any]:
    return {
        "id": raw.id,
        "path": raw.path,
        "status": raw.status,
        "fetched_at": raw.fetched_at,
        "bytes": raw.n_bytes,
        "object": raw.object,
        "place": raw.index_in_pack,
        "sha256": raw.sha256,
    }
