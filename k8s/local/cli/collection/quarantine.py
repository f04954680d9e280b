"""answers that were held back: list them, show one with its evidence, let one pass

What breaks a rule is not stored until a later answer keeps it, or somebody who knows better releases it: then workers
store it from the kept answers, and this version of it is not held back again. Exit code 1 when something is held.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

from k8s.local.cli.exit_codes import OK, TROUBLE


def arguments(parser: argparse.ArgumentParser) -> None:
    """What to do."""
    does = parser.add_subparsers(dest="does", required=True, metavar="list|show|release")
    listing = does.add_parser("list", help="what is held back, and by which rules")
    listing.add_argument("--league", default="", metavar="SLUG", help="only of this league")
    listing.add_argument(
        "--state", default="held", choices=("held", "released", "resolved", "all"), help="(%(default)s)"
    )
    showing = does.add_parser("show", help="one with the answers that show it")
    releasing = does.add_parser("release", help="say that it is right after all")
    for one in (showing, releasing):
        one.add_argument("id", type=int, metavar="ID", help="which one")
    for one in (listing, showing):
        one.add_argument("--json", action="store_true", help="for programs")
    releasing.add_argument("--note", required=True, help="why, for the entry and the audit trail")


def run(asked: argparse.Namespace) -> int:
    """Ask the one platform that runs."""
    from k8s.local.cli import api_client as api

    with api.of(asked.data) as platform:
        if asked.does == "release":
            released = platform.release(asked.id, asked.note)
            print(f"{line(released)}\n  job {released['job']} stores it")
            return OK
        if asked.does == "show":
            entry = platform.held(asked.id)
            print(json.dumps(entry, indent=2) if asked.json else "\n".join(lines(entry)))
            return OK
        found = platform.quarantine(league=asked.league, state=asked.state)
    print("\n".join(json.dumps(one) if asked.json else line(one) for one in found) or "nothing is held back")
    return TROUBLE if any(one["state"] == "held" for one in found) else OK


def line(entry: dict[str, Any]) -> str:
    """One entry in a line."""
    rules = ", ".join(sorted({broken["rule"] for broken in entry["violations"]}))
    of = f"{entry['league']}  {entry['kind']} {entry['ref']} {entry['part']}"
    return f"{entry['id']:>5}  {entry['state']:<8}  {of}: {rules}"


def lines(entry: dict[str, Any]) -> list[str]:
    """One entry with its rules, its evidence and what was decided."""
    told = [line(entry)]
    told += [f"  {one['rule']}: expected {one['expected']}, saw {one['seen']}" for one in entry["violations"]]
    told += [f"  {one['fetched_at']}  {one['path']}  {one['object']}#{one['place']}" for one in entry["evidence"]]
    if entry["decided_at"]:
        by = f"{entry['decided_by']}: {entry['note']}" if entry["decided_by"] else "a later answer"
        told.append(f"  {entry['state']} {entry['decided_at']} by {by}")
    return told
