"""Chooses the adapters of campaigns."""

from __future__ import annotations

from dataclasses import dataclass

from functions.campaigns.service import Deps
from functions.campaigns.store import PostgresCampaigns
from shared.adapters.postgres.database import Postgres
from shared.adapters.valkey import limits
from shared.clock import SystemClock
from shared.security.sealing import Sealer
from shared.security.tokens import Tokens
from shared.settings.accounts import LimitSettings, TokenSettings
from shared.settings.edge import EdgeSettings
from shared.settings.market import SealingSettings
from shared.settings.stores import PostgresSettings

NEED = ("DATABASE_URL", "TOKEN_KEYS", "SEALING_KEYS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings that the function reads from the environment."""

    edge: EdgeSettings
    postgres: PostgresSettings
    tokens: TokenSettings
    limits: LimitSettings
    sealing: SealingSettings


def build(settings: Settings) -> Deps:
    """Wire the function; nothing connects yet."""
    database, clock = Postgres(settings.postgres.url), SystemClock()
    tokens = Tokens(settings.tokens.keys, clock, limits.revocations(settings.limits))
    return Deps(
        campaigns=PostgresCampaigns(database, Sealer(settings.sealing.keys)),
        tokens=tokens,
        clock=clock,
        probes={"postgres": database.probe, "keys": tokens.keys.probe},
    )
