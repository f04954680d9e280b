"""hand stored events of a topic to one consumer again

TOPIC is a topic of the log, or the name of a Broker. FROM and TO are instants (2026-03-01T12:00Z), spans back from now
(2h), offsets, or offsets of one partition (0@17), as `why` and `dlq show` tell them. The events go to one consumer that
is named, never back into the Broker, where all Triggers would get them again; its filter holds. Each is tried four
times with the waits of its consumer; what fails is told, and nothing is dead-lettered.
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

if TYPE_CHECKING:
    from k8s.local.eventing_context import Reach
    from knative.local.eventing.process.consumers import Consumer
    from knative.local.tools.redelivery.replay import Outcome
    from shared.ports.log import Entry

PER_S = 50.0
PER_LOOK = 10


def arguments(parser: argparse.ArgumentParser) -> None:
    """What, from when, to whom."""
    parser.add_argument("topic", metavar="TOPIC", help="a topic, or a Broker's name")
    parser.add_argument("--from", dest="first", required=True, metavar="FROM", help="the first one")
    parser.add_argument("--to", dest="last", default="", metavar="TO", help="the last one (the newest)")
    who = parser.add_mutually_exclusive_group()
    who.add_argument("--trigger", default="", metavar="NAME", help="a Trigger, Subscription or KafkaSource")
    who.add_argument("--url", default="", help="any address, unfiltered")
    parser.add_argument("--rate", type=float, default=PER_S, metavar="N", help="events a second (%(default)g)")
    parser.add_argument("--dry-run", action="store_true", help="only count")
    parser.add_argument("--manifests", type=Path, help="folder of YAML files (those of this checkout)")


def run(asked: argparse.Namespace) -> int:
    """Replay in the one platform that runs; 1 when an event failed."""
    from k8s.local import eventing_context as reach
    from knative.local.tools.redelivery import replay

    if not asked.rate > 0:
        raise InvalidInput("--rate: more than 0 a second expected")
    now = time.time()
    first, last = replay.parse_bound(asked.first, now), replay.parse_bound(asked.last, now) if asked.last else None
    with reach.of(asked.data, asked.manifests) as platform:
        topic = next((door.topic for door in platform.endpoints if asked.topic in _names(door.label)), asked.topic)
        consumer = replay.find_consumer(topic, platform.consumers, asked.trigger, asked.url)
        print(f"{topic} to {consumer.to.label} at {consumer.to.url}", file=sys.stderr)
        entries = replay.read_between(platform.log, topic, first, last)
        counts = asyncio.run(_replay(entries, consumer, platform, asked))
    print(replay.summarize(counts) or "nothing is stored there")
    return TROUBLE if counts[replay.Outcome.FAILED] else OK


def _names(label: str) -> tuple[str, ...]:
    """What a Broker may be called; nothing for other ways in."""
    kind, _, name = label.partition(" ")
    return (name, name.partition("/")[2]) if kind == "Broker" else ()


async def _replay(
    entries: Iterable[Entry], consumer: Consumer, platform: Reach, asked: argparse.Namespace
) -> Counter[Outcome]:
    from knative.local.eventing.trace.trace_store import StoredTrace
    from knative.local.tools.redelivery import replay
    from knative.local.tools.redelivery.resender import Resender

    counts: Counter[Outcome] = Counter()
    with closing(StoredTrace(platform.journal)) as journal:
        async with Resender(platform.log, journal) as resender:
            for entry in entries:
                outcome, complaint = await replay.replay(entry, consumer, resender, dry_run=asked.dry_run)
                counts[outcome] += 1
                if complaint:
                    print(f"{entry.topic}/{entry.partition}@{entry.offset}: {complaint}", file=sys.stderr)
                if outcome in {replay.Outcome.SENT, replay.Outcome.FAILED}:
                    await asyncio.sleep(1 / asked.rate)
                _progress(counts)
    return counts


def _progress(counts: Counter[Outcome]) -> None:
    """On a terminal only, and not so often that it costs something."""
    if sys.stderr.isatty() and counts.total() % PER_LOOK == 0:
        print(f"{counts.total()} …", end="\r", file=sys.stderr, flush=True)
