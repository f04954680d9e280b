"""Finds the process of the simulation that a task or callback belongs to, by the context that asyncio copies."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context, ContextVar, copy_context
from typing import Any, TypeVar

_T = TypeVar("_T")


class ProcessLifetime:
    """One process: a kill ends every task begun in it, and every task those began."""

    def __init__(self) -> None:
        self.alive = True
        self._context = copy_context()
        self._context.run(_LIFETIME.set, self)

    def run(self, act: Callable[..., _T], *args: Any) -> _T:
        """Call something; the tasks and callbacks it begins belong to this process."""
        return self._context.copy().run(act, *args)


OUTSIDE = Context()
"""The context of what goes on although its process was killed: a request that was sent, an answer on its way."""

_LIFETIME: ContextVar[ProcessLifetime | None] = ContextVar("life", default=None)


def lifetime_of(context: Context | None = None) -> ProcessLifetime | None:
    """Return the process of a context, by default of the present one; None outside of all."""
    return _LIFETIME.get() if context is None else context.get(_LIFETIME)


def is_dead(handle: asyncio.Handle) -> bool:
    """Whether a callback belongs to a process that has ended."""
    lifetime = lifetime_of(handle._context)  # type: ignore[attr-defined]  # asyncio's own
    return lifetime is not None and not lifetime.alive
