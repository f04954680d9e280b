"""Raw answers are kept so many days and no longer, where somebody says how many; what is still needed stays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from shared.ports.clock import Clock
from shared.ports.objects import Objects

_AT_ONCE = 200
"""Objects: what one stop of the worker may have to wait for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """Answers of one season (0: of the league itself) that are no more."""

    league_id: int
    season_id: int
    n_answers: int
    fetched_until: datetime


class ExpiryStore(Protocol):
    """Knows which answers are old, and whether somebody needs them still."""

    def expire(self, before: datetime, limit: int) -> int:
        """Forget answers that came before a moment and are needed no more; how many objects held them."""

    def expiring(self, limit: int) -> list[str]:
        """Objects of forgotten answers that the store may still have."""

    def deleted(self, objects: Sequence[str]) -> None:
        """The store has them no more."""


def expire(
    keep_days: int, expiring: ExpiryStore, objects: Objects, clock: Clock, *, goes_on: Callable[[], bool] = lambda: True
) -> int:
    """Delete what was kept long enough; how many objects.

    Answers are forgotten first: nobody is told of a body that is gone. Killed between the two, the object is deleted
    the next time.

    Raises
    ------
    Unavailable : a store is silent; the next time goes on where this one stopped.
    """
    if not keep_days:
        return 0
    before, n_deleted = clock.now() - timedelta(days=keep_days), 0
    while goes_on():
        expiring.expire(before, _AT_ONCE)
        names = expiring.expiring(_AT_ONCE)
        if not names:
            break
        for name in names:
            objects.delete(name)
        expiring.deleted(names)
        n_deleted += len(names)
    return n_deleted
