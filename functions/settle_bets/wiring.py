"""Chooses the adapters that settle-bets runs on."""

from __future__ import annotations

from dataclasses import dataclass

from functions.settle_bets.service import Deps
from shared.adapters.postgres import ledger_blocks
from shared.adapters.postgres.database import Postgres
from shared.adapters.postgres.settlements import PostgresSettlements
from shared.clock import SystemClock
from shared.settings.edge import EdgeSettings
from shared.settings.eventing import SinkSettings
from shared.settings.stores import PostgresSettings

NEED = ("DATABASE_URL",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Groups of settings that the function reads from the environment."""

    edge: EdgeSettings
    postgres: PostgresSettings
    sink: SinkSettings


def build(settings: Settings) -> Deps:
    """Wire the function; nothing connects yet."""
    database = Postgres(settings.postgres.url)
    return Deps(
        settlements=PostgresSettlements(database),
        clock=SystemClock(),
        settled=ledger_blocks.sealer(database, settings.sink).notify,
        probes={"postgres": database.probe},
    )
