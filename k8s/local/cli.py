"""``./scripts/touchline``: look at a running platform, or bring its stores to the shape the code expects."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from k8s.local.outside import Outside, platforms
from k8s.local.run import default_data
from shared import migrate
from shared.errors import NotFound, TouchlineError

OK, TROUBLE = 0, 1


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when all is well, 1 when something is not."""
    parser = argparse.ArgumentParser(prog="./scripts/touchline", description=__doc__)
    parser.add_argument("--data", type=Path, default=default_data(), help="directory given to run (%(default)s)")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("status", help="every process: whether it runs, since when, and whether it answers")
    commands.add_parser("migrate", help="apply what is missing to the stores, the running ones or those of the URLs")
    asked = parser.parse_args(arguments)
    try:
        return status(asked.data) if asked.command == "status" else apply(asked.data)
    except TouchlineError as exc:
        print(exc, file=sys.stderr)
        return TROUBLE


def status(data: Path) -> int:
    """Print a table for every platform below the directory."""
    running = [found for found in platforms(data) if found.state.processes]
    if not running:
        print(f"nothing runs in {data}")
        return TROUBLE
    return max(_show(platform) for platform in running)


def apply(data: Path) -> int:
    """Migrate the stores named by the environment, else those of the one platform that runs below the directory."""
    running = [found for found in platforms(data) if found.state.processes]
    if len(running) > 1:
        raise NotFound(f"{len(running)} platforms run below {data}; name the folder of one with --data")
    environment = running[0].environment(os.environ) if running else dict(os.environ)
    report = migrate.run(environment)
    applied = [*report.postgres, *report.clickhouse]
    print(f"applied {', '.join(applied) or 'nothing: all is in place'} ({report.elapsed_ms:.0f} ms)")
    return OK


def _show(platform: Outside) -> int:
    well = True
    print(f"{platform.data}  {platform.state.urls.get('public', '')}")
    print(f"  {'process':<10} {'pid':>8} {'port':>6} {'up':>8} {'restarts':>8}  answer")
    for seen in platform.processes():
        well &= not seen.complaint
        up = _span(seen.uptime_s) if seen.alive else "-"
        answer = seen.complaint.splitlines()[0] if seen.complaint else "ready"
        print(f"  {seen.name:<10} {seen.pid:>8} {seen.port or '-':>6} {up:>8} {seen.restarts:>8}  {answer}")
    return OK if well else TROUBLE


def _span(seconds: float) -> str:
    for unit, size_s in (("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds >= 2 * size_s:
            return f"{seconds / size_s:.0f}{unit}"
    return f"{seconds:.0f}s"


if __name__ == "__main__":
    sys.exit(main())
