"""The tasks of top-ups that the clock starts."""

from __future__ import annotations

from functions.top_ups import hooks, service
from functions.top_ups.ports import Deps
from shared.events.envelope import Event
from shared.events.ticks import task_of

_TASKS = {"ask": service.ask_due, "deliver": hooks.deliver_due, "forget": service.forget}


def tick(event: Event, deps: Deps) -> None:
    """Do what the clock asks for: ``ask``, ``deliver`` or ``forget``."""
    _TASKS[task_of(event, _TASKS)](deps)
