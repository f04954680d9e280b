"""Chooses the adapters of staff-shop."""

from __future__ import annotations

from dataclasses import dataclass

from functions.staff_shop.service import Deps
from shared.adapters.postgres import ledger_blocks
from shared.adapters.postgres.accounts import PostgresSessions, PostgresUsers
from shared.adapters.postgres.audit import PostgresAuditTrail
from shared.adapters.postgres.coins import PostgresCoins
from shared.adapters.postgres.database import Postgres
from shared.adapters.postgres.merch import PostgresMerch
from shared.adapters.postgres.user_names import UserNames
from shared.adapters.valkey import limits
from shared.clock import SystemClock
from shared.security.grants import Grants
from shared.security.passwords import Passwords
from shared.security.recent_logins import RecentLogins
from shared.security.tokens import Tokens
from shared.settings.accounts import LimitSettings, PasswordSettings, TokenSettings
from shared.settings.edge import EdgeSettings
from shared.settings.eventing import SinkSettings
from shared.settings.money import StaffShopSettings
from shared.settings.stores import PostgresSettings

NEED = ("DATABASE_URL", "TOKEN_KEYS", "LIMITS_URL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings that the function reads from the environment."""

    edge: EdgeSettings
    postgres: PostgresSettings
    sink: SinkSettings
    tokens: TokenSettings
    limits: LimitSettings
    passwords: PasswordSettings
    staff_shop: StaffShopSettings


def build(settings: Settings) -> Deps:
    """Wire the function; nothing connects yet."""
    database, clock = Postgres(settings.postgres.url), SystemClock()
    throttle, revocations = limits.ValkeyLimits(settings.limits.url), limits.revocations(settings.limits)
    tokens = Tokens(settings.tokens.keys, clock, revocations)
    return Deps(
        users=PostgresUsers(database),
        passwords=Passwords(settings.passwords.bcrypt_cost),
        any_password=settings.staff_shop.any_password,
        recent_logins=RecentLogins(lifetime_s=settings.staff_shop.login_remembered_s),
        grants=Grants(sessions=PostgresSessions(database), tokens=tokens, clock=clock, revocations=revocations),
        tokens=tokens,
        throttle=throttle,
        tries_per_account=settings.limits.tries_per_account,
        tries_per_address=settings.limits.tries_per_address,
        trail=PostgresAuditTrail(database),
        coins=PostgresCoins(database),
        merch=PostgresMerch(database),
        names=UserNames(database),
        clock=clock,
        posted=ledger_blocks.sealer(database, settings.sink).notify,
        probes={"postgres": database.probe, "limits": throttle.probe, "keys": tokens.keys.probe},
    )
