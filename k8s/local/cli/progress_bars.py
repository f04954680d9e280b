"""Progress of a scrape job as bars, one per league."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


class JobProgress:
    """Progress bars of a job on a terminal."""

    def __init__(self, console: Console) -> None:
        columns = (
            TextColumn("{task.description:<14}"),
            BarColumn(bar_width=32),
            MofNCompleteColumn(),
            TextColumn("[dim]{task.fields[note]}"),
            TimeElapsedColumn(),
        )
        self._progress = Progress(*columns, console=console, disable=console.quiet)
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> JobProgress:
        """Show the bars."""
        self._progress.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the last state on the terminal."""
        self._progress.__exit__(kind, exc, trace)

    def update(self, name: str, *, completed: int, total: int | None, note: str = "") -> None:
        """Update one bar; without a total it only moves."""
        if name not in self._tasks:
            self._tasks[name] = self._progress.add_task(name, total=None, note="")
        self._progress.update(self._tasks[name], total=total, completed=completed, note=note)

    def update_job(self, job: dict[str, Any]) -> None:
        """Update the bar of each league: matches with all details, of the matches expected."""
        for row in job["leagues"]:
            matches = row["matches"]
            self.update(
                row["league"],
                completed=matches["with_details"],
                total=matches["expected"] or None,
                note=f"{row['rows']:,} rows",
            )
