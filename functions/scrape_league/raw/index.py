"""Where raw answers lie, in Postgres."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from functions.scrape_league.jobs.policy import SOURCE
from functions.scrape_league.raw.archive import NewPlace, Place
from functions.scrape_league.rebuild import Reading, Wanted
from shared import rfc3339
from shared.adapters.named_queries import queries
from shared.adapters.postgres.database import Postgres, fetch_all, plain

_SQL = queries(Path(__file__).with_name("index.sql"))


class PostgresIndex:
    """`archive.Index`."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def add(self, places: Sequence[NewPlace]) -> list[int]:
        """Note them durably; their ids, in order."""
        rows = json.dumps(plain(places), default=rfc3339.in_json)
        with self._database.connection() as connection:
            found = connection.execute(_SQL["add"].encode(), {"source": SOURCE, "rows": rows})
            return sorted(int(row[0]) for row in found.fetchall())

    def newest(self, paths: Sequence[str]) -> dict[str, Place]:
        """The last answer of status 200 by path, of those that have one."""
        named = {"source": SOURCE, "paths": list(paths)}
        with self._database.connection() as connection:
            return {place.path: place for place in fetch_all(connection, Place, _SQL["newest"], named)}

    def readings(self, wanted: Wanted) -> list[Reading]:
        """What was fetched together, by league and season, the oldest first."""
        with self._database.connection() as connection:
            return fetch_all(connection, Reading, _SQL["readings"], {"source": SOURCE} | asdict(wanted))

    def places(self, ids: Sequence[int]) -> list[Place]:
        """Places by id, the oldest first."""
        with self._database.connection() as connection:
            return fetch_all(connection, Place, _SQL["places"], {"ids": list(ids)})
