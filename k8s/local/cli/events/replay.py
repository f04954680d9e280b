"""send stored events of a topic to one consumer again

TOPIC is a topic of the log, or the name of a Broker. FROM and TO are instants (2026-03-01T12:00Z), durations before now
(2h), offsets, or offsets of one partition (0@17) as printed by `why` and `dlq show`. The events go to one consumer
through its filter, never back into the Broker, where all Triggers would receive them again. Each is tried four times
with the backoff of its consumer; failures are printed, and nothing is dead-lettered.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from k8s.local.cli.exit_codes import OK, TROUBLE
from shared.errors import InvalidInput
from shared.web.printable import printable

if TYPE_CHECKING:
    from k8s.local.eventing_context import EventingContext
    from knative.local.eventing.process.consumers import Consumer
    from knative.local.tools.redelivery.replay import Outcome
    from shared.ports.log import Entry

EVENTS_PER_S = 50.0
EVENTS_PER_UPDATE = 10


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the events and the consumer."""
    parser.add_argument("topic", metavar="TOPIC", help="a topic, or a Broker's name")
    parser.add_argument("--from", dest="first", required=True, metavar="FROM", help="first event")
    parser.add_argument("--to", dest="last", default="", metavar="TO", help="last event (the newest)")
    consumer = parser.add_mutually_exclusive_group()
    consumer.add_argument("--trigger", default="", metavar="NAME", help="a Trigger, Subscription or KafkaSource")
    consumer.add_argument("--url", default="", help="an address instead, without a filter")
    parser.add_argument("--rate", type=float, default=EVENTS_PER_S, metavar="N", help="events a second (%(default)g)")
    parser.add_argument("--dry-run", action="store_true", help="only count the events")
    parser.add_argument("--manifests", type=Path, help="folder of YAML files (those of this checkout)")


def run(args: argparse.Namespace) -> int:
    """Replay in the only platform that runs; 1 if an event failed."""
    from k8s.local import eventing_context
    from knative.local.tools.redelivery import replay

    if not args.rate > 0:
        raise InvalidInput("--rate must be more than 0 events a second")
    now = time.time()
    first, last = replay.parse_bound(args.first, now), replay.parse_bound(args.last, now) if args.last else None
    with eventing_context.open_context(args.data, args.manifests) as platform:
        topic = next((door.topic for door in platform.endpoints if args.topic in _names(door.label)), args.topic)
        consumer = replay.find_consumer(topic, platform.consumers, args.trigger, args.url)
        print(f"{topic} to {consumer.target.label} at {consumer.target.url}", file=sys.stderr)
        entries = replay.read_between(platform.log, topic, first, last)
        counts = asyncio.run(_replay(entries, consumer, platform, args))
        stored = "" if counts else f"no event is stored in that range; {replay.describe_stored(platform.log, topic)}"
    print(replay.summarize(counts) or stored)
    return TROUBLE if counts[replay.Outcome.FAILED] else OK


def _names(label: str) -> tuple[str, ...]:
    """Return the names of a Broker, with and without namespace; empty for other endpoints."""
    kind, _, name = label.partition(" ")
    return (name, name.partition("/")[2]) if kind == "Broker" else ()


async def _replay(
    entries: Iterable[Entry], consumer: Consumer, platform: EventingContext, args: argparse.Namespace
) -> Counter[Outcome]:
    from knative.local.eventing.trace.trace_store import StoredTrace
    from knative.local.tools.redelivery import replay
    from knative.local.tools.redelivery.resender import Resender

    counts: Counter[Outcome] = Counter()
    with closing(StoredTrace(platform.journal)) as journal:
        async with Resender(platform.log, journal) as resender:
            for entry in entries:
                outcome, complaint = await replay.replay(entry, consumer, resender, dry_run=args.dry_run)
                counts[outcome] += 1
                if complaint:
                    print(printable(f"{entry.topic}/{entry.partition}@{entry.offset}: {complaint}"), file=sys.stderr)
                if outcome in {replay.Outcome.SENT, replay.Outcome.FAILED}:
                    await asyncio.sleep(1 / args.rate)
                _progress(counts)
    return counts


def _progress(counts: Counter[Outcome]) -> None:
    """Print the count on a terminal, every few events."""
    if sys.stderr.isatty() and counts.total() % EVENTS_PER_UPDATE == 0:
        print(f"{counts.total()} …", end="\r", file=sys.stderr, flush=True)
