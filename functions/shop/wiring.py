"""Chooses the adapters of shop."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from functions.shop.ports import Deps
from shared.adapters import event_log
from shared.adapters.postgres.database import Postgres
from shared.adapters.postgres.shop import requests
from shared.adapters.postgres.shop.customers import PostgresCustomers
from shared.adapters.postgres.shop.outbox import PurchaseRelay
from shared.adapters.postgres.shop.products import PostgresProducts
from shared.adapters.postgres.shop.purchases import PostgresPurchases
from shared.adapters.postgres.shop.sellers import PostgresSellers
from shared.adapters.valkey import limits
from shared.clock import SystemClock
from shared.coalesced_task import CoalescedTask
from shared.errors import TouchlineError
from shared.security.tokens import Tokens
from shared.settings.accounts import LimitSettings, TokenSettings
from shared.settings.edge import EdgeSettings
from shared.settings.eventing import EventLogSettings
from shared.settings.stores import PostgresSettings

_log = logging.getLogger(__name__)

NEED = ("DATABASE_URL", "EVENT_LOG_URL", "TOKEN_KEYS")
PUBLISH_PAUSE_S = 0.2
"""Between a purchase and its event on the log, so that an append holds many where there are many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings that the function reads from the environment."""

    edge: EdgeSettings
    postgres: PostgresSettings
    event_log: EventLogSettings
    tokens: TokenSettings
    limits: LimitSettings


class Upkeep:
    """The relay to the log, by the clock and soon after a purchase, and the keys that are forgotten."""

    def __init__(self, database: Postgres, log_url: str) -> None:
        self._database = database
        # Built with the first event: the log's client would cost a cold start its budget.
        self._relay = cache(lambda: PurchaseRelay(database, event_log.connect(log_url)))
        self._task = CoalescedTask(self._try_publish, name="shop-relay", pause_s=PUBLISH_PAUSE_S)

    def publish(self) -> None:
        """Take pending events to the log."""
        self._relay().publish_pending()

    def publish_soon(self) -> None:
        """Have pending events taken to the log in the background; returns at once."""
        self._task.request()

    def forget_keys(self, *, before: datetime) -> int:
        """Drop idempotency keys from before a moment."""
        return requests.forget(self._database, before=before)

    def _try_publish(self) -> None:
        try:
            self.publish()
        except TouchlineError as exc:
            _log.warning("purchases wait in the outbox: %s", exc, extra={"action": "shop_relay"})


def build(settings: Settings) -> Deps:
    """Wire the function; nothing connects yet."""
    database, clock = Postgres(settings.postgres.url), SystemClock()
    tokens = Tokens(settings.tokens.keys, clock, limits.revocations(settings.limits))
    upkeep = Upkeep(database, settings.event_log.url)
    return Deps(
        sellers=PostgresSellers(database),
        products=PostgresProducts(database),
        customers=PostgresCustomers(database),
        purchases=PostgresPurchases(database),
        upkeep=upkeep,
        tokens=tokens,
        clock=clock,
        purchased=upkeep.publish_soon,
        probes={"postgres": database.probe, "keys": tokens.keys.probe},
    )
