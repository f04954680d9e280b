"""Chooses the adapters of verify-contact."""

from __future__ import annotations

from dataclasses import dataclass

from functions.verify_contact.service import Deps
from functions.verify_contact.store import PostgresCodes
from shared.adapters.messages import build_messages
from shared.adapters.postgres import outbox
from shared.adapters.postgres.database import Postgres
from shared.adapters.valkey import limits
from shared.clock import SystemClock
from shared.security.tokens import Tokens
from shared.settings.accounts import LimitSettings, TokenSettings
from shared.settings.edge import EdgeSettings
from shared.settings.eventing import SinkSettings
from shared.settings.messages import CodeSettings, MessageSettings
from shared.settings.stores import PostgresSettings

NEED = ("DATABASE_URL", "TOKEN_KEYS", "LIMITS_URL", "MESSAGES_URL", "CODES_KEY")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of the function."""

    edge: EdgeSettings
    postgres: PostgresSettings
    sink: SinkSettings
    tokens: TokenSettings
    limits: LimitSettings
    messages: MessageSettings
    codes: CodeSettings


def build(settings: Settings) -> Deps:
    """Wire the function; nothing connects yet. Readiness does not ask the mail server: it is not ours."""
    database, clock = Postgres(settings.postgres.url), SystemClock()
    throttle, revocations = limits.ValkeyLimits(settings.limits.url), limits.revocations(settings.limits)
    tokens = Tokens(settings.tokens.keys, clock, revocations)
    return Deps(
        codes=PostgresCodes(database),
        messages=build_messages(settings.messages),
        throttle=throttle,
        tokens=tokens,
        clock=clock,
        key=settings.codes.key,
        publish_events=outbox.early_publisher(database, settings.sink),
        probes={"postgres": database.probe, "limits": throttle.probe, "keys": tokens.keys.probe},
    )
