"""Ports of the lake's books: files, days to build again, runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Any, Protocol

from shared.domain.lake.records import DirtyDay, LakeFile, NewFile, PendingRow, Run
from shared.domain.lake.staging import RawRow


class LakeFiles(Protocol):
    """What loading writes down. Every method may raise `Unavailable`."""

    def receive(self, *, source: str, id: str, dataset: str, day: date, payload: str, now: datetime) -> None:
        """Store a record until it lies in a file; a second delivery stores nothing."""

    def load_next(self, write: Callable[[str, date, Sequence[PendingRow]], NewFile], *, now: datetime) -> bool:
        """Write the rows of the day that waited longest into a file; False when nothing waits."""

    def has_file(self, name: str) -> bool:
        """Whether a file of this content is loaded."""

    def add_file(self, new: NewFile, *, now: datetime) -> bool:
        """Register a file that was written; False if it was loaded before."""

    def restage(self, new: NewFile, *, now: datetime) -> None:
        """Replace the counts of a file that was staged again, and mark its day."""

    def table_rows(self, dataset: str) -> list[RawRow]:
        """Return the shop's products or customers as records."""

    def files_of_day(self, dataset: str, day: date) -> list[LakeFile]:
        """Return every file of a day, those with nothing staged too."""

    def old_snapshots(self, *, before: datetime) -> list[str]:
        """Return the names of copies of tables that are kept long enough."""

    def delete_file(self, name: str) -> None:
        """Forget a file."""

    def forget(self, *, loaded_before: datetime, runs_before: datetime) -> None:
        """Forget the keys of loaded records, and old runs."""


class SalesRuns(Protocol):
    """What building reads and writes down. Every method may raise `Unavailable`."""

    def dirty_days(self) -> list[DirtyDay]:
        """Return the days to build again."""

    def files(self, dataset: str, days: Sequence[date]) -> list[LakeFile]:
        """Return the staged files of these days."""

    def latest_file(self, dataset: str) -> LakeFile | None:
        """Return the newest copy of a table."""

    def run_lock(self) -> AbstractContextManager[None]:
        """Hold the lock of runs; `InProgress` if another run has it."""

    def begin_run(self, run_id: str, *, engine: str, days: Sequence[date], now: datetime) -> None:
        """Note that a run begins, and that runs which never ended have failed."""

    def finish_run(
        self, run_id: str, *, marks: Sequence[DirtyDay], n_purchases: int, up_to: date | None, now: datetime
    ) -> None:
        """Note what a run built, and take back the marks it saw."""

    def fail_run(self, run_id: str, detail: str, *, now: datetime) -> None:
        """Note why a run failed."""

    def runs(self, *, limit: int) -> list[Run]:
        """Return the latest runs."""

    def latest_run(self) -> Run | None:
        """Return the run that finished last."""


class LakeMonitor(Protocol):
    """What is shown of the lake. Every method may raise `Unavailable`."""

    def dirty_days(self) -> list[DirtyDay]:
        """Return the days to build again."""

    def latest_run(self) -> Run | None:
        """Return the run that finished last."""

    def monitor(self, *, since: datetime) -> dict[str, Any]:
        """Return what the monitor shows of the lake."""
