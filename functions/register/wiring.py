"""Which adapters register runs on."""

from __future__ import annotations

from dataclasses import dataclass

from functions.register.service import Deps
from shared.adapters.postgres import outbox
from shared.adapters.postgres.accounts import PostgresUsers
from shared.adapters.postgres.database import Postgres
from shared.security.passwords import Passwords
from shared.settings.accounts import PasswordSettings
from shared.settings.edge import EdgeSettings
from shared.settings.eventing import SinkSettings
from shared.settings.stores import PostgresSettings

NEED = ("DATABASE_URL",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the function reads from the environment."""

    edge: EdgeSettings
    postgres: PostgresSettings
    sink: SinkSettings
    passwords: PasswordSettings


def build(settings: Settings) -> Deps:
    """Wire the function; nothing connects yet."""
    database = Postgres(settings.postgres.url)
    return Deps(
        users=PostgresUsers(database),
        passwords=Passwords(settings.passwords.bcrypt_cost),
        tell=outbox.early_publisher(database, settings.sink),
        probes={"postgres": database.probe},
    )
