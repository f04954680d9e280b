"""scrape jobs: which there are, and how far one is

A job is named by its id or by how that begins. It goes on by itself after any crash; what it could not get is told
with the reason. Exit code 1 when a job failed or is blocked.
"""

from __future__ import annotations

import argparse
import json
import time
from typing import TYPE_CHECKING, Any

from k8s.local.cli.exit_codes import OK, TROUBLE
from shared.errors import NotFound

if TYPE_CHECKING:
    from k8s.local.cli.api_client import Api


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which, and for how long."""
    parser.add_argument("job_id", nargs="?", metavar="ID", help="one job; without it, the newest are listed")
    parser.add_argument("--watch", action="store_true", help="show bars until it ends; without an ID, the newest one's")
    parser.add_argument("--json", action="store_true", help="for programs")


def run(asked: argparse.Namespace) -> int:
    """Ask the one platform that runs."""
    from k8s.local.cli import api_client as api

    with api.of(asked.data) as platform:
        if not (asked.job_id or asked.watch):
            return _list(platform.jobs(), as_json=asked.json)
        job_id = chosen(platform.jobs(), asked.job_id or "")
        job = _watched(platform, job_id) if asked.watch else platform.job(job_id)
    print(json.dumps(job, indent=2) if asked.json else "\n".join(lines(job)))
    return TROUBLE if job["state"] in ("failed", "blocked") else OK


def chosen(jobs: list[dict[str, Any]], begin: str) -> str:
    """The id of the one job that begins so, of the newest when nothing is said; a whole id need not be listed."""
    found = [str(job["id"]) for job in jobs if str(job["id"]).startswith(begin)]
    if not begin and found:
        return found[0]
    if len(found) == 1 or len(begin) == 36:
        return found[0] if found else begin
    raise NotFound(f"{len(found) or 'no'} jobs are called {begin}…" if begin else "there is no job yet")


def lines(job: dict[str, Any]) -> list[str]:
    """One job in full."""
    eta = f", about {job['eta_s']} s to go" if job["eta_s"] else ""
    told = [f"{job['id']}  {job['state']}, {job['percent']:g} %{eta}{f': {fault}' if (fault := job['fault']) else ''}"]
    for row in job["leagues"]:
        units = ", ".join(f"{n} {kind} {state}" for kind, of in row["units"].items() for state, n in of.items())
        matches = f"{row['matches']['with_details']}/{row['matches']['expected']}"
        told.append(f"  {row['league']:<14} {matches:>11} matches  {row['rows']:>9,} rows  {units}")
    told += [
        f"  {fault['state']:<11} {fault['league']} {fault['kind']} {fault['ref']}: {fault['reason']}"
        for fault in job["faults"]
    ]
    return told


def _list(jobs: list[dict[str, Any]], *, as_json: bool) -> int:
    if as_json:
        print(json.dumps(jobs, indent=2))
    else:
        for job in jobs:
            wish = f"{', '.join(job['leagues'])}: {', '.join(job['seasons']) or 'details'}"
            print(f"{job['id']}  {job['state']:<8} {str(job['created_at'])[:19]}  {wish}")
        print("" if jobs else "no job yet", end="" if jobs else "\n")
    return OK


def _watched(platform: Api, job_id: str) -> dict[str, Any]:
    """The job as it is when it ends, or stops for a person."""
    from rich.console import Console

    from k8s.local.cli.api_client import POLL_S
    from k8s.local.cli.progress_bars import Bars

    with Bars(Console(highlight=False, stderr=True)) as bars:
        while True:
            job = platform.job(job_id)
            bars.show_job(job)
            if job["state"] != "running":
                return job
            time.sleep(POLL_S)
