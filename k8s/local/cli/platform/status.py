"""show every process: whether it runs, since when, and whether it answers

Exit code 1 when no platform runs, or a process does not answer.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from k8s.local.cli.exit_codes import OK, TROUBLE

if TYPE_CHECKING:
    from k8s.local.running_platform import ProcessStatus, RunningPlatform


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare no options."""


def run(args: argparse.Namespace) -> int:
    """Print a table for every platform below the directory."""
    from k8s.local.running_platform import find_running

    platforms = find_running(args.data)
    if not platforms:
        print(f"no platform runs in {args.data}; start one with ./scripts/run")
        return TROUBLE
    tables = [(platform, list(platform.processes())) for platform in platforms]
    print("\n\n".join("\n".join(lines(platform, processes)) for platform, processes in tables))
    return TROUBLE if any(process.problem for _, processes in tables for process in processes) else OK


def lines(platform: RunningPlatform, processes: list[ProcessStatus]) -> Iterator[str]:
    """Yield the table of one platform: its directory and address, then a line per process."""
    yield f"{platform.data}  {platform.state.urls.get('public', '')}".rstrip()
    yield f"  {'process':<10} {'pid':>8} {'port':>6} {'up':>8} {'restarts':>8}  status"
    for process in processes:
        up = duration(process.uptime_s) if process.alive else "-"
        status = process.problem.splitlines()[0] if process.problem else "ready"
        yield f"  {process.name:<10} {process.pid:>8} {process.port or '-':>6} {up:>8} {process.restarts:>8}  {status}"


def duration(seconds: float) -> str:
    """Return a duration in its largest unit of which there are at least two."""
    for unit, size_s in (("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds >= 2 * size_s:
            return f"{seconds / size_s:.0f}{unit}"
    return f"{seconds:.0f}s"
