"""Progress of a scrape job as bars, one per league."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


class Bars:
    """Bars on a terminal, kept up to date while it lasts."""

    def __init__(self, console: Console) -> None:
        columns = (
            TextColumn("{task.description:<14}"),
            BarColumn(bar_width=32),
            MofNCompleteColumn(),
            TextColumn("[dim]{task.fields[note]}"),
            TimeElapsedColumn(),
        )
        self._progress = Progress(*columns, console=console, disable=console.quiet)
        self._bars: dict[str, TaskID] = {}

    def __enter__(self) -> Bars:
        """Begin to show."""
        self._progress.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the last state on the terminal."""
        self._progress.__exit__(kind, exc, trace)

    def show(self, name: str, *, completed: int, total: int | None, note: str = "") -> None:
        """One bar; without a total it only moves."""
        if name not in self._bars:
            self._bars[name] = self._progress.add_task(name, total=None, note="")
        self._progress.update(self._bars[name], total=total, completed=completed, note=note)

    def show_job(self, job: dict[str, Any]) -> None:
        """The bars of a job's leagues: finished matches that have all their details, of those there are."""
        for row in job["leagues"]:
            matches = row["matches"]
            self.show(
                row["league"],
                completed=matches["with_details"],
                total=matches["expected"] or None,
                note=f"{row['rows']:,} rows",
            )
