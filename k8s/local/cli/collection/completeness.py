"""what was collected of each season, and what is missing

A season is complete when every list was read, every fixture is known, and every part of every finished match is there
or definitively absent. Exit code 1 when anything is incomplete.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

from k8s.local.cli.exit_codes import OK, TROUBLE


def arguments(parser: argparse.ArgumentParser) -> None:
    """Of what."""
    parser.add_argument("--league", default="", metavar="SLUG", help="only this one")
    parser.add_argument("--season", default="", metavar="LABEL", help="only this one, such as 2025/26")
    parser.add_argument("--json", action="store_true", help="for programs")


def run(asked: argparse.Namespace) -> int:
    """Ask the one platform that runs."""
    from k8s.local.cli import api_client as api

    with api.of(asked.data) as platform:
        told = platform.completeness(league=asked.league, season=asked.season)
    print(json.dumps(told, indent=2) if asked.json else "\n".join(lines(told)))
    return OK if told["state"] == "complete" else TROUBLE


def lines(report: dict[str, Any]) -> list[str]:
    """A line per season, below it what is missing."""
    if not report["items"]:
        return ["nothing was collected yet"]
    told = [f"{'league':<14} {'season':<8} {'fixtures':>9} {'finished':>9} {'complete':>9} {'lists':>7}  state"]
    for season in report["items"]:
        matches, lists = season["matches"], season["lists"]
        expected = matches["fixtures_expected"]
        fixtures = f"{matches['fixtures']}/{expected}" if expected is not None else str(matches["fixtures"])
        told.append(
            f"{season['league']:<14} {season['season']:<8} {fixtures:>9} {matches['finished']:>9} "
            f"{matches['complete']:>9} {lists['read']:>3}/{lists['expected']:<3}  {season['state']}"
        )
        told += [f"  {why}" for why in season["why"]]
    return told
