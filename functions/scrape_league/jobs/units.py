"""Units of work, chunks of them under one lease, and the result of a chunk, committed as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from functions.scrape_league.jobs.model import KnownList, KnownMatch, KnownPlayer, SliceState
from functions.scrape_league.quarantine.model import QuarantineItem, Subject

LEASE_S = 15.0
"""Units of a dead worker are claimed by another one after this time; a live worker renews three times within it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A claimed unit of work."""

    id: int
    kind: str
    league_id: int
    season_id: int
    ref: str
    attempts: int
    reason: str
    """Result of the last attempt."""
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Units of one kind, league and season that are leased together."""

    job_id: str
    owner: str
    is_manual: bool
    """Requested by a person, not by a schedule."""
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
    """Result of a unit: the state in which it ends, or `pending` if it is to be retried after a wait."""

    id: int
    state: str
    reason: str = ""
    n_rows: int = 0
    attempts: int = 0
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUnit:
    """A unit to add to the job."""

    kind: str
    league_id: int
    season_id: int
    ref: str
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NewList(KnownList):
    """A list that was read now."""

    league_id: int
    season_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileState:
    """State of a player's profile."""

    player_id: int
    outcome: str
    """present, absent or failed."""
    confirmations: int
    attempts: int
    due_at: datetime
    reason: str = ""


@dataclass(slots=True, kw_only=True)
class ChunkResult:
    """Everything that a chunk changes in the database, in one transaction."""

    units: list[UnitResult] = field(default_factory=list)
    new_units: list[NewUnit] = field(default_factory=list)
    matches: list[KnownMatch] = field(default_factory=list)
    slices: list[SliceState] = field(default_factory=list)
    lists: list[NewList] = field(default_factory=list)
    quarantined: list[QuarantineItem] = field(default_factory=list)
    passed: list[Subject] = field(default_factory=list)
    """Subjects that passed the rules; this resolves their quarantine entries."""
    players: list[KnownPlayer] = field(default_factory=list)
    """Players that line-ups named."""
    profiles: list[ProfileState] = field(default_factory=list)
