"""What a worker does with a chunk of units: fetch, keep, read, check, append to the log, and only then mark them ended.

Killed at any point, the chunk is done again by whoever takes over its lease. Appending twice does no harm: a batch's
id comes from its content, and rows replace each other by natural key and version.
"""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from uuid import uuid4

from functions.scrape_league.collect.archived_pages import ArchivedPages
from functions.scrape_league.collect.matches import collect_matches
from functions.scrape_league.collect.plan import collect_plan
from functions.scrape_league.collect.players import collect_players
from functions.scrape_league.collect.ports import Deps, StopRequested
from functions.scrape_league.collect.publish import append
from functions.scrape_league.collect.releases import collect_releases
from functions.scrape_league.collect.rounds import collect_rounds
from functions.scrape_league.collect.unit_results import again
from functions.scrape_league.jobs import policy
from functions.scrape_league.jobs.units import Chunk, ChunkResult
from functions.scrape_league.source import circuit
from shared.errors import Blocked, Overloaded, Unavailable

_log = logging.getLogger(__name__)

LONGEST_TASK_S = 60.0
"""After that a task ends between two chunks and invites again, so that one job does not keep a worker for itself."""

_TROUBLES_IN_A_ROW = 5
_COLLECT = {
    "plan": collect_plan,
    "round": collect_rounds,
    "match": collect_matches,
    "player": collect_players,
    "release": collect_releases,
}


def work(job_id: str, prefer: str, deps: Deps) -> bool:
    """Do chunks of a job until none is free or the task has lasted long enough; whether work remains.

    Raises
    ------
    Unavailable, Overloaded : a dependency stayed silent; the job goes on with the next invitation.
    """
    until_s = time.monotonic() + LONGEST_TASK_S
    n_troubles = 0
    while time.monotonic() < until_s and deps.pause(0):
        n_pending = deps.queue.n_pending(job_id)
        sizes, at_most = policy.sizes(deps.rate_per_s, n_pending), policy.parallelism(n_pending, deps.rate_per_s)
        owner = uuid4().hex
        deps.leased(owner, True)
        try:
            chunk = deps.queue.claim(job_id, owner=owner, prefer=prefer, sizes=sizes, at_most=at_most)
            if chunk is None:
                return False
            n_troubles = 0 if _attempt(chunk, deps) else n_troubles + 1
        except StopRequested:
            return True
        finally:
            deps.leased(owner, False)
        if n_troubles == _TROUBLES_IN_A_ROW or (n_troubles and not deps.pause(circuit.back_off_s(n_troubles) / 5)):
            return False
    return True


def _attempt(chunk: Chunk, deps: Deps) -> bool:
    """Do one chunk; False when a dependency was in the way and the chunk went back."""
    try:
        _do(chunk, deps)
    except StopRequested:
        deps.queue.release(chunk, wait_s=0)
        raise
    except Blocked as exc:
        _log.error("the source refuses us: %s", exc, extra={"action": "blocked", "job": chunk.job_id})
        deps.queue.release(chunk, wait_s=0)
        return False
    except (Unavailable, Overloaded) as exc:
        _log.warning("chunk given back: %s", exc, extra={"action": "given_back", "job": chunk.job_id})
        deps.queue.release(chunk, wait_s=1, trouble=str(exc))
        return False
    except Exception as exc:
        # The edge of a worker: one chunk's bug must not keep the others from being collected.
        _log.exception("chunk failed", extra={"action": "bug", "job": chunk.job_id})
        deps.queue.commit(chunk, ChunkResult(units=[again(unit, f"our fault: {exc!r}") for unit in chunk.units]))
    return True


def _do(chunk: Chunk, deps: Deps) -> None:
    output = _COLLECT[chunk.kind](chunk, replace(deps, pages=ArchivedPages(deps.pages, deps.archive, chunk)))
    append(output.records, chunk.league_id, deps.log, deps.encode, deps.clock.now())
    deps.queue.commit(chunk, output.result)
    if new := output.result.new_units:
        # This worker goes on itself; the others learn now rather than with the next pulse.
        deps.call(chunk.job_id, new[0].kind, policy.parallelism(len(new), deps.rate_per_s) - 1)
