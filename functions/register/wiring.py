"""Chooses the adapters of register."""

from __future__ import annotations

from dataclasses import dataclass

from functions.register.service import Deps
from shared.adapters.postgres import outbox
from shared.adapters.postgres.accounts import PostgresUsers
from shared.adapters.postgres.database import Postgres
from shared.adapters.valkey.limits import ValkeyLimits
from shared.clock import SystemClock
from shared.security.passwords import Passwords
from shared.settings.accounts import LimitSettings, PasswordSettings, RegistrationSettings
from shared.settings.edge import EdgeSettings
from shared.settings.eventing import SinkSettings
from shared.settings.stores import PostgresSettings

NEED = ("DATABASE_URL", "LIMITS_URL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of the function."""

    edge: EdgeSettings
    postgres: PostgresSettings
    sink: SinkSettings
    passwords: PasswordSettings
    limits: LimitSettings
    registration: RegistrationSettings


def build(settings: Settings) -> Deps:
    """Wire the function; nothing connects yet. Without the store of limits nobody may register, so it must be ready."""
    database, throttle = Postgres(settings.postgres.url), ValkeyLimits(settings.limits.url)
    return Deps(
        users=PostgresUsers(database),
        passwords=Passwords(settings.passwords.bcrypt_cost),
        throttle=throttle,
        clock=SystemClock(),
        per_address=settings.registration.per_address,
        publish_events=outbox.early_publisher(database, settings.sink),
        probes={"postgres": database.probe, "limits": throttle.probe},
    )
