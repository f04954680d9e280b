"""Event handlers of coins, and the tasks that the clock starts."""

from __future__ import annotations

import logging

from functions.coins.ports import Deps
from shared.domain.money.coins import KEY_LIFETIME
from shared.errors import Corrupted
from shared.events.envelope import Event
from shared.events.money import TransactionPosted
from shared.events.ticks import task_of
from shared.events.users import UserDeleted, UserRegistered

_log = logging.getLogger(__name__)


def open_account(event: Event, deps: Deps) -> None:
    """Give a new user their first coins; a second delivery finds the account open."""
    deps.coins.open(UserRegistered.from_event(event).user_id)
    deps.posted()


def close_account(event: Event, deps: Deps) -> None:
    """Take the coins of a deleted user out of circulation; a second delivery finds the account closed."""
    deps.coins.close(UserDeleted.from_event(event).user_id)
    deps.posted()


def project(event: Event, deps: Deps) -> None:
    """Store the postings of a block for histories and statements."""
    deps.history.store(TransactionPosted.from_event(event), token=event.id)


def tick(event: Event, deps: Deps) -> None:
    """Do what the clock asks for: ``seal``, ``expire``, ``forget`` or ``verify``."""
    _TASKS[task_of(event, _TASKS)](deps)


def _seal(deps: Deps) -> None:
    deps.upkeep.seal()


def _expire(deps: Deps) -> None:
    deps.upkeep.expire_holds()


def _forget(deps: Deps) -> None:
    while deps.upkeep.forget_keys(before=deps.clock.now() - KEY_LIFETIME):
        pass


def _verify(deps: Deps) -> None:
    """Fail loudly: the event is delivered again, then kept among the dead letters, and every fault is in the log."""
    faults = deps.upkeep.verify()
    for fault in faults:
        _log.error("the ledger breaks a rule: %s", fault, extra={"action": "ledger_verify"})
    if faults:
        raise Corrupted(f"the ledger breaks {len(faults)} rules")


_TASKS = {"seal": _seal, "expire": _expire, "forget": _forget, "verify": _verify}
