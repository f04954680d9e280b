"""The content of the page at one moment, gathered from the journal and the eventing process."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knative.graph.model import Graph
from knative.local.tools.text.text_tree import Tone
from knative.local.tools.trace import event_history
from knative.local.tools.trace.event_history import EventHistory
from knative.local.tools.trace.event_tree import EventTree
from knative.local.tools.trace.trace_reader import RecordedStep, TracedEvent, TraceReader
from shared.errors import TouchlineError

N_EVENTS, N_UNDELIVERED = 15, 15
TIMEOUT_S = 2.0
_ORDER = (Tone.BAD, Tone.OPEN, Tone.GOOD)
"""Priority: an event has the first of these tones that any of its consumers has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventStatus:
    """An event and the result of its deliveries."""

    event: TracedEvent
    tone: Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class PageContent:
    """The content of the page that changes."""

    counts: Mapping[str, str]
    """Counts of an edge as text, by its owner; empty while the eventing process does not respond."""
    events: Sequence[EventStatus] = ()
    undelivered: Sequence[RecordedStep] = ()
    history: EventHistory | None = None
    trouble: str = ""
    """The reason why something is missing; empty when nothing is."""


def gather_view(
    graph: Graph, *, journal: Path | None, eventing_url: str, source: str = "", id: str = ""
) -> PageContent:
    """Gather the content; `source` and `id` name the event whose history is shown."""
    status = _fetch_status(eventing_url)
    counts = {edge.owner: count for edge in graph.edges if (count := _format_counts(edge.owner, status))}
    silent = "" if status else "The eventing process is silent: counts are missing."
    if journal is None:
        return PageContent(counts=counts, trouble="No journal is kept: the process was started without --journal.")
    try:
        with TraceReader(journal) as history:
            return PageContent(
                counts=counts,
                events=[
                    EventStatus(event=event, tone=_worst_tone(history, event))
                    for event in _without_repeats(history.newest_events(N_EVENTS))
                ],
                undelivered=history.failed_deliveries(N_UNDELIVERED),
                history=_find_history(history, source, id),
                trouble=silent,
            )
    except TouchlineError as exc:
        return PageContent(counts=counts, trouble=str(exc))


def _find_history(history: TraceReader, source: str, id: str) -> EventHistory | None:
    matches = history.find_events(id, source=source) if id else []
    return event_history.read_history(matches[0], history) if len(matches) == 1 else None


def _without_repeats(events: Sequence[TracedEvent]) -> Sequence[TracedEvent]:
    """Each event once, where it was read last."""
    return list({(event.source, event.id): event for event in reversed(events)}.values())[::-1]


def _worst_tone(history: TraceReader, event: TracedEvent) -> Tone:
    tones = {line.tone for line in EventTree(history.steps(event.source, event.id)).lines}
    return next((tone for tone in _ORDER if tone in tones), Tone.NONE)


def _format_counts(owner: str, status: Mapping[str, Any]) -> str:
    """``12 delivered, 3 waiting``: what is not 0."""
    kind, _, name = owner.partition(" ")
    counters = status.get(f"{kind.lower()}s", {}).get(name.rpartition("/")[2])
    if not counters:
        return ""
    words = [("delivered", counters.get("delivered", 0)), ("waiting", counters.get("lag", 0))]
    words += [(what.replace("_", "-"), counters.get(what, 0)) for what in ("dead_lettered", "dropped", "lost")]
    return ", ".join(f"{n} {what}" for what, n in words if n or what == "delivered")


def _fetch_status(eventing_url: str) -> dict[str, Any]:
    address = f"{eventing_url}/status"
    # The address is the command line's: http, and our own process.
    with suppress(OSError, ValueError), urllib.request.urlopen(address, timeout=TIMEOUT_S) as answer:  # nosec B310
        status: dict[str, Any] = json.load(answer)
        return status
    return {}
