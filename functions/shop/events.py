"""Event handlers of shop, and the tasks that the clock starts."""

from __future__ import annotations

from functions.shop.ports import Deps
from shared.domain.shop.records import KEY_LIFETIME
from shared.events.envelope import Event
from shared.events.ticks import task_of
from shared.events.users import UserDeleted


def erase(event: Event, deps: Deps) -> None:
    """Erase the customer and the sellers that a deleted user was; a second delivery finds none."""
    user_id, now = UserDeleted.from_event(event).user_id, deps.clock.now()
    deps.customers.erase(user_id, now=now)
    deps.sellers.erase(user_id, now=now)


def tick(event: Event, deps: Deps) -> None:
    """Do what the clock asks for: ``publish`` or ``forget``."""
    _TASKS[task_of(event, _TASKS)](deps)


def _publish(deps: Deps) -> None:
    deps.upkeep.publish()


def _forget(deps: Deps) -> None:
    while deps.upkeep.forget_keys(before=deps.clock.now() - KEY_LIFETIME):
        pass


_TASKS = {"publish": _publish, "forget": _forget}
