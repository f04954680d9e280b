"""Chooses the adapters of top-ups."""

from __future__ import annotations

from dataclasses import dataclass

from functions.top_ups.hook_store import PostgresHooks
from functions.top_ups.ports import Deps
from functions.top_ups.silence import Silence
from functions.top_ups.store import PostgresTopUps
from shared.adapters.http.guarded_posts import GuardedPosts
from shared.adapters.payments.api_client import TIMEOUT_S
from shared.adapters.payments.stripe import StripePayments
from shared.adapters.payments.yookassa import YooKassaPayments
from shared.adapters.postgres import ledger_blocks
from shared.adapters.postgres.database import Postgres
from shared.adapters.valkey import limits
from shared.clock import SystemClock
from shared.ports.payments import PaymentProvider
from shared.security.tokens import Tokens
from shared.settings.accounts import LimitSettings, TokenSettings
from shared.settings.edge import EdgeSettings
from shared.settings.eventing import SinkSettings
from shared.settings.payments import HookSettings, PaymentSettings
from shared.settings.stores import PostgresSettings

NEED = ("DATABASE_URL", "TOKEN_KEYS", "HOOKS_KEY")
WEBHOOK_PATIENCE_S = 0.7
"""A provider wants its webhook answered within seconds, also when it does not answer itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings that the function reads from the environment."""

    edge: EdgeSettings
    postgres: PostgresSettings
    sink: SinkSettings
    tokens: TokenSettings
    limits: LimitSettings
    payments: PaymentSettings
    hooks: HookSettings


def build(settings: Settings) -> Deps:
    """Wire the function; nothing connects yet."""
    database, clock = Postgres(settings.postgres.url), SystemClock()
    tokens = Tokens(settings.tokens.keys, clock, limits.revocations(settings.limits))
    return Deps(
        top_ups=PostgresTopUps(database),
        hooks=PostgresHooks(database),
        posts=GuardedPosts(private=settings.hooks.to_private_addresses),
        providers=build_providers(settings.payments, TIMEOUT_S),
        quick_providers=build_providers(settings.payments, WEBHOOK_PATIENCE_S),
        silence=Silence(),
        hooks_key=settings.hooks.key,
        webhook_addresses={"yookassa": settings.payments.yookassa_addresses},
        tokens=tokens,
        clock=clock,
        posted=ledger_blocks.sealer(database, settings.sink).notify,
        probes={"postgres": database.probe, "keys": tokens.keys.probe},
    )


def build_providers(settings: PaymentSettings, timeout_s: float) -> dict[str, PaymentProvider]:
    """Build the providers that have an address."""
    providers: list[PaymentProvider] = []
    if settings.stripe_url:
        secrets = settings.stripe_webhook_secrets
        providers.append(StripePayments(settings.stripe_url, settings.stripe_key, secrets, timeout_s=timeout_s))
    if settings.yookassa_url:
        providers.append(
            YooKassaPayments(
                settings.yookassa_url,
                settings.yookassa_shop_id,
                settings.yookassa_key,
                settings.return_url,
                timeout_s=timeout_s,
            )
        )
    return {each.name: each for each in providers}
