"""Which process of the simulation a task or a callback belongs to; it is told by the context that asyncio copies."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context, ContextVar, copy_context
from typing import Any, TypeVar

_T = TypeVar("_T")


class Life:
    """What a kill ends at once: every task begun under it, and every task those began."""

    def __init__(self) -> None:
        self.alive = True
        self._context = copy_context()
        self._context.run(_LIFE.set, self)

    def run(self, act: Callable[..., _T], *args: Any) -> _T:
        """Call something; the tasks and callbacks it begins belong to this life."""
        return self._context.copy().run(act, *args)


OUTSIDE = Context()
"""For what goes on although whoever began it was killed: a request that was sent, an answer on its way."""

_LIFE: ContextVar[Life | None] = ContextVar("life", default=None)


def life_of(context: Context | None = None) -> Life | None:
    """The life of a context, by default of the present one; None outside of all."""
    return _LIFE.get() if context is None else context.get(_LIFE)


def is_dead(handle: asyncio.Handle) -> bool:
    """Whether a callback belongs to a life that has ended."""
    life = life_of(handle._context)  # type: ignore[attr-defined]  # asyncio's own
    return life is not None and not life.alive
