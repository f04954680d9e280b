"""The part of a simulated thread that the blocking classes need: its loop, and whether it still may run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context
from typing import Any, Protocol

import greenlet


class Scheduler(Protocol):
    """The virtual loop, as code that blocks sees it."""

    hub: greenlet.greenlet
    """Runs the loop; a thread that blocks switches to it."""

    def call_later(
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Call after so many virtual seconds."""

    def call_shuffled(self, callback: Callable[..., object], *args: Any, context: Context | None = None) -> object:
        """Call soon, at a place in the queue that the seed decides."""


class BlockableThread(Protocol):
    """A simulated thread."""

    @property
    def loop(self) -> Scheduler:
        """The loop it was started on."""

    def is_dead(self) -> bool:
        """Whether its process was killed, or the simulation is over."""


class ThreadGreenlet(greenlet.greenlet):
    """The greenlet that a simulated thread runs on."""

    thread: BlockableThread
