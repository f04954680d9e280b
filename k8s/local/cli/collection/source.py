"""the source that is collected: how it stands, and leave to ask it again

A source that has refused us (403, a challenge, 429 again after its wait was kept) is left alone, and its jobs stop,
until somebody resumes it; the audit trail keeps who and why. Exit code 1 when it is not well.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

from k8s.local.cli.exit_codes import OK, TROUBLE


def arguments(parser: argparse.ArgumentParser) -> None:
    """What to do."""
    does = parser.add_subparsers(dest="does", required=True, metavar="status|resume")
    status = does.add_parser("status", help="ok, degraded or blocked, since when and why")
    status.add_argument("--json", action="store_true", help="for programs")
    resume = does.add_parser("resume", help="let a source that refused us be asked again")
    resume.add_argument("--reason", default="", help="why that is right, for the audit trail")


def run(asked: argparse.Namespace) -> int:
    """Ask the one platform that runs."""
    from k8s.local.cli import api_client as api

    with api.of(asked.data) as platform:
        if asked.does == "resume":
            told = platform.resume_source(asked.reason)
            print("\n".join([*lines(told), f"  {len(told['resumed'])} jobs go on"]))
            return OK
        told = platform.source()
    print(json.dumps(told, indent=2) if asked.json else "\n".join(lines(told)))
    return OK if told["health"] == "ok" else TROUBLE


def lines(source: dict[str, Any]) -> list[str]:
    """How it stands, in words."""
    rate = source["requests_per_s"]
    pace = f"at most {rate:g} requests a second" if rate else "without a limit to its pace"
    told = [f"{source['source']}: {source['health']}, {pace}"]
    if source["reason"]:
        told.append(f"  refused since {source['since']}: {source['reason']}")
    elif source["since"]:
        told.append(f"  trouble since {source['since']}, {source['failures_in_a_row']} failures in a row")
    if source["rests_until"]:
        told.append(f"  rests until {source['rests_until']}, then one request finds out")
    return told
