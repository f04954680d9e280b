"""Which adapters register runs on."""

from __future__ import annotations

from functions.register.service import Deps
from shared.adapters import outbox
from shared.adapters.accounts import PostgresUsers
from shared.adapters.postgres import Postgres
from shared.passwords import Passwords
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
