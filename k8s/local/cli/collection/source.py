"""show the health of the source, or resume collection from it

A source that refused us (403, a challenge, or 429 again after waiting as asked) gets no more requests, and its jobs
stop, until a person resumes it; the audit log records who and why. Exit code 1 when its health is not ok.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

from k8s.local.cli.exit_codes import OK, TROUBLE


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    action = parser.add_subparsers(dest="action", required=True, metavar="status|resume")
    status = action.add_parser("status", help="show ok, degraded or blocked, since when and why")
    status.add_argument("--json", action="store_true", help="print JSON")
    resume = action.add_parser("resume", help="resume requests to a source that refused us")
    resume.add_argument("--reason", default="", help="the reason, for the audit log")


def run(args: argparse.Namespace) -> int:
    """Run the action on the only platform that runs."""
    from k8s.local.cli import api_client

    with api_client.connect(args.data) as platform:
        if args.action == "resume":
            source = platform.resume_source(args.reason)
            print("\n".join([*lines(source), f"  {len(source['resumed'])} jobs continue"]))
            return OK
        source = platform.source()
    print(json.dumps(source, indent=2) if args.json else "\n".join(lines(source)))
    return OK if source["health"] == "ok" else TROUBLE


def lines(source: dict[str, Any]) -> list[str]:
    """Return the lines that describe the source."""
    rate = source["requests_per_s"]
    pace = f"at most {rate:g} requests a second" if rate else "no rate limit"
    rows = [f"{source['source']}: {source['health']}, {pace}"]
    if source["reason"]:
        rows.append(f"  refused since {source['since']}: {source['reason']}")
    elif source["since"]:
        rows.append(f"  failing since {source['since']}, {source['failures_in_a_row']} failures in a row")
    if source["rests_until"]:
        rows.append(f"  paused until {source['rests_until']}, then one probe request")
    return rows
