"""Chooses the adapters of bet-maker."""

from __future__ import annotations

from dataclasses import dataclass

from functions.bet_maker.service import Deps
from functions.bet_maker.users import UserFunctions
from shared.adapters.postgres.bets import PostgresBets
from shared.adapters.postgres.database import Postgres
from shared.adapters.valkey import limits
from shared.clock import SystemClock
from shared.security.tokens import Tokens
from shared.settings.accounts import LimitSettings, TokenSettings
from shared.settings.edge import EdgeSettings
from shared.settings.functions import FunctionSettings
from shared.settings.stores import PostgresSettings

NEED = ("DATABASE_URL", "TOKEN_KEYS", "FUNCTIONS_URL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings that the function reads from the environment."""

    edge: EdgeSettings
    postgres: PostgresSettings
    tokens: TokenSettings
    limits: LimitSettings
    functions: FunctionSettings


def build(settings: Settings) -> Deps:
    """Wire the function; nothing connects yet."""
    database, clock = Postgres(settings.postgres.url), SystemClock()
    tokens = Tokens(settings.tokens.keys, clock, limits.revocations(settings.limits))
    return Deps(
        bets=PostgresBets(database),
        users=UserFunctions(settings.functions.url),
        tokens=tokens,
        clock=clock,
        probes={"postgres": database.probe, "keys": tokens.keys.probe},
    )
