"""Where raw answers lie, in Postgres."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from functions.scrape_league.raw.archive import FetchGroup, NewRawResponse, RawResponse, RebuildScope
from functions.scrape_league.source.endpoints import SOURCE
from shared import rfc3339
from shared.adapters.postgres.database import plain
from shared.adapters.postgres.statements import Statements

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Postgres

_SQL = Statements(Path(__file__).with_name("index.sql"))


class PostgresIndex:
    """`archive.Index`."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def add(self, places: Sequence[NewRawResponse]) -> list[int]:
        """Note them durably; their ids, in order."""
        rows = json.dumps(plain(places), default=rfc3339.in_json)
        return sorted(_SQL.values(self._database, "add", source=SOURCE, rows=rows))

    def newest(self, paths: Sequence[str]) -> dict[str, RawResponse]:
        """The last answer of status 200 by path, of those that have one."""
        places = _SQL.rows(self._database, RawResponse, "newest", source=SOURCE, paths=list(paths))
        return {place.path: place for place in places}

    def readings(self, wanted: RebuildScope) -> list[FetchGroup]:
        """What was fetched together, by league and season, the oldest first."""
        return _SQL.rows(self._database, FetchGroup, "readings", source=SOURCE, **asdict(wanted))

    def places(self, ids: Sequence[int]) -> list[RawResponse]:
        """Places by id, the oldest first."""
        return _SQL.rows(self._database, RawResponse, "places", ids=list(ids))
