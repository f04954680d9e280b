"""The lake's books in Postgres: purchases that wait, files, days to build again, runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.adapters.postgres.statements import Statements
from shared.domain.lake.records import DirtyDay, LakeFile, NewFile, PendingRow, Run
from shared.domain.lake.staging import RawRow
from shared.errors import InProgress

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection, Postgres

_SQL = Statements(Path(__file__).parent / "sql" / "lake.sql")
ROWS_AT_MOST = 50_000
"""Rows of one file: some ten megabytes of payload in memory."""


class LakeCatalogue:
    """The tables `lake_…` and `sales_runs`."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    # --- loading

    def receive(self, *, source: str, id: str, dataset: str, day: date, payload: str, now: datetime) -> None:
        """Store a record until it lies in a file; a second delivery stores nothing."""
        _SQL.execute(
            self._database, "receive", source=source, id=id, dataset=dataset, day=day, payload=payload, now=now
        )

    def load_next(self, write: Callable[[str, date, Sequence[PendingRow]], NewFile], *, now: datetime) -> bool:
        """Write the rows of the day that waited longest into a file; False when nothing waits.

        One transaction: a kill between the object store and the commit leaves a file that nobody reads.
        """

        def load(connection: Connection) -> bool:
            rows = _SQL.rows(connection, PendingRow, "next_pending", limit=ROWS_AT_MOST)
            if not rows:
                return False
            new = write(rows[0].dataset, rows[0].day, rows)
            self._add(connection, new, now)
            _SQL.execute(
                connection,
                "set_file",
                file=new.name,
                sources=[row.source for row in rows],
                ids=[row.id for row in rows],
            )
            return True

        return self._database.transaction(load)

    def has_file(self, name: str) -> bool:
        """Whether a file of this content is loaded."""
        return bool(_SQL.value(self._database, "has_file", name=name))

    def add_file(self, new: NewFile, *, now: datetime) -> bool:
        """Register a file that was written; False if it was loaded before."""
        return self._database.transaction(lambda connection: self._add(connection, new, now))

    def restage(self, new: NewFile, *, now: datetime) -> None:
        """Replace the counts of a file that was staged again, and mark its day."""

        def replace(connection: Connection) -> None:
            _SQL.execute(connection, "restaged", name=new.name, n_staged=new.n_staged, n_quarantined=new.n_quarantined)
            _SQL.execute(connection, "mark_dirty", day=new.day, reason="staged again", now=now)

        self._database.transaction(replace)

    def table_rows(self, dataset: str) -> list[RawRow]:
        """Return the shop's products or customers as records."""
        with self._database.connection() as connection:
            rows = connection.execute(_SQL.text(dataset).encode()).fetchall()
        return [RawRow(id=key, type=dataset, payload=payload) for key, payload in rows]

    def _add(self, connection: Connection, new: NewFile, now: datetime) -> bool:
        added = _SQL.execute(
            connection,
            "add_file",
            name=new.name,
            dataset=new.dataset,
            day=new.day,
            n_rows=new.n_rows,
            n_staged=new.n_staged,
            n_quarantined=new.n_quarantined,
            size_bytes=new.size_bytes,
            now=now,
        )
        if not added:
            return False
        for (name, kind), n_rows in sorted(new.drift.items()):
            _SQL.execute(
                connection, "add_drift", dataset=new.dataset, field=name[:200], kind=kind, n_rows=n_rows, now=now
            )
        if new.dataset == "purchases" and new.n_staged:
            reason = "late" if new.day < now.date() else "new"
            _SQL.execute(connection, "mark_dirty", day=new.day, reason=reason, now=now)
        return True

    # --- building

    def dirty_days(self) -> list[DirtyDay]:
        """Return the days to build again."""
        return _SQL.rows(self._database, DirtyDay, "dirty_days")

    def files(self, dataset: str, days: Sequence[date]) -> list[LakeFile]:
        """Return the staged files of these days."""
        return _SQL.rows(self._database, LakeFile, "files", dataset=dataset, days=list(days))

    def files_of_day(self, dataset: str, day: date) -> list[LakeFile]:
        """Return every file of a day, those with nothing staged too."""
        return _SQL.rows(self._database, LakeFile, "files_of_day", dataset=dataset, day=day)

    def latest_file(self, dataset: str) -> LakeFile | None:
        """Return the newest copy of a table."""
        return _SQL.row(self._database, LakeFile, "latest_file", dataset=dataset)

    @contextmanager
    def run_lock(self) -> Iterator[None]:
        """Hold the lock of runs; `InProgress` if another run has it. It ends with the process."""
        with self._database.connection() as connection:
            if not _SQL.value(connection, "try_lock"):
                raise InProgress("another run is building sales")
            try:
                yield
            finally:
                _SQL.value(connection, "unlock")

    def begin_run(self, run_id: str, *, engine: str, days: Sequence[date], now: datetime) -> None:
        """Note that a run begins, and that runs which never ended have failed."""
        _SQL.execute(self._database, "abandon_runs", now=now)
        _SQL.execute(self._database, "begin_run", id=run_id, engine=engine, days=list(days), now=now)

    def finish_run(
        self, run_id: str, *, marks: Sequence[DirtyDay], n_purchases: int, up_to: date | None, now: datetime
    ) -> None:
        """Note what a run built, and take back the marks it saw."""

        def finish(connection: Connection) -> None:
            for each in marks:
                _SQL.execute(connection, "clean_day", day=each.day, marks=each.marks)
            self._end(connection, run_id, "finished", n_purchases, up_to, "", now)

        self._database.transaction(finish)

    def fail_run(self, run_id: str, detail: str, *, now: datetime) -> None:
        """Note why a run failed."""
        self._database.transaction(
            lambda connection: self._end(connection, run_id, "failed", 0, None, detail[:1000], now)
        )

    def _end(
        self,
        connection: Connection,
        run_id: str,
        state: str,
        n_purchases: int,
        up_to: date | None,
        detail: str,
        now: datetime,
    ) -> None:
        _SQL.execute(
            connection,
            "finish_run",
            id=run_id,
            state=state,
            n_purchases=n_purchases,
            up_to=up_to,
            detail=detail,
            now=now,
        )

    # --- looking

    def runs(self, *, limit: int) -> list[Run]:
        """Return the latest runs."""
        return _SQL.rows(self._database, Run, "runs", limit=limit)

    def latest_run(self) -> Run | None:
        """Return the run that finished last."""
        return _SQL.row(self._database, Run, "latest_run")

    def monitor(self, *, since: datetime) -> dict[str, Any]:
        """Return what the monitor shows of the lake."""
        with self._database.connection() as connection:
            return {
                "n_pending": _SQL.value(connection, "n_pending"),
                "oldest_pending": _SQL.value(connection, "oldest_pending"),
                "datasets": _rows(connection, "dataset_sizes"),
                "loaded_by_hour": _rows(connection, "loaded_by_hour", since=since),
                "dirty_days": [each.isoformat() for each in _SQL.values(connection, "dirty_days")],
                "drift": _rows(connection, "drift"),
            }

    # --- forgetting

    def old_snapshots(self, *, before: datetime) -> list[str]:
        """Return the names of copies of tables that are kept long enough."""
        return _SQL.values(self._database, "old_snapshots", before=before)

    def delete_file(self, name: str) -> None:
        """Forget a file."""
        _SQL.execute(self._database, "delete_file", name=name)

    def forget(self, *, loaded_before: datetime, runs_before: datetime) -> None:
        """Forget the keys of loaded records, and old runs."""
        _SQL.execute(self._database, "forget_loaded", before=loaded_before)
        _SQL.execute(self._database, "forget_runs", before=runs_before)


def _rows(connection: Connection, name: str, **params: Any) -> list[dict[str, Any]]:
    cursor = connection.execute(_SQL.text(name).encode(), params)
    names = [column.name for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
