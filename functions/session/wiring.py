"""Chooses the adapters of session."""

from __future__ import annotations

from dataclasses import dataclass

from functions.session.service import Deps
from shared.adapters.postgres.accounts import PostgresSessions
from shared.adapters.postgres.database import Postgres
from shared.adapters.valkey import limits
from shared.clock import SystemClock
from shared.security.grants import Grants
from shared.security.tokens import Tokens
from shared.settings.accounts import LimitSettings, TokenSettings
from shared.settings.edge import EdgeSettings
from shared.settings.stores import PostgresSettings

NEED = ("DATABASE_URL", "TOKEN_KEYS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of the function."""

    edge: EdgeSettings
    postgres: PostgresSettings
    tokens: TokenSettings
    limits: LimitSettings


def build(settings: Settings) -> Deps:
    """Wire the function; nothing connects yet. Refreshing goes on without the list of revoked sessions."""
    database, clock, revocations = Postgres(settings.postgres.url), SystemClock(), limits.revocations(settings.limits)
    tokens = Tokens(settings.tokens.keys, clock, revocations)
    return Deps(
        grants=Grants(sessions=PostgresSessions(database), tokens=tokens, clock=clock, revocations=revocations),
        probes={"postgres": database.probe, "keys": tokens.keys.probe},
    )
