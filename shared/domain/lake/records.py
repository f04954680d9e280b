"""What the lake's books hold: records that wait, files, days to build again, runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class PendingRow:
    """A record that lies in no file yet."""

    source: str
    id: str
    dataset: str
    day: date
    payload: str


@dataclass(frozen=True, slots=True)
class LakeFile:
    """A file that is loaded; its name is the same under ``raw``, ``stage`` and ``quarantine``."""

    name: str
    day: date
    n_staged: int
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """A file that was just written."""

    name: str
    dataset: str
    day: date
    n_rows: int
    n_staged: int
    n_quarantined: int
    size_bytes: int
    drift: Mapping[tuple[str, str], int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DirtyDay:
    """A day with rows that no finished run has seen."""

    day: date
    marks: int


@dataclass(frozen=True, slots=True)
class Run:
    """A run that builds days."""

    id: str
    state: str
    engine: str
    days: list[date]
    up_to: date | None
    n_purchases: int
    detail: str
    started_at: datetime
    finished_at: datetime | None
