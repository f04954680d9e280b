"""Chooses the adapters of errors."""

from __future__ import annotations

from dataclasses import dataclass

from functions.errors.ports import Deps
from functions.errors.store import ClickHouseErrorEvents, PostgresIssues
from shared.adapters.clickhouse.client import ClickHouse
from shared.adapters.postgres import outbox
from shared.adapters.postgres.database import Postgres
from shared.adapters.valkey import limits
from shared.clock import SystemClock
from shared.security.tokens import Tokens
from shared.settings.accounts import LimitSettings, TokenSettings
from shared.settings.edge import EdgeSettings
from shared.settings.error_reports import ErrorReportSettings
from shared.settings.eventing import SinkSettings
from shared.settings.stores import ClickHouseSettings, PostgresSettings

NEED = ("DATABASE_URL", "CLICKHOUSE_URL", "TOKEN_KEYS", "ERRORS_KEYS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings that the function reads from the environment."""

    edge: EdgeSettings
    postgres: PostgresSettings
    clickhouse: ClickHouseSettings
    sink: SinkSettings
    tokens: TokenSettings
    limits: LimitSettings
    reports: ErrorReportSettings


def build(settings: Settings) -> Deps:
    """Wire the function; nothing connects yet. Without ClickHouse issues are still counted, so it need not be ready."""
    database, clock = Postgres(settings.postgres.url), SystemClock()
    tokens = Tokens(settings.tokens.keys, clock, limits.revocations(settings.limits))
    return Deps(
        issues=PostgresIssues(database),
        events=ClickHouseErrorEvents(ClickHouse(settings.clickhouse.url)),
        tokens=tokens,
        clock=clock,
        keys=settings.reports.keys,
        publish_events=outbox.early_publisher(database, settings.sink),
        probes={"postgres": database.probe, "keys": tokens.keys.probe},
    )
