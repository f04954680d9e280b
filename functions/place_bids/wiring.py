"""Chooses the adapters of place-bids."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass

from functions.place_bids.market import HttpMarket
from functions.place_bids.ports import Deps
from functions.place_bids.store import PostgresBids, PostgresLimiter
from shared.adapters.clickhouse.client import ClickHouse
from shared.adapters.postgres.database import Postgres
from shared.clock import SystemClock
from shared.security.sealing import Sealer
from shared.settings.edge import EdgeSettings
from shared.settings.market import MarketSettings, SealingSettings
from shared.settings.stores import ClickHouseSettings, PostgresSettings

NEED = ("DATABASE_URL", "CLICKHOUSE_URL", "SEALING_KEYS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings that the function reads from the environment."""

    edge: EdgeSettings
    postgres: PostgresSettings
    clickhouse: ClickHouseSettings
    market: MarketSettings
    sealing: SealingSettings


def build(settings: Settings) -> Deps:
    """Wire the function; nothing connects yet."""
    database = Postgres(settings.postgres.url)
    warehouse = ClickHouse(settings.clickhouse.url)
    return Deps(
        store=PostgresBids(database, Sealer(settings.sealing.keys)),
        market=HttpMarket(settings.market.url) if settings.market.url else None,
        limiter=PostgresLimiter(database, settings.market.requests_per_s),
        warehouse=warehouse,
        clock=SystemClock(),
        holder=f"{socket.gethostname()}/{os.getpid()}",
        probes={"postgres": database.probe, "clickhouse": warehouse.probe},
    )
