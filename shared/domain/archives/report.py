"""The account of a file: every oddity in it, where it stands and what was done about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum


class Reason(Enum):
    """What was odd."""

    ENCODING = "is not UTF-8"
    WIDE_ROW = "has more cells than the heading"
    NARROW_ROW = "has fewer cells than the heading"
    BLANK_ROW = "is blank"
    STRAY_TOKEN = "is no number"
    IMPOSSIBLE_PRICE = "is no price: a decimal above 1 is"
    CONTRADICTION = "contradicts the rest of its row"
    UNREADABLE = "cannot be read"
    OTHER_SEASON = "is of another season or division"
    REPEATED = "stands there twice"
    NO_RESULT = "has no result"
    SHOOT_OUT = "is of a shoot-out, which belongs to no run of play"
    BEFORE_1900 = "is older than the store's calendar, which begins with 1900"
    UNKNOWN_COLUMN = "is no column anybody has explained"
    UNKNOWN_COMPETITION = "is a competition that is not on the list"
    UNKNOWN_TEAM = "is no club on the reviewed list"


class Done(Enum):
    """What was done about it."""

    READ = "read all the same"
    EMPTIED = "the value is taken as unknown"
    LEFT_OUT = "left out"
    OWN_ID = "gets an id of its own, joined with nobody"


_DONE = {
    Reason.ENCODING: Done.READ,
    Reason.WIDE_ROW: Done.READ,
    Reason.NARROW_ROW: Done.READ,
    Reason.STRAY_TOKEN: Done.EMPTIED,
    Reason.IMPOSSIBLE_PRICE: Done.EMPTIED,
    Reason.CONTRADICTION: Done.EMPTIED,
    Reason.NO_RESULT: Done.READ,
    Reason.UNKNOWN_COMPETITION: Done.OWN_ID,
    Reason.UNKNOWN_TEAM: Done.OWN_ID,
}
"""What is done unless a reader says otherwise; everything else is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One kind of oddity in one file."""

    document: str
    reason: Reason
    done: Done
    what: str
    """The cell's column and text, or the name; the same for all `rows`."""
    rows: tuple[int, ...]
    """Lines of the file, the heading being the first; empty when it is about the file as a whole."""

    def __str__(self) -> str:
        shown = ", ".join(map(str, self.rows[:5])) + (f" … ({len(self.rows)} rows)" if len(self.rows) > 5 else "")
        place = f"row {shown}: " if self.rows else ""
        return f"{self.document}: {place}{self.what} {self.reason.value}; {self.done.value}"


@dataclass(slots=True)
class Report:
    """What was read of one or more files."""

    n_rows: int = 0
    """Rows that became a match, a shot or prices."""
    _rows: dict[tuple[str, Reason, Done, str], list[int]] = field(default_factory=dict)

    def note(self, document: str, reason: Reason, what: str, *, row: int = 0, done: Done | None = None) -> None:
        """Add an oddity; equal ones of a file are one finding with many rows."""
        rows = self._rows.setdefault((document, reason, done or _DONE.get(reason, Done.LEFT_OUT), what), [])
        if row:
            rows.append(row)

    def findings(self) -> Iterator[Finding]:
        """Everything noted, in the order it was first met."""
        for (document, reason, done, what), rows in self._rows.items():
            yield Finding(document=document, reason=reason, done=done, what=what, rows=tuple(rows))
