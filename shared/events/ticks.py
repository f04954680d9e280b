"""The events of the clock: each names one task of the function it wakes."""

from __future__ import annotations

import json
from collections.abc import Container
from typing import Any

from shared.errors import InvalidInput
from shared.events.envelope import Event


def task_of(event: Event, tasks: Container[str]) -> str:
    """Return the task that a PingSource's ``{"task": …}`` names; `InvalidInput` if it is none of these."""
    try:
        task: Any = json.loads(event.data)["task"]
    except (ValueError, KeyError, TypeError, RecursionError) as exc:
        raise InvalidInput(f"event {event.id}: names no task") from exc
    if not isinstance(task, str) or task not in tasks:
        raise InvalidInput(f"event {event.id}: there is no such task")
    return task
