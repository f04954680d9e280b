"""Asking the source: at the permitted pace of all workers together, and no more when it wishes to be left alone."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NoReturn

from functions.scrape_league.collect import parsing
from functions.scrape_league.collect.ports import Deps, StopRequested
from functions.scrape_league.jobs import policy
from functions.scrape_league.source.circuit import Slot
from shared.domain.sofascore import Outcome
from shared.errors import Blocked, SourceSilent
from shared.ports.collection import PageRequest, PageResponse

JITTER = 0.2
"""Share of its time by which a turn may be longer: workers and rate never fall into step with anything there."""


def fetch(requests: Sequence[PageRequest], deps: Deps) -> list[PageResponse]:
    """Ask the source at the permitted pace; its wish to be left alone holds all workers back.

    What cannot be asked any more because of that comes back as failed, so that nothing already answered is asked again.

    Raises
    ------
    Blocked : the source refuses us, or has done so before.
    SourceSilent : it answers nothing for now, not even the first.
    Stopping : the worker is to end.
    """
    responses = list[PageResponse]()
    while len(responses) < len(requests):
        try:
            responses += _ask_together(requests[len(responses) :], deps)
        except SourceSilent as exc:
            if not responses:
                raise
            return responses + [PageResponse(status=0, text=str(exc))] * (len(requests) - len(responses))
    return responses


def told(response: PageResponse) -> str:
    return parsing.judge(response).reason or "an empty answer"


def is_content(response: PageResponse) -> bool:
    return parsing.judge(response).outcome is Outcome.OK


def _ask_together(requests: Sequence[PageRequest], deps: Deps) -> list[PageResponse]:
    """Answers to as many of the first ones as may be asked at once."""
    requests = requests[: policy.sizes(deps.rate_per_s).burst]
    slot = _wait_for_turn(len(requests), deps)
    if slot.is_probe:
        requests = requests[:1]
    try:
        responses = deps.pages.fetch_many(requests)
    except SourceSilent:
        deps.guard.record_outcomes(slot, [Outcome.SERVER_ERROR])
        raise
    except Blocked as exc:
        _refused(slot, str(exc), deps)
    _mind(slot, responses, deps)
    return responses


def _wait_for_turn(n: int, deps: Deps) -> Slot:
    span_s = n / deps.rate_per_s * random.uniform(1, 1 + JITTER) if deps.rate_per_s else 0.0
    while True:
        slot = deps.guard.acquire_slot(span_s)
        if not deps.pause(slot.wait_s):
            raise StopRequested
        if slot.wait_s <= 0 or deps.guard.is_valid(slot):
            return slot


def _refused(slot: Slot, reason: str, deps: Deps) -> NoReturn:
    """Stop everybody; after a person resumed the source meanwhile this one alone goes back and asks again."""
    circuit = deps.guard.block(slot, reason)
    if circuit.blocked_at is None:
        raise SourceSilent(f"refused before the source was resumed: {reason}")
    raise Blocked(reason)


def _mind(slot: Slot, responses: Sequence[PageResponse], deps: Deps) -> None:
    """Tell the gate how it went; go no further when it blocks the source, or opens the circuit and nothing came."""
    verdicts = [parsing.judge(response) for response in responses]
    for verdict in verdicts:
        if verdict.outcome is Outcome.BLOCKED:
            _refused(slot, f"the source refuses us: {verdict.reason}", deps)
    if not slot.counts_successes and not any(verdict.retryable for verdict in verdicts):
        return
    retry_after_s = max((response.retry_after_s or 0 for response in responses), default=0.0)
    circuit = deps.guard.record_outcomes(slot, [verdict.outcome for verdict in verdicts], retry_after_s=retry_after_s)
    if circuit.blocked_at is not None:
        raise Blocked(circuit.blocked_reason)
    if circuit.opened_until is not None and all(verdict.retryable for verdict in verdicts):
        raise SourceSilent(f"the source rests until {circuit.opened_until}: {told(responses[0])}")
