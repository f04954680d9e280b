"""The tasks that the clock starts."""

from __future__ import annotations

from functions.place_bids import service
from functions.place_bids.ports import Deps
from shared.events.envelope import Event
from shared.events.ticks import task_of

_cache = service.MarketCache()
"""What is the same for every seller; read again after a while."""


def tick(event: Event, deps: Deps) -> None:
    """Do what the clock asks for: ``sweep`` or ``rotate``."""
    if task_of(event, ("sweep", "rotate")) == "sweep":
        service.sweep(deps, _cache)
    else:
        while deps.store.rotate_keys():
            pass
