"""The loop of a worker: claim a chunk, fetch, archive, parse, check, publish, and only then commit the result.

A chunk whose worker is killed is done again by the worker that claims its units next. Publishing twice does no harm:
the id of a batch comes from its content, and rows replace each other by key and version.
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
from functions.scrape_league.collect.publish import publish
from functions.scrape_league.collect.releases import collect_releases
from functions.scrape_league.collect.rounds import collect_rounds
from functions.scrape_league.collect.unit_results import retry
from functions.scrape_league.jobs import policy
from functions.scrape_league.jobs.units import Chunk, ChunkResult
from shared.domain.collection.circuit import back_off_s
from shared.errors import Blocked, Overloaded, Unavailable

_log = logging.getLogger(__name__)

MAX_TASK_S = 60.0
"""After this time a task ends between two chunks and dispatches again, so that other jobs get their turn."""

_MAX_FAILURES_IN_A_ROW = 5
_COLLECT = {
    "plan": collect_plan,
    "round": collect_rounds,
    "match": collect_matches,
    "player": collect_players,
    "release": collect_releases,
}


def work(job_id: str, prefer: str, deps: Deps) -> bool:
    """Process chunks of a job until none is free or the task has lasted long enough; return whether units remain.

    Raises
    ------
    Unavailable, Overloaded : a dependency does not answer; the job continues with the next dispatch.
    """
    until_s = time.monotonic() + MAX_TASK_S
    n_failures = 0
    while time.monotonic() < until_s and deps.runtime.pause(0):
        owner = uuid4().hex
        deps.runtime.on_lease_change(owner, True)
        try:
            chunk = _claim(job_id, owner, prefer, deps)
            if chunk is None:
                return False
            n_failures = 0 if _try_chunk(chunk, deps) else n_failures + 1
        except StopRequested:
            return True
        finally:
            deps.runtime.on_lease_change(owner, False)
        if n_failures == _MAX_FAILURES_IN_A_ROW or (n_failures and not deps.runtime.pause(back_off_s(n_failures) / 5)):
            return False
    return True


def _claim(job_id: str, owner: str, prefer: str, deps: Deps) -> Chunk | None:
    n_pending = deps.queue.count_pending(job_id)
    sizes, at_most = policy.sizes(deps.rate_per_s, n_pending), policy.parallelism(n_pending, deps.rate_per_s)
    return deps.queue.claim(job_id, owner=owner, prefer=prefer, sizes=sizes, at_most=at_most)


def _try_chunk(chunk: Chunk, deps: Deps) -> bool:
    """Process a chunk; return False if a dependency failed and the chunk was released."""
    try:
        _process(chunk, deps)
    except StopRequested:
        deps.queue.release(chunk, wait_s=0)
        raise
    except Blocked as exc:
        _log.error("the source refuses us: %s", exc, extra={"action": "blocked", "job": chunk.job_id})
        deps.queue.release(chunk, wait_s=0)
        return False
    except (Unavailable, Overloaded) as exc:
        _log.warning("chunk released: %s", exc, extra={"action": "released", "job": chunk.job_id})
        deps.queue.release(chunk, wait_s=1, fault=str(exc))
        return False
    except Exception as exc:
        # The edge of a worker: a bug in one chunk must not stop the collection of others.
        _log.exception("chunk failed", extra={"action": "bug", "job": chunk.job_id})
        results = [retry(unit, f"bug in the collector: {exc!r}") for unit in chunk.units]
        deps.queue.commit(chunk, ChunkResult(units=results))
    return True


def _process(chunk: Chunk, deps: Deps) -> None:
    output = _COLLECT[chunk.kind](chunk, replace(deps, pages=ArchivedPages(deps.pages, deps.archive, chunk)))
    publish(output.records, chunk.league_id, deps.log, deps.encode, deps.clock.now())
    deps.queue.commit(chunk, output.result)
    if new := output.result.new_units:
        # This worker continues anyway; others are called now rather than by the next heartbeat.
        deps.runtime.dispatch(chunk.job_id, new[0].kind, policy.parallelism(len(new), deps.rate_per_s) - 1)
