"""From the steps of one event to the lines of its tree: one for each that had to do with it, what it did below."""

from __future__ import annotations

from collections.abc import Sequence

from knative.local.eventing.trace.event_trace import TraceStep
from knative.local.tools.text.text_tree import Line, Tone
from knative.local.tools.text.time_format import span
from knative.local.tools.trace.trace_reader import RecordedStep

_MANUAL = {"redriven": "redriven by hand", "replayed": "replayed by hand"}


class EventTree:
    """The tree of one event without what followed from it."""

    def __init__(self, steps: Sequence[RecordedStep]) -> None:
        self.by_step: dict[int, Line] = {}
        """The line that tells a step, by the step's place in the journal."""
        self._owners: dict[str, Line] = {}
        first_at = min((recorded.at for recorded in steps), default=0.0)
        usual: dict[str, str] = {}
        for recorded in steps:
            at = first_at if recorded.step.what in {"received", "ticked"} else recorded.at
            owner = self._owners.setdefault(recorded.step.consumer, Line(at=at, words=recorded.step.consumer))
            if recorded.step.took_s:
                usual.setdefault(recorded.step.consumer, recorded.step.place)
            self.by_step[recorded.n] = _add_step(recorded, owner, usual.get(recorded.step.consumer, ""))

    @property
    def lines(self) -> list[Line]:
        """One for each Broker, source and Trigger."""
        return list(self._owners.values())


def _add_step(recorded: RecordedStep, owner: Line, usual: str) -> Line:
    """Add a step to the line of its owner, whose attempts go to a `usual` place; the line that now tells it."""
    step, at = recorded.step, recorded.at
    match step.what:
        case "received" | "ticked":
            owner.detail = step.what
        case "unmatched":
            owner.detail, owner.tone = f"no match: {step.detail}", Tone.NONE
        case "matched" | "read":
            return _add_start(recorded, owner)
        case "delivered":
            owner.tone = Tone.GOOD
            return _add_attempt(recorded, owner, usual) if step.place else owner
        case "waits":
            return _append(owner, Line(at=at, words=_describe_wait(step), tone=Tone.OPEN))
        case "attempt":
            return _add_attempt(recorded, owner, usual)
        case "replied":
            return _append(owner.below[-1] if owner.below else owner, Line(at=at, words=f"replied with {step.next_id}"))
        case "redriven" | "replayed":
            return _append(owner, Line(at=at, words=_MANUAL[step.what], detail=step.detail))
        case _:
            owner.tone = Tone.BAD
            return _append(owner, Line(at=at, words=_describe_end(step), detail=_describe_reason(step), tone=Tone.BAD))
    return owner


def _add_start(recorded: RecordedStep, owner: Line) -> Line:
    """A delivery begins; a second time when the process ended before it could acknowledge."""
    again = bool(owner.below)
    owner.tone = Tone.OPEN
    detail_text = recorded.step.place if recorded.step.what == "read" else recorded.step.detail
    owner.detail = f"{recorded.step.what} {detail_text}".rstrip()
    return _append(owner, Line(at=recorded.at, words="begun again: not acknowledged before")) if again else owner


def _add_attempt(recorded: RecordedStep, owner: Line, usual: str) -> Line:
    """An attempt takes the place of the wait for it; where it went is told when that is elsewhere."""
    step = recorded.step
    words = f"attempt {step.attempt}"
    if owner.below and owner.below[-1].tone is Tone.OPEN:
        words += owner.below.pop().words.removeprefix(words).replace(" in ", " after ", 1)
    if step.place != usual:
        words += f" at {short_address(step.place)}"
    is_success = step.status is not None and 200 <= step.status < 300
    answer = f"{step.status or 'no answer'} in {span(step.took_s)}"
    detail = f"{answer}: {step.detail}" if step.detail else answer
    return _append(owner, Line(at=recorded.at, words=words, detail=detail, tone=Tone.GOOD if is_success else Tone.BAD))


def _describe_wait(step: TraceStep) -> str:
    return f"attempt {step.attempt} in {span(step.wait_s)}"


def _describe_end(step: TraceStep) -> str:
    """Describe how delivery of an event ended without success."""
    sink = short_address(step.place)
    if step.what == "dead_lettered":
        return f"dead letter in {sink}"
    if step.what == "dropped":
        return "dropped: there is no dead-letter sink"
    return f"lost: {sink} did not take it either" if sink else "lost: a tick is not kept"


def short_address(place: str) -> str:
    """A KafkaSink by its name, anything else by its address."""
    _, is_sink, sink = place.partition("/kafkasinks/")
    return f"KafkaSink {sink}" if is_sink else place


def _describe_reason(step: TraceStep) -> str:
    return ": ".join(part for part in (str(step.status or ""), step.detail) if part)


def _append(owner: Line, line: Line) -> Line:
    owner.below.append(line)
    return line
