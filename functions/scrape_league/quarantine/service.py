"""What people may do with held answers: look at them, and let one pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from functions.scrape_league.quarantine.model import UNREADABLE, Quarantine, shown
from shared.domain.accounts.audit import Actor
from shared.domain.catalogue.leagues import by_slug
from shared.errors import Conflict
from shared.ports.clock import Clock


def entries(state: str, league: str, after: int, limit: int, quarantine: Quarantine) -> dict[str, Any]:
    """A page of entries, the oldest first; `NotFound` for a league that is none."""
    league_id = by_slug(league).id if league else None
    found = quarantine.entries(state=state, league_id=league_id, after=after, limit=limit + 1)
    page = found[:limit]
    return {"items": [shown(entry) for entry in page], "next": (page[-1].id,) if len(found) > limit else None}


def show(entry_id: int, quarantine: Quarantine) -> dict[str, Any]:
    """An entry with where its evidence lies."""
    entry = quarantine.entry(entry_id)
    evidence = [
        {
            "id": one.id,
            "path": one.path,
            "status": one.status,
            "fetched_at": one.fetched_at,
            "bytes": one.n_bytes,
            "object": one.object,
            "place": one.place,
            "sha256": one.sha256,
        }
        for one in quarantine.evidence(entry)
    ]
    return {**shown(entry), "evidence": evidence}


def release(
    entry_id: int, by: Actor, note: str, quarantine: Quarantine, clock: Clock, dispatch: Callable[[str, str, int], None]
) -> dict[str, Any]:
    """Let it pass: a job stores what it holds, and this version of it is not held back again.

    Raises
    ------
    NotFound : no such entry.
    Conflict : it is held no more, or cannot be read, so that nothing in it could be stored.
    """
    entry = quarantine.entry(entry_id)
    if any(broken["rule"] == UNREADABLE for broken in entry.violations):
        raise Conflict(f"entry {entry_id} cannot be read, so nothing in it could be stored")
    job_id = quarantine.release(entry, by, note, now=clock.now())
    dispatch(job_id, "release", 1)
    return {**shown(quarantine.entry(entry_id)), "job": job_id}
