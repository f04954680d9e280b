"""Results of an archive file, whatever its format, and the lines that could not be read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Protocol

from k8s.local.standin.world.leagues import League


class InvalidArchive(ValueError):
    """A folder or file holds no results this site can replay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedResult:
    """One match of an archive."""

    line: int
    """Line in its file, for the report."""
    start: int
    """Kick-off in seconds since 1970; three in the afternoon if the archive has only the day."""
    home: str
    away: str
    score: tuple[int, int] | None
    half_time: tuple[int, int] | None
    round: int | None = None
    fate: str = "played"


@dataclass(kw_only=True)
class ParsedFile:
    """The matches of one file, and every line that was skipped with the reason."""

    source: str
    results: list[ArchivedResult] = field(default_factory=list)
    skipped: list[tuple[int, str]] = field(default_factory=list)
    """(line, why)."""
    notes: Counter[str] = field(default_factory=Counter)
    """Counts of oddities that lost no match."""

    def lines(self) -> list[str]:
        """Return the report, one sentence a line."""
        lines = [f"{self.source}: {len(self.results)} matches, {len(self.skipped)} lines skipped"]
        lines += [f"{self.source}: line {line} skipped: {why}" for line, why in self.skipped]
        lines += [f"{self.source}: {count} x {note}" for note, count in sorted(self.notes.items())]
        return lines


class ArchiveFile(Protocol):
    """A file known to hold one season of one league."""

    @property
    def path(self) -> Path: ...

    @property
    def league(self) -> League: ...

    @property
    def year(self) -> int: ...

    def read(self) -> ParsedFile: ...


def season_year(day: date) -> int:
    """Return the start year of the season a day belongs to; seasons begin in summer."""
    return day.year if day.month >= 6 else day.year - 1
