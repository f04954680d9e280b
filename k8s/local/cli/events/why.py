"""explain where an event went and why, as a tree

Works with the platform running or stopped. ``touchline tail`` shows the ids of events. Exit code 1 when no event, or
more than one, matches the id.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from k8s.local.cli.exit_codes import OK, TROUBLE
from knative.local.tools.text import time_format
from knative.local.tools.text.printable_json import dump_json
from shared.errors import NotFound
from shared.web.printable import printable

if TYPE_CHECKING:
    from knative.local.tools.trace.event_history import EventHistory
    from knative.local.tools.trace.trace_reader import TracedEvent, TraceReader


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the id and what narrows it down."""
    parser.add_argument("event_id", metavar="EVENT_ID", help="the event's id, or its first characters")
    parser.add_argument("--source", default="", help="only events of this source")
    parser.add_argument("--json", action="store_true", help="for programs")


def run(args: argparse.Namespace) -> int:
    """Print the history of the event with this id, or the events whose ids begin with it."""
    from k8s.local import running_platform
    from knative.local.tools.trace import event_history
    from knative.local.tools.trace.trace_reader import TraceReader

    with ExitStack() as stack:
        traces = [stack.enter_context(TraceReader(path)) for path in running_platform.find_journals(args.data)]
        matches = [(event, trace) for trace in traces for event in trace.find_events(args.event_id, source=args.source)]
        if not matches:
            raise NotFound(_not_found(args, traces))
        if len(matches) > 1:
            _show_choice([event for event, _ in matches], args)
            return TROUBLE
        history = event_history.read_history(*matches[0])
    print(dump_json(as_json(history), indent=2) if args.json else _text(history))
    return OK


def as_json(history: EventHistory) -> dict[str, Any]:
    """Return a history as JSON: every step with its fields that are set."""
    return {
        "source": history.event.source,
        "id": history.event.id,
        "type": history.event.type,
        "came_from": history.cause,
        "steps": [recorded.as_json() for recorded in history.steps],
        "followed": [as_json(one) for one in history.followed],
    }


def _text(history: EventHistory) -> str:
    from knative.local.tools.text import text_tree
    from knative.local.tools.text.terminal import Painter

    paint = Painter.for_stream(sys.stdout)
    event = history.event
    head = [
        f"{paint(printable(event.id), 'bold')}  {paint(printable(event.type), 'cyan')}",
        f"of {printable(event.source)} at {time_format.iso(event.at)}",
    ]
    if history.cause:
        head.append(printable(history.cause))
    lines = [*head, "", *text_tree.format_tree(history.lines, since=event.at, paint=paint)]
    if any(recorded.step.what == "dead_lettered" for recorded in history.steps):
        lines += ["", paint(f"./scripts/touchline dlq show {printable(event.id)}", "dim")]
    return "\n".join(lines)


def _show_choice(events: Sequence[TracedEvent], args: argparse.Namespace) -> None:
    if args.json:
        matches = [{**event._asdict(), "at": time_format.iso(event.at)} for event in events]
        print(dump_json({"matches": matches}, indent=2))
        return
    print(f"{len(events)} events match; give more characters of the id, or --source:")
    for event in events:
        print(printable(f"  {event.id}  {time_format.iso(event.at)}  {event.type}  of {event.source}"))


def _not_found(args: argparse.Namespace, traces: Sequence[TraceReader]) -> str:
    oldest = [at for trace in traces if (at := trace.oldest_step_at()) is not None]
    since = f" since {time_format.iso(min(oldest))}, when the oldest recorded step was written" if oldest else ""
    of_source = f" of {args.source}" if args.source else ""
    hint = "without --source, or with fewer characters" if args.source else "with fewer characters, or `touchline tail`"
    return f"no event {args.event_id}{of_source} was received{since}; try {hint}"
