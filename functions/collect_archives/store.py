"""The files of archives in Postgres."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from functions.collect_archives.ports import ClaimedFile, FileResult
from shared.adapters.postgres.statements import Statements
from shared.domain.archives.open_data import ArchiveFile

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection, Postgres

_SQL = Statements(Path(__file__).with_name("queries.sql"))


class PostgresArchiveFiles:
    """Implementation of `ArchiveFiles`."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def sync(self, files: Sequence[ArchiveFile]) -> None:
        """Keep these files and no others."""

        def work(connection: Connection) -> None:
            _SQL.execute(connection, "drop_others", addresses=[file.address for file in files])
            _SQL.execute_many(connection, "add", [asdict(file) for file in files])

        self._database.transaction(work)

    def claim(self, source: str, *, owner: str, now: datetime, lease_s: float) -> ClaimedFile | None:
        """Take the next due file of a source; None without one, or while another process reads the source."""
        return _SQL.row(self._database, ClaimedFile, "claim", source=source, owner=owner, now=now, lease_s=lease_s)

    def finish(self, file: ClaimedFile, result: FileResult, *, now: datetime) -> None:
        """Record how a reading ended and let go of the file."""
        place = {"source": file.source, "address": file.address}
        _SQL.execute(self._database, "finish", **place, **asdict(result), now=now)

    def record_content(
        self,
        file: ClaimedFile,
        *,
        n_matches: int,
        findings: Sequence[Mapping[str, Any]],
        n_findings: int,
        now: datetime,
    ) -> None:
        """Record what a new edition holds and what is odd in it."""
        _SQL.execute(
            self._database,
            "record_content",
            source=file.source,
            address=file.address,
            n_matches=n_matches,
            findings=json.dumps(list(findings)),
            n_findings=n_findings,
            now=now,
        )

    def release(self, owner: str) -> None:
        """Let go of all files of a process."""
        _SQL.execute(self._database, "release", owner=owner)

    def make_due(self, source: str, *, now: datetime) -> int:
        """Make every file of a source (of all: empty) due at once; return how many."""
        return _SQL.execute(self._database, "make_due", source=source, now=now)

    def list_files(self, source: str, after: tuple[str, str], limit: int) -> list[dict[str, Any]]:
        """Return files by source and address."""
        return _SQL.rows(
            self._database,
            dict,
            "list_files",
            source=source,
            after_source=after[0],
            after_address=after[1],
            limit=limit,
        )

    def summary(self, now: datetime) -> list[dict[str, Any]]:
        """Return counts by source."""
        return _SQL.rows(self._database, dict, "summary", now=now)
