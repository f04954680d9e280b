"""Asking the source: at the permitted pace of all workers together, and no more when it wishes to be left alone."""

from __future__ import annotations

import random
from collections.abc import Sequence

from functions.scrape_league import core, reading
from functions.scrape_league.worker import Deps, SourceSilent, Stopping
from shared.domain.sofascore import Outcome
from shared.ports import Answer, Ask


def fetch(asks: Sequence[Ask], deps: Deps) -> list[Answer]:
    """Ask the source at the permitted pace; its wish to be left alone holds all workers back.

    Raises
    ------
    Blocked : the source refuses us, or its circuit is open already.
    SourceSilent : it answers nothing at all for now.
    """
    burst, answers = core.sizes(deps.rate_per_s).burst, list[Answer]()
    for start in range(0, len(asks), burst):
        part = asks[start : start + burst]
        span_s = len(part) / deps.rate_per_s if deps.rate_per_s else 0.0
        wait_s = deps.queue.reserve(span_s)
        if wait_s > 0:
            # Jitter, so that workers and rate never fall into step with anything at the source.
            wait_s += random.uniform(0, 0.2 * span_s)
        if not deps.pause(wait_s):
            raise Stopping
        got = deps.pages.fetch_many(part)
        _mind(got, deps)
        answers += got
    return answers


def _mind(answers: Sequence[Answer], deps: Deps) -> None:
    """Hold everyone back when the source asks for it or is silent."""
    verdicts = [reading.judge(answer) for answer in answers]
    for verdict in verdicts:
        if verdict.outcome is Outcome.BLOCKED:
            verdict.raise_for("the source refuses us")
    silent = all(verdict.retryable for verdict in verdicts)
    held = [verdict for verdict in verdicts if verdict.outcome in (Outcome.SLOW_DOWN, Outcome.UNAVAILABLE)]
    if not silent and not held:
        deps.queue.answered()
        return
    wait_s = core.back_off_s(deps.queue.n_refusals() + 1)
    asked_s = max((answer.retry_after_s or 0 for answer in answers), default=0)
    deps.queue.hold(asked_s or wait_s)
    if silent:
        raise SourceSilent(f"the source answers nothing: {told(answers[0])}")


def told(answer: Answer) -> str:
    return reading.judge(answer).reason or "an empty answer"


def is_content(answer: Answer) -> bool:
    return reading.judge(answer).outcome is Outcome.OK
