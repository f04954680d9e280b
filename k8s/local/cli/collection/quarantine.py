"""list quarantined responses, show one with its evidence, or release one

A response that breaks a rule is not stored until a later response passes or a person releases it. Workers then store it
from the raw responses, and this version is not quarantined again. Exit code 1 when an entry is held.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

from k8s.local.cli.exit_codes import OK, TROUBLE


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    action = parser.add_subparsers(dest="action", required=True, metavar="list|show|release")
    listing = action.add_parser("list", help="list the entries and the rules they break")
    listing.add_argument("--league", default="", metavar="SLUG", help="only this league")
    listing.add_argument(
        "--state", default="held", choices=("held", "released", "resolved", "all"), help="(%(default)s)"
    )
    showing = action.add_parser("show", help="show one entry with its raw responses")
    releasing = action.add_parser("release", help="release one entry: it is correct")
    for one in (showing, releasing):
        one.add_argument("id", type=int, metavar="ID", help="the entry")
    for one in (listing, showing):
        one.add_argument("--json", action="store_true", help="print JSON")
    releasing.add_argument("--note", required=True, help="the reason, for the entry and the audit log")


def run(args: argparse.Namespace) -> int:
    """Run the action on the only platform that runs."""
    from k8s.local.cli import api_client

    with api_client.connect(args.data) as platform:
        if args.action == "release":
            released = platform.release(args.id, args.note)
            print(f"{line(released)}\n  job {released['job']} stores it")
            return OK
        if args.action == "show":
            entry = platform.quarantine_entry(args.id)
            print(json.dumps(entry, indent=2) if args.json else "\n".join(lines(entry)))
            return OK
        entries = platform.quarantine(league=args.league, state=args.state)
    print("\n".join(json.dumps(one) if args.json else line(one) for one in entries) or "the quarantine is empty")
    return TROUBLE if any(one["state"] == "held" for one in entries) else OK


def line(entry: dict[str, Any]) -> str:
    """Return one entry as a line."""
    rules = ", ".join(sorted({broken["rule"] for broken in entry["violations"]}))
    subject = f"{entry['league']}  {entry['kind']} {entry['ref']} {entry['part']}"
    return f"{entry['id']:>5}  {entry['state']:<8}  {subject}: {rules}"


def lines(entry: dict[str, Any]) -> list[str]:
    """Return the lines of one entry: its rules, its evidence and the decision."""
    rows = [line(entry)]
    rows += [f"  {one['rule']}: expected {one['expected']}, got {one['seen']}" for one in entry["violations"]]
    rows += [f"  {one['fetched_at']}  {one['path']}  {one['object']}#{one['place']}" for one in entry["evidence"]]
    if entry["decided_at"]:
        by = f"{entry['decided_by']}: {entry['note']}" if entry["decided_by"] else "a later response"
        rows.append(f"  {entry['state']} {entry['decided_at']} by {by}")
    return rows
