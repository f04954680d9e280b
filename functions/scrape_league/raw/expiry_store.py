"""Which raw answers were kept long enough, in Postgres."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from functions.scrape_league.raw.archive import RebuildScope
from functions.scrape_league.raw.expiry import Expired
from functions.scrape_league.source.endpoints import SOURCE
from shared.adapters.postgres.statements import Statements

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Postgres

_SQL = Statements(Path(__file__).with_name("expiry.sql"))


class PostgresExpiryStore:
    """`expiry.Expiring`."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def expire(self, before: datetime, limit: int) -> int:
        """Forget answers that came before a moment and are needed no more; how many objects held them."""
        return self._database.transaction(
            lambda connection: _SQL.execute(connection, "expire", source=SOURCE, before=before, limit=limit)
        )

    def expiring(self, limit: int) -> list[str]:
        """Objects of forgotten answers that the store may still have."""
        return _SQL.values(self._database, "expiring", limit=limit)

    def deleted(self, objects: Sequence[str]) -> None:
        """The store has them no more."""
        _SQL.execute(self._database, "deleted", objects=list(objects))

    def expired(self, wanted: RebuildScope) -> list[Expired]:
        """What is no more of a league or season, or of all."""
        season = {"league_id": wanted.league_id, "season_id": wanted.season_id}
        return _SQL.rows(self._database, Expired, "expired", source=SOURCE, **season)
