"""What workers pass on: units of work, chunks of them under one lease, and all that a chunk led to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from functions.scrape_league.jobs.model import KnownList, KnownMatch, KnownPlayer, SliceState
from functions.scrape_league.quarantine.model import QuarantineItem, Subject

LEASE_S = 15.0
"""A worker that is gone is replaced after this long; the living renew three times within it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A claimed piece of work."""

    id: int
    kind: str
    league_id: int
    season_id: int
    ref: str
    attempts: int
    reason: str
    """How the last try went."""
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Units of one kind, league and season, leased together."""

    job_id: str
    owner: str
    asked: bool
    """A person asked, not the clock."""
    seasons: tuple[str, ...]
    refresh: bool
    units: tuple[Unit, ...]

    @property
    def kind(self) -> str:
        """Kind of all its units."""
        return self.units[0].kind

    @property
    def league_id(self) -> int:
        """League of all its units."""
        return self.units[0].league_id

    @property
    def season_id(self) -> int:
        """Season of all its units; 0 for plans."""
        return self.units[0].season_id


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitResult:
    """How a unit ended, or that it is to be tried again after a wait."""

    id: int
    state: str
    reason: str = ""
    n_rows: int = 0
    attempts: int = 0
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUnit:
    """Work that a unit led to."""

    kind: str
    league_id: int
    season_id: int
    ref: str
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NewList(KnownList):
    """A list read now, to be remembered."""

    league_id: int
    season_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileState:
    """What became of asking for a player's profile."""

    player_id: int
    outcome: str
    """present, absent or failed."""
    confirmations: int
    attempts: int
    due_at: datetime
    reason: str = ""


@dataclass(slots=True, kw_only=True)
class ChunkResult:
    """All that a chunk led to; committed as one."""

    units: list[UnitResult] = field(default_factory=list)
    new_units: list[NewUnit] = field(default_factory=list)
    matches: list[KnownMatch] = field(default_factory=list)
    slices: list[SliceState] = field(default_factory=list)
    lists: list[NewList] = field(default_factory=list)
    quarantined: list[QuarantineItem] = field(default_factory=list)
    passed: list[Subject] = field(default_factory=list)
    """What keeps the rules (again)."""
    players: list[KnownPlayer] = field(default_factory=list)
    """Who was seen."""
    profiles: list[ProfileState] = field(default_factory=list)
