"""The life of one event: what each consumer made of it, in the order of time, and what followed from it.

A reply names its event. What a handler posted itself is found by its trace (`shared.events.tracing`): of the attempts
in that trace that were under way when it came in, the one begun last is taken for its cause.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from knative.local.tools.text.text_tree import Line
from knative.local.tools.trace.event_tree import Trunk
from knative.local.tools.trace.trace_reader import History, Known, Noted

MOST_TOLD = 100
"""Events in one tree: where replies go round in a loop the journal holds thousands."""
MOST_ATTEMPTS = 2000
SOON_S = 0.05
"""An event that a handler posts just before it answers may be noted a little after the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """One event."""

    event: Known
    came_from: str
    """Which other event made it, in words; empty when none did."""
    steps: Sequence[Noted]
    lines: Sequence[Line]
    """In the order of time."""
    followed: Sequence[Life]


def of(event: Known, history: History) -> Life:
    """The life of an event that the journal knows."""
    return _Teller(history).tell(event)


class _Teller:
    """Goes from an event to those that followed; tells each once."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._told: set[tuple[str, str]] = set()
        self._by_trace: dict[str, list[tuple[Known, Noted]]] = {}

    def tell(self, event: Known) -> Life:
        self._told.add(event[:2])
        steps = self._history.steps(event.source, event.id)
        trunk = Trunk(steps)
        posted = self._posted(event)
        followed = []
        for other, n in (*_replies(steps), *((other, attempt.n) for other, attempt in posted)):
            if n in trunk.by_step and other[:2] not in self._told and len(self._told) < MOST_TOLD:
                followed.append(self.tell(other))
                _graft(followed[-1], trunk.by_step[n])
        return Life(
            event=event,
            came_from=self._came_from(event, posted),
            steps=steps,
            lines=_in_time([*trunk.lines, *self._restarts(steps)]),
            followed=followed,
        )

    def _restarts(self, steps: Sequence[Noted]) -> list[Line]:
        if not steps:
            return []
        found = self._history.starts(steps[0].at, steps[-1].at)
        return [Line(at=start.at, words="the eventing process started anew") for start in found]

    def _came_from(self, event: Known, posted: Iterable[tuple[Known, Noted]]) -> str:
        if makers := self._history.makers(event.source, event.id):
            return f"reply to {_of(makers[0])}"
        return next((f"caused by {_of(attempt)}" for other, attempt in posted if other[:2] == event[:2]), "")

    def _posted(self, event: Known) -> list[tuple[Known, Noted]]:
        """Of the events in the same trace those that handlers posted, each with the attempt it was posted in."""
        trace = self._history.trace_of(event.source, event.id)
        if trace not in self._by_trace:
            events = self._history.traced(trace, limit=MOST_TOLD)
            meant = {other[:2] for other in events}
            attempts = [
                noted
                for noted in self._history.attempts_of_trace(trace, limit=MOST_ATTEMPTS)
                if (noted.step.source, noted.step.id) in meant
            ]
            found = [(other, _cause(other, attempts)) for other in events]
            self._by_trace[trace] = [(other, attempt) for other, attempt in found if attempt]
        return self._by_trace[trace]


def _replies(steps: Iterable[Noted]) -> list[tuple[Known, int]]:
    """The events that were answered with, each with the step that tells it."""
    return [
        (Known(noted.step.next_source, noted.step.next_id, noted.at, ""), noted.n)
        for noted in steps
        if noted.step.what == "replied"
    ]


def _cause(event: Known, attempts: Iterable[Noted]) -> Noted | None:
    """Of the attempts of other events that were under way the one begun last."""
    under_way = [
        noted
        for noted in attempts
        if (noted.step.source, noted.step.id) != event[:2]
        and noted.at - noted.step.took_s <= event.at <= noted.at + SOON_S
    ]
    return max(under_way, key=lambda noted: noted.at - noted.step.took_s, default=None)


def _graft(life: Life, under: Line) -> None:
    """Put the tree of what followed below the step it followed from."""
    if under.words == f"replied with {life.event.id}":
        under.below += life.lines
    else:
        line = Line(at=life.event.at, words=f"posted {life.event.id}", detail=life.event.type, below=list(life.lines))
        under.below.append(line)


def _of(noted: Noted) -> str:
    return f"event {noted.step.id} of {noted.step.source}, at {noted.step.consumer}"


def _in_time(lines: list[Line]) -> list[Line]:
    """Sorted by their moments, as is what is below them."""
    for line in lines:
        line.below = _in_time(line.below)
    return sorted(lines, key=lambda line: line.at)
