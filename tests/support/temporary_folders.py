"""Folders of engines that tests start: below /tmp itself, named for their process, removed when that is gone.

pytest's own folders are closed to the user that Postgres runs as for root. What a killed run has left is deleted by the
next one, and Linux ends its engines with it.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from k8s.local.supervisor.process import die_with
from k8s.local.supervisor.process_table import start_time

_NAME = re.compile(r"touchline-[a-z0-9]+-(\d+)-\w+")


def make_folder(kind: str) -> Path:
    """Make a folder that belongs to this process."""
    return Path(tempfile.mkdtemp(prefix=f"touchline-{kind}-{os.getpid()}-"))


def delete_abandoned(root: Path | None = None) -> None:
    """Delete the folders of processes that are gone."""
    for path in (root or Path(tempfile.gettempdir())).iterdir():
        match = _NAME.fullmatch(path.name)
        if match and not start_time(int(match[1])):
            shutil.rmtree(path, ignore_errors=True)


def end_with_this_process(number: signal.Signals) -> Callable[[], None] | None:
    """Return what a child runs before its program so that it gets this signal when this process is gone."""
    if sys.platform != "linux":
        return None
    parent = os.getpid()
    return lambda: die_with(parent, number)
