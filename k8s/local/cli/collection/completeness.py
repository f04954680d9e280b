"""show what was collected of each season, and what is missing

A season is complete when every list was read, every fixture is known, and every part of every finished match is stored
or confirmed absent. Exit code 1 when anything is incomplete.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

from k8s.local.cli.exit_codes import OK, TROUBLE


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the league and season."""
    parser.add_argument("--league", default="", metavar="SLUG", help="only this league")
    parser.add_argument("--season", default="", metavar="LABEL", help="only this season, such as 2025/26")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Print the report of the only platform that runs."""
    from k8s.local.cli import api_client

    with api_client.connect(args.data) as platform:
        report = platform.completeness(league=args.league, season=args.season)
    print(json.dumps(report, indent=2) if args.json else "\n".join(lines(report)))
    return OK if report["state"] == "complete" else TROUBLE


def lines(report: dict[str, Any]) -> list[str]:
    """Return a line per season and, below it, what is missing."""
    if not report["items"]:
        return ["nothing is collected yet"]
    rows = [f"{'league':<14} {'season':<8} {'fixtures':>9} {'finished':>9} {'complete':>9} {'lists':>7}  state"]
    for season in report["items"]:
        matches, lists = season["matches"], season["lists"]
        expected = matches["fixtures_expected"]
        fixtures = f"{matches['fixtures']}/{expected}" if expected is not None else str(matches["fixtures"])
        rows.append(
            f"{season['league']:<14} {season['season']:<8} {fixtures:>9} {matches['finished']:>9} "
            f"{matches['complete']:>9} {lists['read']:>3}/{lists['expected']:<3}  {season['state']}"
        )
        rows += [f"  {why}" for why in season["why"]]
    return rows
