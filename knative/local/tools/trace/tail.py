"""Events and their steps as they happen, one line each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from knative.local.eventing.runtime.topic_names import broker_topic
from knative.local.eventing.trace.event_trace import BAD, TraceStep
from knative.local.tools.text.terminal import Painter
from knative.local.tools.text.time_format import iso, span
from knative.local.tools.trace.trace_reader import RecordedStep, TraceReader
from knative.manifests.model import Name
from shared.web.printable import printable

MAX_EVENTS = 10_000
"""Events whose type is known, so that their later steps can be chosen by it."""
ARRIVALS = frozenset({"received", "read", "ticked"})
_COLOURS = {"delivered": "green", "unmatched": "dim", "matched": "dim"} | dict.fromkeys(ARRIVALS, "cyan")


@dataclass(slots=True)
class _EventState:
    """State of an event as known so far."""

    type: str = ""
    at_broker: bool = False


@dataclass(slots=True, kw_only=True)
class StepFilter:
    """Filter of the steps that are shown."""

    type: str = "*"
    """A pattern with ``*`` and ``?``."""
    broker: Name | None = None
    """Only what came through this one."""
    every_step: bool = False
    """Otherwise one line for each event: how it came in."""
    _seen: dict[tuple[str, str], _EventState] = field(default_factory=dict)

    def wants(self, step: TraceStep) -> bool:
        """Decide whether to show a step; to be asked for each, in order."""
        seen = self._seen.setdefault((step.source, step.id), _EventState())
        if len(self._seen) > MAX_EVENTS:
            del self._seen[next(iter(self._seen))]
        seen.type = step.type or seen.type
        seen.at_broker = seen.at_broker or self._is_at_broker(step)
        columns = self.every_step or step.what in ARRIVALS
        return columns and (seen.at_broker or not self.broker) and fnmatchcase(seen.type, self.type)

    def _is_at_broker(self, step: TraceStep) -> bool:
        if self.broker is None:
            return False
        return step.consumer == f"Broker {self.broker}" or step.place.startswith(f"{broker_topic(self.broker)}/")


def follow(history: TraceReader, *, last: int, wait: Callable[[], object]) -> Iterator[RecordedStep]:
    """The last few steps, then each new one; `wait` is called when there is none. Never ends."""
    n = max(history.last_n() - last, 0)
    while True:
        steps = history.after(n)
        yield from steps
        if steps:
            n = steps[-1].n
        elif history.last_n() < n:
            n = 0  # a journal that was begun anew counts from 1
        else:
            wait()


def format_step(recorded: RecordedStep, paint: Painter) -> str:
    """A step as one line."""
    step = recorded.step
    colour = "red" if step.what in BAD or _failed(step) else _COLOURS.get(step.what, "")
    words = [paint(iso(recorded.at)[11:-1], "dim"), paint(step.what.ljust(13), colour)]
    columns = (printable(step.type), paint(printable(step.id), "bold") if step.id else "", printable(_describe(step)))
    words += [part for part in columns if part]
    return "  ".join(words)


def _describe(step: TraceStep) -> str:
    """By whom, and what there is to say of it."""
    parts = [f"#{step.attempt}"] if step.attempt else []
    parts += [str(step.status)] if step.status else []
    parts += [f"in {span(step.took_s)}"] if step.took_s else []
    parts += [span(step.wait_s)] if step.wait_s else []
    parts += [step.next_id] if step.next_id else []
    parts += [step.detail] if step.detail else []
    return f"{step.consumer}{': ' if parts and step.consumer else ''}{' '.join(parts)}"


def _failed(step: TraceStep) -> bool:
    return step.what == "attempt" and not 200 <= (step.status or 0) < 300
