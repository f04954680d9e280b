"""The tasks that the clock starts."""

from __future__ import annotations

import json
from typing import Any

from functions.place_bids import service
from functions.place_bids.ports import Deps
from shared.errors import InvalidInput
from shared.events.envelope import Event

_cache = service.MarketCache()
"""What is the same for every seller; read again after a while."""


def tick(event: Event, deps: Deps) -> None:
    """Do what the clock asks for: ``sweep`` or ``rotate``."""
    task = _task(event)
    if task == "sweep":
        service.sweep(deps, _cache)
    else:
        while deps.store.rotate_keys():
            pass


def _task(event: Event) -> str:
    try:
        task: Any = json.loads(event.data)["task"]
    except (ValueError, KeyError, TypeError, RecursionError) as exc:
        raise InvalidInput(f"event {event.id}: names no task") from exc
    if task not in ("sweep", "rotate"):
        raise InvalidInput(f"event {event.id}: there is no such task")
    return str(task)
