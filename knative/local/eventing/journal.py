"""The one place where each step of an event's life is told."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Literal, Protocol

_log = logging.getLogger(__name__)

What = Literal[
    "received",
    "unmatched",
    "unreadable",
    "attempt",
    "waits",
    "delivered",
    "replied",
    "dead_lettered",
    "dropped",
    "lost",
]
"""`dropped`: given up, and there is no dead-letter sink; `lost`: the dead-letter sink did not take it either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step."""

    what: What
    source: str
    id: str
    consumer: str = ""
    """Kind and name of the Trigger, KafkaSource or Broker."""
    attempt: int = 0
    """1 is the first."""
    status: int | None = None
    wait_s: float = 0.0
    detail: str = ""


class Journal(Protocol):
    """Takes the steps."""

    def note(self, step: Step) -> None:
        """Called in the order things happen; must not block."""


class LogJournal:
    """Tells what ended badly as warnings, all else as debug lines."""

    def note(self, step: Step) -> None:
        """One log line."""
        bad = step.what in {"unreadable", "dead_lettered", "dropped", "lost"}
        level = logging.WARNING if bad else logging.DEBUG
        if _log.isEnabledFor(level):
            told = "" if step.status is None else f" status {step.status}"
            detail = f": {step.detail}" if step.detail else ""
            _log.log(level, "%s %s event %s of %s%s%s", step.consumer, step.what, step.id, step.source, told, detail)
