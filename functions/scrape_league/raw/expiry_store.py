"""Which raw answers were kept long enough, in Postgres."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from functions.scrape_league.jobs.policy import SOURCE
from functions.scrape_league.raw.expiry import Expired
from functions.scrape_league.rebuild import Wanted
from shared.adapters.named_queries import queries
from shared.adapters.postgres.database import Postgres, fetch_all

_SQL = queries(Path(__file__).with_name("expiry.sql"))


class PostgresExpiring:
    """`expiry.Expiring`."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def expire(self, before: datetime, limit: int) -> int:
        """Forget answers that came before a moment and are needed no more; how many objects held them."""
        named = {"source": SOURCE, "before": before, "limit": limit}
        return self._database.transaction(
            lambda connection: connection.execute(_SQL["expire"].encode(), named).rowcount
        )

    def expiring(self, limit: int) -> list[str]:
        """Objects of forgotten answers that the store may still have."""
        with self._database.connection() as connection:
            return [str(row[0]) for row in connection.execute(_SQL["expiring"].encode(), {"limit": limit}).fetchall()]

    def deleted(self, objects: Sequence[str]) -> None:
        """The store has them no more."""
        with self._database.connection() as connection:
            connection.execute(_SQL["deleted"].encode(), {"objects": list(objects)})

    def expired(self, wanted: Wanted) -> list[Expired]:
        """What is no more of a league or season, or of all."""
        named = {"source": SOURCE, "league_id": wanted.league_id, "season_id": wanted.season_id}
        with self._database.connection() as connection:
            return fetch_all(connection, Expired, _SQL["expired"], named)
