"""Chooses the adapters of merch."""

from __future__ import annotations

from dataclasses import dataclass

from functions.merch.service import Deps
from shared.adapters.postgres import ledger_blocks
from shared.adapters.postgres.database import Postgres
from shared.adapters.postgres.merch import PostgresMerch
from shared.adapters.valkey import limits
from shared.clock import SystemClock
from shared.security.tokens import Tokens
from shared.settings.accounts import LimitSettings, TokenSettings
from shared.settings.edge import EdgeSettings
from shared.settings.eventing import SinkSettings
from shared.settings.stores import PostgresSettings

NEED = ("DATABASE_URL", "TOKEN_KEYS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings that the function reads from the environment."""

    edge: EdgeSettings
    postgres: PostgresSettings
    sink: SinkSettings
    tokens: TokenSettings
    limits: LimitSettings


def build(settings: Settings) -> Deps:
    """Wire the function; nothing connects yet."""
    database, clock = Postgres(settings.postgres.url), SystemClock()
    tokens = Tokens(settings.tokens.keys, clock, limits.revocations(settings.limits))
    return Deps(
        merch=PostgresMerch(database),
        tokens=tokens,
        clock=clock,
        posted=ledger_blocks.sealer(database, settings.sink).notify,
        probes={"postgres": database.probe, "keys": tokens.keys.probe},
    )
