"""The ports of lines: what its use cases need from the tables of lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from functions.lines.pages import CachedPages
from shared.domain.betting.events import BettingEvent, OfferedMarket, PriceVersion, ScoredLine
from shared.ports.clock import Clock
from shared.ports.probes import Probes
from shared.security.tokens import Tokens

Position = tuple[datetime, int]
"""Start and id of the last event of a page."""


class LineBook(Protocol):
    """Events, their markets and results."""

    def generation(self) -> int:
        """Return how often lines changed: what was read under another number may be old."""

    def coming(self, *, now: datetime, league: str, after: Position | None, limit: int) -> Sequence[BettingEvent]:
        """List events that have not begun, by start."""

    def past(self, *, now: datetime, league: str, before: Position | None, limit: int) -> Sequence[BettingEvent]:
        """List events that have begun or ended, the latest first."""

    def manual(self, *, before: int, limit: int) -> Sequence[BettingEvent]:
        """List events that were made by hand, the newest first; `before` is an id, or 0."""

    def event(self, event_id: int) -> BettingEvent:
        """Return an event; `NotFound` when there is none, or it was deleted."""

    def markets(self, event_ids: Sequence[int]) -> Mapping[int, Sequence[OfferedMarket]]:
        """Return the markets of events with their current prices, by event."""

    def prices(self, event_id: int, *, after: tuple[int, int], limit: int) -> Sequence[PriceVersion]:
        """List the versions of an event's prices by selection and version, after such a pair."""

    def make_event(self, name: str, *, starts_at: datetime, odds_hundredths: int, by: str, now: datetime) -> int:
        """Make an event with one market and the outcome ``win``; its id."""

    def set_state(self, event_id: int, state: str, *, now: datetime) -> None:
        """Suspend an event or open it again; `NotFound`, or `Conflict` for an event that is over."""

    def record(
        self,
        event_id: int,
        *,
        status: str,
        home_goals: int | None = None,
        away_goals: int | None = None,
        outcome: str | None = None,
        n_tied: int = 1,
        void_reason: str = "",
        by: str,
        now: datetime,
        only_first: bool = False,
    ) -> int:
        """Record how an event ended; the result's revision. `NotFound`, or `Conflict` where `only_first` is broken."""

    def delete(self, event_id: int, *, by: str, now: datetime) -> None:
        """Take away an event that was made by hand, with all stakes returned; `NotFound`, `Conflict` for a match."""

    def scored(self, *, league: str, limit: int) -> Sequence[ScoredLine]:
        """List what lines said of matches that ended, the latest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """The ports this function needs."""

    lines: LineBook
    tokens: Tokens
    clock: Clock
    provider_token: str = field(default="", repr=False)
    """The service token of the line provider's first API; empty: only operators use it."""
    publish_events: Callable[[], None] | None = None
    pages: CachedPages = field(default_factory=CachedPages)
    probes: Probes = field(default_factory=dict)
