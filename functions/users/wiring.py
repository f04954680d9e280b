"""Which adapters users runs on."""

from __future__ import annotations

from functions.users.service import Deps
from functions.users.store import PostgresDirectory
from shared.adapters.postgres import outbox
from shared.adapters.postgres.accounts import PostgresSessions
from shared.adapters.postgres.audit import PostgresAudit
from shared.adapters.postgres.database import Postgres
from shared.adapters.valkey import limits
from shared.clock import SystemClock
from shared.security.grants import Grants
from shared.security.tokens import Tokens
from shared.settings import Settings

NEED = ("database_url", "token_keys")


def build(settings: Settings) -> Deps:
    """Wire the function; nothing connects yet."""
    database, clock, revocations = Postgres(settings.database_url), SystemClock(), limits.revocations(settings)
    tokens = Tokens(settings.token_keys, clock, revocations)
    return Deps(
        directory=PostgresDirectory(database),
        trail=PostgresAudit(database),
        grants=Grants(sessions=PostgresSessions(database), tokens=tokens, clock=clock, revocations=revocations),
        clock=clock,
        tell=outbox.soon(database, settings),
        probes={"postgres": database.probe, "keys": tokens.keys.probe},
    )
