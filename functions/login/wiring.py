"""Which adapters login runs on."""

from __future__ import annotations

from functions.login.service import Deps
from shared.adapters.accounts import PostgresSessions, PostgresUsers
from shared.adapters.postgres import Postgres
from shared.clock import SystemClock
from shared.passwords import Passwords
from shared.settings import Settings
from shared.tokens import Tokens

NEED = ("database_url", "token_keys")


def build(settings: Settings) -> Deps:
    """Wire the function; nothing connects yet."""
    database, clock = Postgres(settings.database_url), SystemClock()
    return Deps(
        users=PostgresUsers(database),
        sessions=PostgresSessions(database),
        passwords=Passwords(settings.bcrypt_cost),
        tokens=Tokens(settings.token_keys, clock),
        clock=clock,
        probes={"postgres": database.probe},
    )
