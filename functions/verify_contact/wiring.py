"""Which adapters verify-contact runs on."""

from __future__ import annotations

from functions.verify_contact.service import Deps
from functions.verify_contact.store import PostgresCodes
from shared.adapters.messages import messages
from shared.adapters.postgres import outbox
from shared.adapters.postgres.database import Postgres
from shared.adapters.valkey import limits
from shared.clock import SystemClock
from shared.security.tokens import Tokens
from shared.settings import Settings

NEED = ("database_url", "token_keys", "limits_url", "messages_url", "codes_key")


def build(settings: Settings) -> Deps:
    """Wire the function; nothing connects yet. Readiness does not ask the mail server: other servers' weather."""
    database, clock = Postgres(settings.database_url), SystemClock()
    throttle, revocations = limits.ValkeyLimits(settings.limits_url), limits.revocations(settings)
    tokens = Tokens(settings.token_keys, clock, revocations)
    return Deps(
        codes=PostgresCodes(database),
        messages=messages(settings),
        throttle=throttle,
        tokens=tokens,
        clock=clock,
        key=settings.codes_key,
        tell=outbox.soon(database, settings),
        probes={"postgres": database.probe, "limits": throttle.probe, "keys": tokens.keys.probe},
    )
