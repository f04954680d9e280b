"""Start times of processes, which with their pids identify them for ever, on Linux and macOS."""

from __future__ import annotations

import calendar
import os
import subprocess
import sys
import time
from pathlib import Path

_PS_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def start_time(pid: int) -> int:
    """Return when a process was started; 0 if none runs under this pid.

    The unit is the system's own: kernel clock ticks since boot on Linux, seconds since 1970 elsewhere.
    """
    return _linux_start(pid) if sys.platform == "linux" else ps_start(pid)


def uptime_s(started: int) -> float:
    """Return the seconds since a start time of `start_time`."""
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME) - started / os.sysconf("SC_CLK_TCK")
    return time.time() - started


def _linux_start(pid: int) -> int:
    """Read proc(5), stat field 22."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("ascii", errors="replace")
    except OSError:
        return 0
    # The second field is the name in parentheses and may itself contain any character.
    fields = text.rpartition(")")[2].split()
    return 0 if fields[0] == "Z" else int(fields[19])


def ps_start(pid: int) -> int:
    """Read the start from ps(1), which every other system has; in seconds since 1970."""
    command = ["ps", "-o", "stat=", "-o", "lstart=", "-p", str(pid)]
    shown = subprocess.run(command, capture_output=True, text=True, check=False, env=_PS_ENVIRONMENT).stdout
    status, _, started = shown.strip().partition(" ")
    if not started or status.startswith("Z"):
        return 0
    return calendar.timegm(time.strptime(started.strip(), "%a %b %d %H:%M:%S %Y"))
