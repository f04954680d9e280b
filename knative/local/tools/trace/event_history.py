"""History of one event: what each consumer did with it, ordered by time, and which events followed.

A reply names its event. What a handler posted itself is found by its trace (`shared.events.tracing`): of the attempts
in that trace that were under way when it came in, the one begun last is taken for its cause.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from knative.local.tools.text.text_tree import Line
from knative.local.tools.trace.event_tree import EventTree
from knative.local.tools.trace.trace_reader import RecordedStep, TracedEvent, TraceReader

MAX_EVENTS = 100
"""Events in one tree: where replies go round in a loop the journal holds thousands."""
MAX_ATTEMPTS = 2000
CLOCK_TOLERANCE_S = 0.05
"""An event that a handler posts just before it answers may be recorded a little after the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventHistory:
    """One event."""

    event: TracedEvent
    cause: str
    """Description of the event that caused it; empty when none did."""
    steps: Sequence[RecordedStep]
    lines: Sequence[Line]
    """In the order of time."""
    followed: Sequence[EventHistory]


def read_history(event: TracedEvent, history: TraceReader) -> EventHistory:
    """The life of an event that the journal knows."""
    return _HistoryBuilder(history).build(event)


class _HistoryBuilder:
    """Goes from an event to those that followed; tells each once."""

    def __init__(self, history: TraceReader) -> None:
        self._history = history
        self._visited: set[tuple[str, str]] = set()
        self._by_trace: dict[str, list[tuple[TracedEvent, RecordedStep]]] = {}

    def build(self, event: TracedEvent) -> EventHistory:
        self._visited.add(event[:2])
        steps = self._history.steps(event.source, event.id)
        trunk = EventTree(steps)
        posted = self._posted_events(event)
        followed = []
        for other, n in (*_replies(steps), *((other, attempt.n) for other, attempt in posted)):
            if n in trunk.by_step and other[:2] not in self._visited and len(self._visited) < MAX_EVENTS:
                followed.append(self.build(other))
                _attach(followed[-1], trunk.by_step[n])
        return EventHistory(
            event=event,
            cause=self._find_cause(event, posted),
            steps=steps,
            lines=_sort_by_time([*trunk.lines, *self._restarts(steps)]),
            followed=followed,
        )

    def _restarts(self, steps: Sequence[RecordedStep]) -> list[Line]:
        if not steps:
            return []
        starts = self._history.starts(steps[0].at, steps[-1].at)
        return [Line(at=start.at, words="the eventing process started anew") for start in starts]

    def _find_cause(self, event: TracedEvent, posted: Iterable[tuple[TracedEvent, RecordedStep]]) -> str:
        if makers := self._history.causing_steps(event.source, event.id):
            return f"reply to {_describe_cause(makers[0])}"
        return next(
            (f"caused by {_describe_cause(attempt)}" for other, attempt in posted if other[:2] == event[:2]), ""
        )

    def _posted_events(self, event: TracedEvent) -> list[tuple[TracedEvent, RecordedStep]]:
        """Return the events of the same trace that handlers posted, each with the attempt that posted it."""
        trace = self._history.trace_of(event.source, event.id)
        if trace not in self._by_trace:
            events = self._history.events_of_trace(trace, limit=MAX_EVENTS)
            events_of_trace = {other[:2] for other in events}
            attempts = [
                recorded
                for recorded in self._history.attempts_of_trace(trace, limit=MAX_ATTEMPTS)
                if (recorded.step.source, recorded.step.id) in events_of_trace
            ]
            posted = [(other, _cause(other, attempts)) for other in events]
            self._by_trace[trace] = [(other, attempt) for other, attempt in posted if attempt]
        return self._by_trace[trace]


def _replies(steps: Iterable[RecordedStep]) -> list[tuple[TracedEvent, int]]:
    """The events that were answered with, each with the step that tells it."""
    return [
        (TracedEvent(recorded.step.next_source, recorded.step.next_id, recorded.at, ""), recorded.n)
        for recorded in steps
        if recorded.step.what == "replied"
    ]


def _cause(event: TracedEvent, attempts: Iterable[RecordedStep]) -> RecordedStep | None:
    """Return the attempt begun last, of those of other events that were under way."""
    under_way = [
        recorded
        for recorded in attempts
        if (recorded.step.source, recorded.step.id) != event[:2]
        and recorded.at - recorded.step.took_s <= event.at <= recorded.at + CLOCK_TOLERANCE_S
    ]
    return max(under_way, key=lambda recorded: recorded.at - recorded.step.took_s, default=None)


def _attach(life: EventHistory, under: Line) -> None:
    """Put the tree of what followed below the step it followed from."""
    if under.words == f"replied with {life.event.id}":
        under.below += life.lines
    else:
        line = Line(at=life.event.at, words=f"posted {life.event.id}", detail=life.event.type, below=list(life.lines))
        under.below.append(line)


def _describe_cause(recorded: RecordedStep) -> str:
    return f"event {recorded.step.id} of {recorded.step.source}, at {recorded.step.consumer}"


def _sort_by_time(lines: list[Line]) -> list[Line]:
    """Sorted by their moments, as is what is below them."""
    for line in lines:
        line.below = _sort_by_time(line.below)
    return sorted(lines, key=lambda line: line.at)
