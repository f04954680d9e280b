"""list dead letters, show one, or send them to their consumer again

A dead letter is named by the id of its event, the first characters of it, or its position, such as 0@17. A letter that
was sent successfully is marked and not sent twice without ``--again``; one that fails stays as it is.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from k8s.local.cli.exit_codes import OK, TROUBLE
from knative.local.tools.text.printable_json import dump_json
from shared.errors import InvalidInput
from shared.web.printable import printable

if TYPE_CHECKING:
    from k8s.local.eventing_context import EventingContext
    from knative.local.tools.redelivery.dead_letters import DeadLetter
    from knative.local.tools.redelivery.redrive_log import RedriveLog


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions and the letters."""
    parser.add_argument("--manifests", type=Path, help="folder of YAML files (those of this checkout)")
    action = parser.add_subparsers(dest="action", required=True, metavar="list|show|redrive")
    listing = action.add_parser("list", help="count them by consumer and reason")
    showing = action.add_parser("show", help="print one with its headers, data and reason")
    redriving = action.add_parser("redrive", help="send letters to the consumer that failed")
    for one in (listing, redriving):
        one.add_argument("--type", default="*", metavar="GLOB", help="only events whose type matches")
        one.add_argument("--since", default="", metavar="WHEN", help="only newer ones: 2h, or 2026-03-01T12:00Z")
    for one in (listing, showing):
        one.add_argument("--json", action="store_true", help="print JSON, one letter a line")
    showing.add_argument("names", nargs=1, metavar="ID", help="the letter")
    redriving.add_argument("names", nargs="*", metavar="ID", help="the letters")
    redriving.add_argument("--all", action="store_true", help="all letters that match --type and --since")
    redriving.add_argument("--dry-run", action="store_true", help="only print what would be sent where")
    redriving.add_argument("--again", action="store_true", help="also letters that were sent before")
    redriving.add_argument("--edit", action="store_true", help="edit the data of one letter in $EDITOR first")


def run(args: argparse.Namespace) -> int:
    """Run the action on the only platform that runs."""
    from k8s.local import eventing_context
    from knative.local.tools.redelivery import dead_letters
    from knative.local.tools.redelivery.redrive_log import RedriveLog
    from knative.local.tools.text import time_format

    since = time_format.parse(args.since, time.time()) if getattr(args, "since", "") else 0.0
    with (
        eventing_context.open_context(args.data, args.manifests) as platform,
        closing(RedriveLog(platform.journal)) as redrives,
    ):
        topics = dead_letters.dead_letter_topics(platform.graph)
        all_letters = [
            letter
            for topic in topics
            for letter in dead_letters.read(platform.log, topic, platform.consumers, redrives.of(topic))
        ]
        names, kind = getattr(args, "names", []), getattr(args, "type", "*")
        selected = dead_letters.select(all_letters, names, type=kind, since=since)
        if args.action == "list":
            return _list(topics, selected, args)
        return _show(selected, args) if args.action == "show" else _redrive(selected, platform, redrives, args)


def _list(topics: list[str], selected: list[DeadLetter], args: argparse.Namespace) -> int:
    from knative.local.tools.redelivery import dead_letter_text

    lines = [dump_json(dead_letter_text.to_json(one)) for one in selected]
    print("\n".join(lines if args.json else dead_letter_text.format_list(topics, selected, now=time.time())))
    return OK


def _show(selected: list[DeadLetter], args: argparse.Namespace) -> int:
    from knative.local.tools.redelivery import dead_letter_text

    for letter in selected:
        document = dead_letter_text.to_json(letter)
        text = "\n".join(dead_letter_text.format_letter(letter))
        print(dump_json(document, indent=2) if args.json else text)
    return OK


def _redrive(
    selected: list[DeadLetter], platform: EventingContext, redrives: RedriveLog, args: argparse.Namespace
) -> int:
    from knative.local.tools.redelivery import redrive

    if not (args.names or args.all):
        raise InvalidInput("name letters by their ids, or pass --all")
    if args.edit:
        if len(selected) != 1:
            raise InvalidInput(f"--edit takes one letter, but {len(selected)} match")
        selected = [redrive.edit(selected[0], os.environ)]

    return OK if asyncio.run(_send(selected, platform, redrives, args)) else TROUBLE


async def _send(
    letters: list[DeadLetter], platform: EventingContext, redrives: RedriveLog, args: argparse.Namespace
) -> bool:
    """Send each letter; True if every one was accepted."""
    from knative.local.eventing.trace.trace_store import StoredTrace
    from knative.local.tools.redelivery import redrive
    from knative.local.tools.redelivery.resender import Resender

    all_ok = True
    with closing(StoredTrace(platform.journal)) as journal:
        async with Resender(platform.log, journal) as resender:
            for letter in letters:
                result = await redrive.redrive(letter, resender, redrives, again=args.again, dry_run=args.dry_run)
                out = sys.stdout if result.is_ok else sys.stderr
                print(printable(f"{letter.event.id}  {letter.label}  {result.message}"), file=out, flush=True)
                all_ok &= result.is_ok
    return all_ok
