"""Named moments at which a crash test may end this process as kill -9 would.

A process started with ``TOUCHLINE_CRASH_AT=<label>`` or ``<label>:<n>`` ends itself when it reaches that label for the
n-th time (by default the first). In every other process `reach` only looks at one variable.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Literal, get_args

from shared.errors import InvalidSettings

VARIABLE = "TOUCHLINE_CRASH_AT"

Label = Literal[
    "before-append",
    "after-append",
    "before-202",
    "after-read",
    "before-dispatch",
    "after-2xx",
    "before-reply",
    "after-reply",
    "before-retry",
    "before-dead-letter",
    "after-dead-letter",
    "before-commit",
    "after-commit",
]
"""In the order an event may meet them; `append` and `commit` are those of the log, a commit is an acknowledgement."""
LABELS: tuple[Label, ...] = get_args(Label)

_armed: _Armed | None = None


def reach(label: Label) -> None:
    """Pass this point, which may be the process's last."""
    if _armed is not None:
        _armed.count_down(label)


def arm(text: str, *, die: Callable[[], None] | None = None) -> None:
    """End the process (or call `die`) at ``label[:n]``; an empty text disarms it. `InvalidSettings` otherwise."""
    global _armed
    label, _, times = text.partition(":")
    if text and (label not in LABELS or not (times or "1").isdecimal()):
        raise InvalidSettings(f"{VARIABLE}: expected one of {', '.join(LABELS)}, or one with :n, not {text!r}")
    _armed = _Armed(label, int(times or "1"), die or _die) if text else None


class _Armed:
    """Counts how often the label is still to be reached."""

    def __init__(self, label: str, n_left: int, die: Callable[[], None]) -> None:
        self._label = label
        self._n_left = n_left
        self._die = die

    def count_down(self, label: str) -> None:
        """Die at the last time."""
        if label == self._label:
            self._n_left -= 1
            if self._n_left == 0:
                self._die()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
