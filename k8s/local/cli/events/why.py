"""why an event went where it went: its life as a tree

Works with the platform running or stopped. ``touchline tail`` shows the ids that come in. Exit code 1 when no event, or
more than one, has the id.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from k8s.local.cli.exit_codes import OK, TROUBLE
from knative.local.tools.text import time_format
from shared.errors import NotFound

if TYPE_CHECKING:
    from knative.local.tools.trace.event_history import EventHistory
    from knative.local.tools.trace.trace_reader import TracedEvent, TraceReader


def arguments(parser: argparse.ArgumentParser) -> None:
    """An id and what narrows it."""
    parser.add_argument("event_id", metavar="EVENT_ID", help="the event's id, or how it begins")
    parser.add_argument("--source", default="", help="only events of this source")
    parser.add_argument("--json", action="store_true", help="for programs")


def run(asked: argparse.Namespace) -> int:
    """Tell the one event that has the id, or which ones begin with it."""
    from k8s.local import running as outside
    from knative.local.tools.trace import event_history
    from knative.local.tools.trace.trace_reader import TraceReader

    with ExitStack() as stack:
        histories = [stack.enter_context(TraceReader(path)) for path in outside.journals(asked.data)]
        found = [(event, one) for one in histories for event in one.find_events(asked.event_id, source=asked.source)]
        if not found:
            raise NotFound(_nothing(asked, histories))
        if len(found) > 1:
            _show_choice([event for event, _ in found], asked)
            return TROUBLE
        told = event_history.read_history(*found[0])
    print(json.dumps(as_json(told), indent=2, ensure_ascii=False) if asked.json else _text(told))
    return OK


def as_json(told: EventHistory) -> dict[str, Any]:
    """A life for programs: every step with the fields that say something."""
    return {
        "source": told.event.source,
        "id": told.event.id,
        "type": told.event.type,
        "came_from": told.cause,
        "steps": [recorded.as_json() for recorded in told.steps],
        "followed": [as_json(one) for one in told.followed],
    }


def _text(told: EventHistory) -> str:
    from knative.local.tools.text import text_tree
    from knative.local.tools.text.terminal import Painter

    paint = Painter.for_stream(sys.stdout)
    event = told.event
    head = [
        f"{paint(event.id, 'bold')}  {paint(event.type, 'cyan')}",
        f"of {event.source} at {time_format.iso(event.at)}",
    ]
    if told.cause:
        head.append(told.cause)
    lines = [*head, "", *text_tree.format_tree(told.lines, since=event.at, paint=paint)]
    if any(recorded.step.what == "dead_lettered" for recorded in told.steps):
        lines += ["", paint(f"./scripts/touchline dlq show {event.id}", "dim")]
    return "\n".join(lines)


def _show_choice(events: Sequence[TracedEvent], asked: argparse.Namespace) -> None:
    if asked.json:
        print(
            json.dumps(
                {"matches": [{**event._asdict(), "at": time_format.iso(event.at)} for event in events]}, indent=2
            )
        )
        return
    print(f"{len(events)} events match; name one by more of its id, or with --source:")
    for event in events:
        print(f"  {event.id}  {time_format.iso(event.at)}  {event.type}  of {event.source}")


def _nothing(asked: argparse.Namespace, histories: Sequence[TraceReader]) -> str:
    began = [at for one in histories if (at := one.oldest_step_at()) is not None]
    since = f" since {time_format.iso(min(began))}, when the oldest step still kept was recorded" if began else ""
    of_source = f" of {asked.source}" if asked.source else ""
    hint = "without --source, or with less of the id" if asked.source else "with less of the id, or `touchline tail`"
    return f"no event {asked.event_id}{of_source} came in{since}; try {hint}"
