"""Chooses the adapters of account."""

from __future__ import annotations

from dataclasses import dataclass

from functions.account.export_parts import HttpExportParts
from functions.account.service import Deps
from functions.account.store import PostgresAccounts
from shared.adapters.postgres import outbox
from shared.adapters.postgres.accounts import PostgresSessions
from shared.adapters.postgres.audit import PostgresAuditTrail
from shared.adapters.postgres.database import Postgres
from shared.adapters.valkey import limits
from shared.clock import SystemClock
from shared.security.grants import Grants
from shared.security.passwords import Passwords
from shared.security.tokens import Tokens
from shared.settings.accounts import LimitSettings, PasswordSettings, TokenSettings
from shared.settings.edge import EdgeSettings
from shared.settings.eventing import SinkSettings
from shared.settings.exports import ExportSettings
from shared.settings.stores import PostgresSettings

NEED = ("DATABASE_URL", "TOKEN_KEYS", "LIMITS_URL", "K_SINK", "EXPORT_PARTS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of the function."""

    edge: EdgeSettings
    postgres: PostgresSettings
    sink: SinkSettings
    tokens: TokenSettings
    limits: LimitSettings
    passwords: PasswordSettings
    exports: ExportSettings


def build(settings: Settings) -> Deps:
    """Wire the function; nothing connects yet. Readiness does not ask the broker: facts wait for it in the outbox."""
    database, clock = Postgres(settings.postgres.url), SystemClock()
    throttle, revocations = limits.ValkeyLimits(settings.limits.url), limits.revocations(settings.limits)
    tokens = Tokens(settings.tokens.keys, clock, revocations)
    return Deps(
        accounts=PostgresAccounts(database),
        audit_trail=PostgresAuditTrail(database),
        passwords=Passwords(settings.passwords.bcrypt_cost),
        throttle=throttle,
        grants=Grants(sessions=PostgresSessions(database), tokens=tokens, clock=clock, revocations=revocations),
        export_parts=HttpExportParts(settings.exports.parts),
        outbox=outbox.PostgresOutbox(database),
        relay=outbox.build_relay(database, settings.sink),
        clock=clock,
        tries_per_account=settings.limits.tries_per_account,
        probes={"postgres": database.probe, "limits": throttle.probe, "keys": tokens.keys.probe},
    )
