"""Chooses the adapters that lines runs on."""

from __future__ import annotations

from dataclasses import dataclass

from functions.lines.ports import Deps
from functions.lines.store import PostgresLineBook
from shared.adapters.postgres import outbox
from shared.adapters.postgres.database import Postgres
from shared.adapters.valkey import limits
from shared.clock import SystemClock
from shared.security.tokens import Tokens
from shared.settings.accounts import LimitSettings, TokenSettings
from shared.settings.edge import EdgeSettings
from shared.settings.eventing import SinkSettings
from shared.settings.line_provider import LineProviderSettings
from shared.settings.stores import PostgresSettings

NEED = ("DATABASE_URL", "TOKEN_KEYS")
"""Settings without which the function does not start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Groups of settings that the function reads from the environment."""

    edge: EdgeSettings
    postgres: PostgresSettings
    sink: SinkSettings
    tokens: TokenSettings
    limits: LimitSettings
    provider: LineProviderSettings


def build(settings: Settings) -> Deps:
    """Wire the function; nothing connects yet."""
    database, clock = Postgres(settings.postgres.url), SystemClock()
    tokens = Tokens(settings.tokens.keys, clock, limits.revocations(settings.limits))
    return Deps(
        lines=PostgresLineBook(database),
        tokens=tokens,
        clock=clock,
        provider_token=settings.provider.token,
        publish_events=outbox.early_publisher(database, settings.sink),
        probes={"postgres": database.probe, "keys": tokens.keys.probe},
    )
