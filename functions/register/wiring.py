"""Which adapters register runs on."""

from __future__ import annotations

from functions.register.service import Deps
from shared.adapters.postgres import outbox
from shared.adapters.postgres.accounts import PostgresUsers
from shared.adapters.postgres.database import Postgres
from shared.security.passwords import Passwords
from shared.settings import Settings

NEED = ("database_url",)


def build(settings: Settings) -> Deps:
    """Wire the function; nothing connects yet."""
    database = Postgres(settings.database_url)
    return Deps(
        users=PostgresUsers(database),
        passwords=Passwords(settings.bcrypt_cost),
        tell=outbox.soon(database, settings),
        probes={"postgres": database.probe},
    )
