"""Dispatch of jobs to workers. A dispatch that fails only delays a job: the next tick or heartbeat repeats it."""

from __future__ import annotations

import logging

from functions.scrape_league.jobs import policy
from functions.scrape_league.jobs.model import Dispatcher, StalledJobs
from shared.errors import TouchlineError

_log = logging.getLogger(__name__)

DISPATCH_QUIET_S = 10.0
"""A job is not dispatched again within this time: workers need a moment to take the messages already sent."""


def dispatch(job_id: str, kind: str, n: int, dispatcher: Dispatcher) -> None:
    """Call `n` workers to a job; an unreachable broker is logged, the next tick or heartbeat repeats the call."""
    try:
        dispatcher(job_id, kind, n)
    except TouchlineError as exc:
        _log.warning("job %s was not dispatched: %s", job_id, exc, extra={"action": "dispatch", "job": job_id})


def dispatch_stalled(
    jobs: StalledJobs, dispatcher: Dispatcher, rate_per_s: float, *, quiet_s: float = DISPATCH_QUIET_S
) -> None:
    """Call workers to every running job with unclaimed units: after a crash, a lost broker or an ended pause."""
    for job in jobs.list_stalled(quiet_s):
        missing = policy.parallelism(job.n_free, rate_per_s) - job.n_working
        if missing > 0 and jobs.mark_dispatched(job.job_id, quiet_s):
            dispatch(job.job_id, "match", missing, dispatcher)
