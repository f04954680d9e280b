"""The tasks of top-ups that the clock starts."""

from __future__ import annotations

import json
from typing import Any

from functions.top_ups import hooks, service
from functions.top_ups.ports import Deps
from shared.errors import InvalidInput
from shared.events.envelope import Event

_TASKS = {"ask": service.ask_due, "deliver": hooks.deliver_due, "forget": service.forget}


def tick(event: Event, deps: Deps) -> None:
    """Do what the clock asks for: ``ask``, ``deliver`` or ``forget``."""
    _TASKS[_task(event)](deps)


def _task(event: Event) -> str:
    try:
        task: Any = json.loads(event.data)["task"]
    except (ValueError, KeyError, TypeError, RecursionError) as exc:
        raise InvalidInput(f"event {event.id}: names no task") from exc
    if not isinstance(task, str) or task not in _TASKS:
        raise InvalidInput(f"event {event.id}: there is no such task")
    return task
