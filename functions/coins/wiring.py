"""Chooses the adapters of coins."""

from __future__ import annotations

from dataclasses import dataclass

from functions.coins.ports import Deps
from functions.coins.store import LedgerUpkeep, PostgresOrders
from shared.adapters.clickhouse.client import ClickHouse
from shared.adapters.clickhouse.ledger import ClickHouseLedger
from shared.adapters.ledger_verification import LedgerVerification
from shared.adapters.postgres import ledger_blocks
from shared.adapters.postgres.coins import PostgresCoins
from shared.adapters.postgres.database import Postgres
from shared.adapters.postgres.user_names import UserNames
from shared.adapters.valkey import limits
from shared.clock import SystemClock
from shared.security.tokens import Tokens
from shared.settings.accounts import LimitSettings, TokenSettings
from shared.settings.edge import EdgeSettings
from shared.settings.eventing import SinkSettings
from shared.settings.stores import ClickHouseSettings, PostgresSettings

NEED = ("DATABASE_URL", "CLICKHOUSE_URL", "TOKEN_KEYS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings that the function reads from the environment."""

    edge: EdgeSettings
    postgres: PostgresSettings
    clickhouse: ClickHouseSettings
    sink: SinkSettings
    tokens: TokenSettings
    limits: LimitSettings


def build(settings: Settings) -> Deps:
    """Wire the function; nothing connects yet."""
    database, clock = Postgres(settings.postgres.url), SystemClock()
    warehouse = ClickHouse(settings.clickhouse.url)
    history, sealer = ClickHouseLedger(warehouse), ledger_blocks.sealer(database, settings.sink)
    verification = LedgerVerification(database, history)
    tokens = Tokens(settings.tokens.keys, clock, limits.revocations(settings.limits))
    return Deps(
        coins=PostgresCoins(database),
        orders=PostgresOrders(database),
        history=history,
        names=UserNames(database),
        upkeep=LedgerUpkeep(database, sealer, lambda: verification.find_faults(now=clock.now())),
        tokens=tokens,
        clock=clock,
        posted=sealer.notify,
        probes={"postgres": database.probe, "clickhouse": warehouse.probe, "keys": tokens.keys.probe},
    )
