"""Which adapters session runs on."""

from __future__ import annotations

from functions.session.service import Deps
from shared.adapters.postgres.accounts import PostgresSessions
from shared.adapters.postgres.database import Postgres
from shared.adapters.valkey import limits
from shared.clock import SystemClock
from shared.security.grants import Grants
from shared.security.tokens import Tokens
from shared.settings import Settings

NEED = ("database_url", "token_keys")


def build(settings: Settings) -> Deps:
    """Wire the function; nothing connects yet. Refreshing goes on without the list of revoked sessions."""
    database, clock, revocations = Postgres(settings.database_url), SystemClock(), limits.revocations(settings)
    tokens = Tokens(settings.token_keys, clock, revocations)
    return Deps(
        grants=Grants(sessions=PostgresSessions(database), tokens=tokens, clock=clock, revocations=revocations),
        probes={"postgres": database.probe, "keys": tokens.keys.probe},
    )
