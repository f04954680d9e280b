"""What every archive of results is read into, and the account of what could not be read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Protocol

from k8s.local.standin.world.leagues import League


class BadArchive(ValueError):
    """A folder or file holds no results this site can replay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedResult:
    """One match as an archive tells it."""

    line: int
    """Where it stands in its file, for the report."""
    start: int
    """Seconds since 1970; at three in the afternoon if the archive tells only the day."""
    home: str
    away: str
    score: tuple[int, int] | None
    half_time: tuple[int, int] | None
    round: int | None = None
    fate: str = "played"


@dataclass(kw_only=True)
class Reading:
    """The matches of one file and an account of every line that is not among them."""

    source: str
    results: list[ArchivedResult] = field(default_factory=list)
    skipped: list[tuple[int, str]] = field(default_factory=list)
    """(line, why)."""
    notes: Counter[str] = field(default_factory=Counter)
    """Quirks that lost nothing, counted."""

    def lines(self) -> list[str]:
        """Tell the account in sentences, one a line."""
        told = [f"{self.source}: {len(self.results)} matches, {len(self.skipped)} lines skipped"]
        told += [f"{self.source}: line {line} skipped: {why}" for line, why in self.skipped]
        told += [f"{self.source}: {count} x {note}" for note, count in sorted(self.notes.items())]
        return told


class ArchiveFile(Protocol):
    """A file known to hold one season of one league."""

    @property
    def path(self) -> Path: ...

    @property
    def league(self) -> League: ...

    @property
    def year(self) -> int: ...

    def read(self) -> Reading: ...


def season_year(day: date) -> int:
    """Return the start year of the season a day belongs to; seasons begin in summer."""
    return day.year if day.month >= 6 else day.year - 1
