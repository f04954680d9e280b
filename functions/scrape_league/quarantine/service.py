"""What people may do with held answers: look at them, and let one pass."""

from __future__ import annotations

from typing import Any

from functions.scrape_league import service
from functions.scrape_league.quarantine.model import UNREADABLE, shown
from functions.scrape_league.service import Deps
from shared.domain.accounts.audit import Actor
from shared.domain.catalogue.leagues import by_slug
from shared.errors import Conflict


def entries(state: str, league: str, after: int, limit: int, deps: Deps) -> dict[str, Any]:
    """A page of entries, the oldest first; `NotFound` for a league that is none."""
    league_id = by_slug(league).id if league else None
    found = deps.quarantine.entries(state=state, league_id=league_id, after=after, limit=limit + 1)
    page = found[:limit]
    return {"items": [shown(entry) for entry in page], "next": (page[-1].id,) if len(found) > limit else None}


def show(entry_id: int, deps: Deps) -> dict[str, Any]:
    """An entry with where its evidence lies."""
    entry = deps.quarantine.entry(entry_id)
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
        for one in deps.quarantine.evidence(entry)
    ]
    return {**shown(entry), "evidence": evidence}


def release(entry_id: int, by: Actor, note: str, deps: Deps) -> dict[str, Any]:
    """Let it pass: a job stores what it holds, and this version of it is not held back again.

    Raises
    ------
    NotFound : no such entry.
    Conflict : it is held no more, or cannot be read, so that nothing in it could be stored.
    """
    entry = deps.quarantine.entry(entry_id)
    if any(broken["rule"] == UNREADABLE for broken in entry.violations):
        raise Conflict(f"entry {entry_id} cannot be read, so nothing in it could be stored")
    job_id = deps.quarantine.release(entry, by, note, now=deps.clock.now())
    service.call(job_id, "release", 1, deps)
    return {**shown(deps.quarantine.entry(entry_id)), "job": job_id}
