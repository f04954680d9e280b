"""every process: whether it runs, since when, and whether it answers"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from k8s.local.cli.exit_codes import OK, TROUBLE

if TYPE_CHECKING:
    from k8s.local.running import Outside


def arguments(parser: argparse.ArgumentParser) -> None:
    """None."""


def run(asked: argparse.Namespace) -> int:
    """Print a table for every platform below the directory."""
    from k8s.local.running import running

    found = running(asked.data)
    if not found:
        print(f"nothing runs in {asked.data}")
        return TROUBLE
    return max(_show(platform) for platform in found)


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
