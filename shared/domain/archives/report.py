"""Findings of reading a file: each problem, its rows, and what was done about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum


class Reason(Enum):
    """Kind of problem."""

    ENCODING = "is not UTF-8"
    WIDE_ROW = "has more cells than the heading"
    NARROW_ROW = "has fewer cells than the heading"
    BLANK_ROW = "is blank"
    STRAY_TOKEN = "is no number"
    IMPOSSIBLE_PRICE = "is no price: a decimal above 1 is"
    CONTRADICTION = "contradicts the rest of its row"
    UNREADABLE = "cannot be read"
    OTHER_SEASON = "is of another season or division"
    SEVERAL_SEASONS = "has no Season column and holds rows of more than one season"
    STRAY_CLOCK = "is no time of day"
    UNKNOWN_STATUS = "is no status anybody has explained"
    IMPOSSIBLE_SCORE = "is no score a match can end with"
    NO_PLACE = "has no place on the pitch"
    LISTED_TWICE = "has the same score as another row of this pair within weeks: a rescheduled match listed twice"
    HEADING_OUTGROWN = "has cells under no heading, so its prices cannot be told apart"
    NOT_DECIMAL = "is no column of decimal odds"
    OLDER_EDITION = "is older than the edition that is stored, so nothing changes"
    GONE = "was in the stored edition and is in this one no more"
    REPEATED = "stands there twice"
    NO_RESULT = "has no result"
    SHOOT_OUT = "is of a shoot-out, which belongs to no run of play"
    BEFORE_1900 = "is older than the store's calendar, which begins with 1900"
    UNKNOWN_COLUMN = "is no column anybody has explained"
    UNKNOWN_COMPETITION = "is a competition that is not on the list"
    UNKNOWN_TEAM = "is no club on the reviewed list"


class Done(Enum):
    """Action that was taken."""

    READ = "read all the same"
    EMPTIED = "the value is taken as unknown"
    LEFT_OUT = "left out"
    OWN_ID = "gets an id of its own, joined with nobody"
    SPLIT = "read as so many seasons"
    NOT_COUNTED = "counts in no table"
    REMOVED = "removed"


_DONE = {
    Reason.ENCODING: Done.READ,
    Reason.WIDE_ROW: Done.READ,
    Reason.NARROW_ROW: Done.READ,
    Reason.STRAY_TOKEN: Done.EMPTIED,
    Reason.IMPOSSIBLE_PRICE: Done.EMPTIED,
    Reason.CONTRADICTION: Done.EMPTIED,
    Reason.NO_RESULT: Done.READ,
    Reason.SEVERAL_SEASONS: Done.SPLIT,
    Reason.STRAY_CLOCK: Done.EMPTIED,
    Reason.UNKNOWN_STATUS: Done.NOT_COUNTED,
    Reason.IMPOSSIBLE_SCORE: Done.EMPTIED,
    Reason.NO_PLACE: Done.EMPTIED,
    Reason.HEADING_OUTGROWN: Done.EMPTIED,
    Reason.NOT_DECIMAL: Done.EMPTIED,
    Reason.GONE: Done.REMOVED,
    Reason.UNKNOWN_COMPETITION: Done.OWN_ID,
    Reason.UNKNOWN_TEAM: Done.OWN_ID,
}
"""Default action by kind of problem; rows of all other kinds are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One problem in one file."""

    document: str
    reason: Reason
    done: Done
    what: str
    """Column and text of the cell, or the name; the same for all `rows`."""
    rows: tuple[int, ...]
    """Lines of the file, the heading being the first; empty when it is about the file as a whole."""

    def __str__(self) -> str:
        row_list = ", ".join(map(str, self.rows[:5])) + (f" … ({len(self.rows)} rows)" if len(self.rows) > 5 else "")
        place = f"row {row_list}: " if self.rows else ""
        return f"{self.document}: {place}{self.what} {self.reason.value}; {self.done.value}"


@dataclass(slots=True)
class Report:
    """Collects the findings of one or more files."""

    n_rows: int = 0
    """Rows that became a match, a shot or prices."""
    _rows: dict[tuple[str, Reason, Done, str], list[int]] = field(default_factory=dict)

    def note(self, document: str, reason: Reason, what: str, *, row: int = 0, done: Done | None = None) -> None:
        """Add a problem; equal ones of a file become one finding with many rows."""
        rows = self._rows.setdefault((document, reason, done or _DONE.get(reason, Done.LEFT_OUT), what), [])
        if row:
            rows.append(row)

    def findings(self) -> Iterator[Finding]:
        """All findings, in the order in which they first occurred."""
        for (document, reason, done, what), rows in self._rows.items():
            yield Finding(document=document, reason=reason, done=done, what=what, rows=tuple(rows))
