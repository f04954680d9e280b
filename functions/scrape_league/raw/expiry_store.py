"""Expired raw responses, in Postgres."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from functions.scrape_league.raw.model import ExpiredResponses, RebuildScope
from functions.scrape_league.source.endpoints import SOURCE
from shared.adapters.postgres.statements import Statements

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Postgres

_SQL = Statements(Path(__file__).with_name("expiry.sql"))


class PostgresExpiryStore:
    """Implementation of `ExpiryStore`; lists expired responses for a rebuild as well."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def forget_old(self, before: datetime, limit: int) -> int:
        """Remove unneeded responses fetched before a time from the index; return how many objects held them."""
        return self._database.transaction(
            lambda connection: _SQL.execute(connection, "forget_old", source=SOURCE, before=before, limit=limit)
        )

    def list_deletable(self, limit: int) -> list[str]:
        """Return objects that hold only removed responses and may still be in the object store."""
        return _SQL.values(self._database, "list_deletable", limit=limit)

    def remove_deleted(self, objects: Sequence[str]) -> None:
        """Record that these objects are deleted."""
        _SQL.execute(self._database, "remove_deleted", objects=list(objects))

    def list_expired(self, scope: RebuildScope) -> list[ExpiredResponses]:
        """Return what a rebuild of this scope lacks because it has expired."""
        season = {"league_id": scope.league_id, "season_id": scope.season_id}
        return _SQL.rows(self._database, ExpiredResponses, "list_expired", source=SOURCE, **season)
