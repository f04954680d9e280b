"""Chooses the adapters that make-lines runs on."""

from __future__ import annotations

from dataclasses import dataclass

from functions.make_lines.football import HttpFootball
from functions.make_lines.ports import Deps
from functions.make_lines.store import PostgresLines
from shared.adapters.postgres import outbox
from shared.adapters.postgres.database import Postgres
from shared.clock import SystemClock
from shared.settings.eventing import SinkSettings
from shared.settings.functions import FunctionSettings
from shared.settings.stores import PostgresSettings

NEED = ("DATABASE_URL", "FUNCTIONS_URL")
"""Settings without which the function does not start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Groups of settings that the function reads from the environment."""

    postgres: PostgresSettings
    sink: SinkSettings
    functions: FunctionSettings


def build(settings: Settings) -> Deps:
    """Wire the function; nothing connects yet. Readiness does not ask football: without it, lines are stopped."""
    database = Postgres(settings.postgres.url)
    return Deps(
        football=HttpFootball(settings.functions.url),
        lines=PostgresLines(database),
        clock=SystemClock(),
        publish_events=outbox.early_publisher(database, settings.sink),
        probes={"postgres": database.probe},
    )
