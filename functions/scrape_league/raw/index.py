"""Index of raw responses, in Postgres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from functions.scrape_league.raw.model import FetchGroup, NewRawResponse, RawResponse, RebuildScope
from functions.scrape_league.source.endpoints import SOURCE
from shared.adapters.postgres.database import to_jsonb, to_rows
from shared.adapters.postgres.statements import Statements

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Postgres

_SQL = Statements(Path(__file__).with_name("index.sql"))


class PostgresIndex:
    """Implementation of `RawIndex`; lists the fetch groups of a rebuild as well."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def add(self, responses: Sequence[NewRawResponse]) -> list[int]:
        """Add responses durably; return their ids, in order."""
        return sorted(_SQL.values(self._database, "add", source=SOURCE, rows=to_jsonb(to_rows(responses))))

    def find_newest(self, paths: Sequence[str]) -> dict[str, RawResponse]:
        """Return the newest response of status 200 by path; paths without one are left out."""
        rows = _SQL.rows(self._database, RawResponse, "find_newest", source=SOURCE, paths=list(paths))
        return {raw.path: raw for raw in rows}

    def list_fetch_groups(self, scope: RebuildScope) -> list[FetchGroup]:
        """Return what was fetched together, by league and season, the oldest first."""
        return _SQL.rows(self._database, FetchGroup, "list_fetch_groups", source=SOURCE, **asdict(scope))

    def find(self, ids: Sequence[int]) -> list[RawResponse]:
        """Return responses by id, the oldest first."""
        return _SQL.rows(self._database, RawResponse, "find", ids=list(ids))
