"""dead letters: list them, show one, send them to their consumer again

A letter is named by the id of its event, by how that begins, or by its place, such as 0@17. What was sent again is
marked and does not go twice unless ``--again`` says so; what is not taken stays as it was.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from k8s.local.cli.exit_codes import OK, TROUBLE
from shared.errors import InvalidInput

if TYPE_CHECKING:
    from k8s.local.eventing_context import Reach
    from knative.local.tools.redelivery.dead_letters import DeadLetter
    from knative.local.tools.redelivery.redrive_log import RedriveLog


def arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, and with which letters."""
    parser.add_argument("--manifests", type=Path, help="folder of YAML files (those of this checkout)")
    does = parser.add_subparsers(dest="does", required=True, metavar="list|show|redrive")
    listing = does.add_parser("list", help="how many there are, by whose they were and why")
    showing = does.add_parser("show", help="one with its headers, its data and why it was given up")
    redriving = does.add_parser("redrive", help="send letters to the consumer that gave them up")
    for one in (listing, redriving):
        one.add_argument("--type", default="*", metavar="GLOB", help="only events of such types")
        one.add_argument("--since", default="", metavar="WHEN", help="only younger ones: 2h, or 2026-03-01T12:00Z")
    for one in (listing, showing):
        one.add_argument("--json", action="store_true", help="for programs, each letter")
    showing.add_argument("names", nargs=1, metavar="ID", help="which one")
    redriving.add_argument("names", nargs="*", metavar="ID", help="which ones")
    redriving.add_argument("--all", action="store_true", help="all that --type and --since leave")
    redriving.add_argument("--dry-run", action="store_true", help="only say what would be sent where")
    redriving.add_argument("--again", action="store_true", help="also those that were sent before")
    redriving.add_argument("--edit", action="store_true", help="open the data of one in $EDITOR first")


def run(asked: argparse.Namespace) -> int:
    """Do it for the one platform that runs."""
    from k8s.local import eventing_context as reach
    from knative.local.tools.redelivery import dead_letters
    from knative.local.tools.redelivery.redrive_log import RedriveLog
    from knative.local.tools.text import time_format

    since = time_format.parse(asked.since, time.time()) if getattr(asked, "since", "") else 0.0
    with reach.of(asked.data, asked.manifests) as platform, closing(RedriveLog(platform.journal)) as redrives:
        topics = dead_letters.dead_letter_topics(platform.graph)
        found = [
            letter
            for topic in topics
            for letter in dead_letters.read(platform.log, topic, platform.consumers, redrives.of(topic))
        ]
        names, kind = getattr(asked, "names", []), getattr(asked, "type", "*")
        meant = dead_letters.select(found, names, type=kind, since=since)
        if asked.does == "list":
            return _list(topics, meant, asked)
        return _show(meant, asked) if asked.does == "show" else _redrive(meant, platform, redrives, asked)


def _list(topics: list[str], meant: list[DeadLetter], asked: argparse.Namespace) -> int:
    from knative.local.tools.redelivery import dead_letter_text

    lines = [json.dumps(dead_letter_text.to_json(one), ensure_ascii=False) for one in meant]
    print("\n".join(lines if asked.json else dead_letter_text.format_list(topics, meant, now=time.time())))
    return OK


def _show(meant: list[DeadLetter], asked: argparse.Namespace) -> int:
    from knative.local.tools.redelivery import dead_letter_text

    for letter in meant:
        told = dead_letter_text.to_json(letter) if asked.json else None
        print(
            json.dumps(told, indent=2, ensure_ascii=False)
            if told
            else "\n".join(dead_letter_text.format_letter(letter))
        )
    return OK


def _redrive(meant: list[DeadLetter], platform: Reach, redrives: RedriveLog, asked: argparse.Namespace) -> int:
    from knative.local.tools.redelivery import redrive

    if not (asked.names or asked.all):
        raise InvalidInput("name letters by their ids, or say --all")
    if asked.edit:
        if len(meant) != 1:
            raise InvalidInput(f"--edit takes one letter, and {len(meant)} are meant")
        meant = [redrive.edit(meant[0], os.environ)]

    return OK if asyncio.run(_send(meant, platform, redrives, asked)) else TROUBLE


async def _send(letters: list[DeadLetter], platform: Reach, redrives: RedriveLog, asked: argparse.Namespace) -> bool:
    """Whether all went well."""
    from knative.local.eventing.trace.trace_store import StoredTrace
    from knative.local.tools.redelivery import redrive
    from knative.local.tools.redelivery.resender import Resender

    well = True
    with closing(StoredTrace(platform.journal)) as journal:
        async with Resender(platform.log, journal) as resender:
            for letter in letters:
                result = await redrive.redrive(letter, resender, redrives, again=asked.again, dry_run=asked.dry_run)
                out = sys.stdout if result.well else sys.stderr
                print(f"{letter.event.id}  {letter.label}  {result.words}", file=out, flush=True)
                well &= result.well
    return well
