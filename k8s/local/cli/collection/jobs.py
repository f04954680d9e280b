"""list scrape jobs, or show one with its progress

A job is named by its id or the first characters of it. It continues after any crash; what it could not collect is
listed with the reason. Exit code 1 when the job failed or is blocked.
"""

from __future__ import annotations

import argparse
import json
import time
from typing import TYPE_CHECKING, Any

from k8s.local.cli.exit_codes import OK, TROUBLE
from shared.errors import NotFound

if TYPE_CHECKING:
    from k8s.local.cli.api_client import ApiClient


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the job and the form of the output."""
    parser.add_argument("job_id", nargs="?", metavar="ID", help="one job; without it, the newest jobs are listed")
    parser.add_argument(
        "--watch", action="store_true", help="show progress until the job ends (without ID: the newest)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """List or show jobs of the only platform that runs."""
    from k8s.local.cli import api_client

    with api_client.connect(args.data) as platform:
        if not (args.job_id or args.watch):
            return _list(platform.jobs(), as_json=args.json)
        job_id = find_job_id(platform.jobs(), args.job_id or "")
        job = _watch(platform, job_id) if args.watch else platform.job(job_id)
    print(json.dumps(job, indent=2) if args.json else "\n".join(lines(job)))
    return TROUBLE if job["state"] in ("failed", "blocked") else OK


def find_job_id(jobs: list[dict[str, Any]], begin: str) -> str:
    """Return the id of the job whose id begins so; of the newest if `begin` is empty. A whole id need not be listed."""
    ids = [str(job["id"]) for job in jobs if str(job["id"]).startswith(begin)]
    if not begin and ids:
        return ids[0]
    if len(ids) == 1 or len(begin) == 36:
        return ids[0] if ids else begin
    raise NotFound(f"{len(ids) or 'no'} jobs have an id that begins with {begin}" if begin else "there is no job yet")


def lines(job: dict[str, Any]) -> list[str]:
    """Return the lines that show one job."""
    eta = f", about {job['eta_s']} s to go" if job["eta_s"] else ""
    rows = [f"{job['id']}  {job['state']}, {job['percent']:g} %{eta}{f': {fault}' if (fault := job['fault']) else ''}"]
    for row in job["leagues"]:
        units = ", ".join(f"{n} {kind} {state}" for kind, states in row["units"].items() for state, n in states.items())
        matches = f"{row['matches']['with_details']}/{row['matches']['expected']}"
        rows.append(f"  {row['league']:<14} {matches:>11} matches  {row['rows']:>9,} rows  {units}")
    rows += [
        f"  {fault['state']:<11} {fault['league']} {fault['kind']} {fault['ref']}: {fault['reason']}"
        for fault in job["faults"]
    ]
    return rows


def _list(jobs: list[dict[str, Any]], *, as_json: bool) -> int:
    if as_json:
        print(json.dumps(jobs, indent=2))
    else:
        for job in jobs:
            request = f"{', '.join(job['leagues'])}: {', '.join(job['seasons']) or 'details'}"
            print(f"{job['id']}  {job['state']:<8} {str(job['created_at'])[:19]}  {request}")
        if not jobs:
            print("there is no job yet")
    return OK


def _watch(platform: ApiClient, job_id: str) -> dict[str, Any]:
    """Show progress bars until the job is no longer running; return it."""
    from rich.console import Console

    from k8s.local.cli.api_client import POLL_S
    from k8s.local.cli.progress_bars import JobProgress

    with JobProgress(Console(highlight=False, stderr=True)) as progress:
        while True:
            job = platform.job(job_id)
            progress.update_job(job)
            if job["state"] != "running":
                return job
            time.sleep(POLL_S)
