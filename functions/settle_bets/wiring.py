"""Chooses the adapters that settle-bets runs on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from functions.settle_bets.service import Deps
from shared.adapters.amqp.event_queues import EventQueues
from shared.adapters.postgres import betting_lines, ledger_blocks
from shared.adapters.postgres.bets import PostgresBets
from shared.adapters.postgres.database import Postgres
from shared.adapters.postgres.settlements import PostgresSettlements
from shared.clock import SystemClock
from shared.settings.amqp import AmqpSettings
from shared.settings.edge import EdgeSettings
from shared.settings.eventing import SinkSettings
from shared.settings.stores import PostgresSettings

NEED = ("DATABASE_URL",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Groups of settings that the function reads from the environment."""

    edge: EdgeSettings
    postgres: PostgresSettings
    sink: SinkSettings
    amqp: AmqpSettings


class LineResults:
    """Results in the tables of lines, each with its event."""

    def __init__(self, database: Postgres) -> None:
        """Remember the database."""
        self._database = database

    def record(self, event_id: int, *, won: bool, now: datetime) -> None:
        """Record that an event made by hand was won or lost; `NotFound` for one that is not made by hand."""
        PostgresBets(self._database).manual_event(event_id)
        result = betting_lines.Result(event_id=event_id, status="decided", outcome="win" if won else "lose")
        self._database.transaction(
            lambda connection: betting_lines.record_result(
                connection, result, by="settle-bets", now=now, only_first=True
            )
        )


def build(settings: Settings) -> Deps:
    """Wire the function; nothing connects yet."""
    database = Postgres(settings.postgres.url)
    return Deps(
        settlements=PostgresSettlements(database),
        results=LineResults(database),
        queues=EventQueues(settings.amqp.url) if settings.amqp.url else None,
        clock=SystemClock(),
        settled=ledger_blocks.sealer(database, settings.sink).notify,
        probes={"postgres": database.probe},
    )
