"""The steps of an event on its way through the data plane, and where they are recorded."""

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
"""`started`: the process; `received` by a Broker's ingress; `ticked`: a PingSource made it; `read`: a KafkaSource found
it in the log. `delivered` with a `place` stands for the successful attempt too. `dropped`: given up without a
dead-letter sink; `lost`: the dead-letter sink did not accept it either. `redriven`, `replayed`: sent again by hand.
`unrecorded`: the journal had no room for some steps."""

BAD: frozenset[StepKind] = frozenset({"unreadable", "dead_lettered", "dropped", "lost"})


class TraceStep(NamedTuple):
    """One step. A tuple, as several are made for each event: it costs a quarter of a frozen dataclass."""

    what: StepKind
    source: str = ""
    id: str = ""
    consumer: str = ""
    """Kind and name of the Trigger, KafkaSource or Broker."""
    type: str = ""
    """The event's type; set where it enters and where it is matched."""
    attempt: int = 0
    """1 is the first."""
    status: int | None = None
    wait_s: float = 0.0
    took_s: float = 0.0
    place: str = ""
    """The URL or ``topic:NAME`` it was sent to, or the ``TOPIC/PARTITION@OFFSET`` it was read from."""
    next_source: str = ""
    next_id: str = ""
    """With `next_source` identifies the event that this step made: a reply."""
    trace: str = ""
    """The event's W3C trace id, by which its consequences are found; set where it enters or is matched."""
    detail: str = ""


def event_step(what: StepKind, event: Message, consumer: str, *, place: str = "", detail: str = "") -> TraceStep:
    """Return a step that describes the event too: its type and its trace."""
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
    """Records steps."""

    def record(self, step: TraceStep) -> None:
        """Record a step; called in the order things happen, and must not block."""


class LoggedTrace:
    """Logs steps: what ended badly as warnings, all else as debug lines."""

    def record(self, step: TraceStep) -> None:
        """Write one log line."""
        level = logging.WARNING if step.what in BAD else logging.DEBUG
        if _log.isEnabledFor(level):
            status = "" if step.status is None else f" status {step.status}"
            detail = f": {step.detail}" if step.detail else ""
            _log.log(level, "%s %s event %s of %s%s%s", step.consumer, step.what, step.id, step.source, status, detail)


class CombinedTrace:
    """Records in several places."""

    def __init__(self, *traces: EventTrace) -> None:
        self._traces = traces

    def record(self, step: TraceStep) -> None:
        """Record in each."""
        for trace in self._traces:
            trace.record(step)
