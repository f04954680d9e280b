"""Fetch pages within the shared rate limit, judge each response once, and stop when the source asks to back off."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from functions.scrape_league.collect.ports import Deps, StopRequested
from functions.scrape_league.jobs import policy
from shared.domain import sofascore
from shared.domain.collection.circuit import Slot
from shared.domain.sofascore import Outcome, Verdict
from shared.errors import Blocked, SourceSilent
from shared.ports.collection import PageRequest, PageResponse

JITTER = 0.2
"""A slot is longer by up to this share of its time, so that requests never follow a regular beat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchResult:
    """A response and its verdict."""

    response: PageResponse
    verdict: Verdict

    @property
    def is_content(self) -> bool:
        """Whether there is content to parse."""
        return self.verdict.outcome is Outcome.OK

    @property
    def is_absent(self) -> bool:
        """Whether the source says that there is no such page."""
        return self.verdict.outcome is Outcome.ABSENT

    @property
    def is_unchanged(self) -> bool:
        """Whether the page is the same as when it was read last."""
        return self.verdict.outcome is Outcome.UNCHANGED

    @property
    def reason(self) -> str:
        """Why there is no content."""
        return self.verdict.reason or "an empty response"


def judge(response: PageResponse) -> FetchResult:
    """Return a response with its verdict, before anything is parsed."""
    verdict = sofascore.judge(response.status, response.text, retry_after_s=response.retry_after_s)
    return FetchResult(response=response, verdict=verdict)


def fetch(requests: Sequence[PageRequest], deps: Deps) -> list[FetchResult]:
    """Fetch pages at the permitted rate; what the source answers can pause or stop all workers.

    If the circuit opens on the way, the remaining requests come back as failed, so that what was fetched is not
    fetched again.

    Raises
    ------
    Blocked : the source refuses us now, or has refused us before.
    SourceSilent : the circuit is open and not even the first request was sent.
    StopRequested : the worker is to stop.
    """
    results = list[FetchResult]()
    while len(results) < len(requests):
        try:
            results += _fetch_burst(requests[len(results) :], deps)
        except SourceSilent as exc:
            if not results:
                raise
            failed = judge(PageResponse(status=0, text=str(exc)))
            return results + [failed] * (len(requests) - len(results))
    return results


def _fetch_burst(requests: Sequence[PageRequest], deps: Deps) -> list[FetchResult]:
    """Fetch as many of the first requests as may be sent together."""
    requests = requests[: policy.sizes(deps.rate_per_s).burst]
    slot = _wait_for_slot(len(requests), deps)
    if slot.is_probe:
        requests = requests[:1]
    try:
        results = [judge(response) for response in deps.pages.fetch_many(requests)]
    except SourceSilent:
        deps.guard.record_outcomes(slot, [Outcome.SERVER_ERROR])
        raise
    except Blocked as exc:
        _block(slot, str(exc), deps)
    _record_outcomes(slot, results, deps)
    return results


def _wait_for_slot(n: int, deps: Deps) -> Slot:
    span_s = n / deps.rate_per_s * random.uniform(1, 1 + JITTER) if deps.rate_per_s else 0.0
    while True:
        slot = deps.guard.acquire_slot(span_s)
        if not deps.runtime.pause(slot.wait_s):
            raise StopRequested
        if slot.wait_s <= 0 or deps.guard.is_valid(slot):
            return slot


def _block(slot: Slot, reason: str, deps: Deps) -> NoReturn:
    """Block the source for all workers; if a person has resumed it since, only this chunk goes back and is retried."""
    circuit = deps.guard.block(slot, reason)
    if circuit.blocked_at is None:
        raise SourceSilent(f"refused before the source was resumed: {reason}")
    raise Blocked(reason)


def _record_outcomes(slot: Slot, results: Sequence[FetchResult], deps: Deps) -> None:
    """Record the outcomes; raise if they block the source, or open its circuit without any content."""
    verdicts = [result.verdict for result in results]
    for verdict in verdicts:
        if verdict.outcome is Outcome.BLOCKED:
            _block(slot, f"the source refuses us: {verdict.reason}", deps)
    if not slot.counts_successes and not any(verdict.retryable for verdict in verdicts):
        return
    retry_after_s = max((result.response.retry_after_s or 0 for result in results), default=0.0)
    outcomes = [verdict.outcome for verdict in verdicts]
    circuit = deps.guard.record_outcomes(slot, outcomes, retry_after_s=retry_after_s)
    if circuit.blocked_at is not None:
        raise Blocked(circuit.blocked_reason)
    if circuit.opened_until is not None and all(verdict.retryable for verdict in verdicts):
        raise SourceSilent(f"the circuit of the source is open until {circuit.opened_until}: {results[0].reason}")
