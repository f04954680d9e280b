"""The one place where each step of an event's life is told."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from knative.local.eventing.message.message import Message

_log = logging.getLogger(__name__)

StepKind = Literal[
    "started",
    "received",
    "ticked",
    "read",
    "matched",
    "unmatched",
    "unreadable",
    "attempt",
    "waits",
    "delivered",
    "replied",
    "dead_lettered",
    "dropped",
    "lost",
    "redriven",
    "replayed",
    "unrecorded",
]
"""`started`: the process; `received` at a Broker's door; `ticked`: a PingSource made it; `read`: a KafkaSource took it
from the log. `delivered` with a `place` tells the attempt that did it too. `dropped`: given up, and there is no
dead-letter sink; `lost`: the dead-letter sink did not take it either. `redriven`, `replayed`: sent again by hand.
`unrecorded`: the journal had no room for some steps."""

BAD: frozenset[StepKind] = frozenset({"unreadable", "dead_lettered", "dropped", "lost"})


class TraceStep(NamedTuple):
    """One step. A tuple, since several are made for every event: it costs a quarter of a frozen dataclass."""

    what: StepKind
    source: str = ""
    id: str = ""
    consumer: str = ""
    """Kind and name of the Trigger, KafkaSource or Broker."""
    type: str = ""
    """Of the event; told where it comes in and where it is matched."""
    attempt: int = 0
    """1 is the first."""
    status: int | None = None
    wait_s: float = 0.0
    took_s: float = 0.0
    place: str = ""
    """URL or ``topic:NAME`` that it was sent to, or ``TOPIC/PARTITION@OFFSET`` that it was read from."""
    next_source: str = ""
    next_id: str = ""
    """With `next_source`, the event that this step made: a reply."""
    trace: str = ""
    """The event's W3C trace id, by which those that follow from it are found; told where it comes in or is matched."""
    detail: str = ""


def event_step(what: StepKind, event: Message, consumer: str, *, place: str = "", detail: str = "") -> TraceStep:
    """A step that tells the event itself too: its type and its trace."""
    return TraceStep(
        what,
        event.source,
        event.id,
        consumer,
        str(event.attributes["type"]),
        place=place,
        trace=event.trace_id,
        detail=detail,
    )


class EventTrace(Protocol):
    """Takes the steps."""

    def note(self, step: TraceStep) -> None:
        """Called in the order things happen; must not block."""


class LoggedTrace:
    """Tells what ended badly as warnings, all else as debug lines."""

    def note(self, step: TraceStep) -> None:
        """One log line."""
        level = logging.WARNING if step.what in BAD else logging.DEBUG
        if _log.isEnabledFor(level):
            told = "" if step.status is None else f" status {step.status}"
            detail = f": {step.detail}" if step.detail else ""
            _log.log(level, "%s %s event %s of %s%s%s", step.consumer, step.what, step.id, step.source, told, detail)


class CombinedTrace:
    """Tells several."""

    def __init__(self, *journals: EventTrace) -> None:
        self._journals = journals

    def note(self, step: TraceStep) -> None:
        """To each."""
        for journal in self._journals:
            journal.note(step)
