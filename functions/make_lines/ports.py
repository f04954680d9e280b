"""The ports of make-lines: what its use cases need from football and from the tables of lines."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

from functions.make_lines.core import AwaitedEvent, ClosingOdds, MatchLine, PlayedMatch, Verdict
from shared.ports.clock import Clock
from shared.ports.probes import Probes

if TYPE_CHECKING:
    from shared.domain.betting.margins import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class LeagueFit:
    """An analysed league and when its forecasts were made."""

    league_id: int
    league: str
    fitted_at: datetime
    newest_match_at: datetime | None
    """Kick-off of the newest match that the fit knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreForecast:
    """The forecast of a coming match: the probability of every score, shape (N, N), row = home goals."""

    match_id: int
    round: int | None
    starts_at: datetime
    made_at: datetime
    home_id: int
    home: str
    away_id: int
    away: str
    scores: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class LeagueState:
    """What the lines of a league were made from."""

    league_id: int
    oldest_forecast_at: datetime | None
    """Of the forecasts behind its coming events; None where it has none."""
    n_waiting: int
    """Coming events that are suspended until there is a forecast again."""
    newest_result_of: datetime | None
    """Kick-off of the newest event with a result of the last days."""
    newest_result_at: datetime | None
    """When that result was recorded."""


class Football(Protocol):
    """The public API of football."""

    def leagues(self) -> Sequence[LeagueFit]:
        """List the analysed leagues; `Unavailable` when nobody answers."""

    def forecasts(self, league: str, *, until: datetime) -> Sequence[ScoreForecast]:
        """List the forecasts of matches that begin by a moment; `Unavailable`, or `NotFound` for a league without."""

    def matches_of_day(self, day: date) -> Mapping[int, PlayedMatch]:
        """Return every match of a day (UTC) by id; `Unavailable` when nobody answers."""

    def match(self, match_id: int) -> PlayedMatch | None:
        """Return a match, None where it is not known; `Unavailable` when nobody answers."""

    def closing_odds(self, match_id: int) -> ClosingOdds | None:
        """Return the closing odds of a match, None where none are known; `Unavailable` when nobody answers."""


class LineStore(Protocol):
    """Events, markets, prices and results."""

    def put(
        self, league_id: int, lines: Sequence[MatchLine], *, now: datetime, valid_until: datetime
    ) -> Collection[int]:
        """Make the lines of a league's coming matches these; the ids of events that changed.

        Events whose match is missing are suspended.
        """

    def confirm(self, fits: Sequence[LeagueFit], *, now: datetime, valid_until: datetime) -> int:
        """Let lines that were made from these fits hold on; how many events that are."""

    def states(self, now: datetime) -> Mapping[int, LeagueState]:
        """Return by league what its lines were made from."""

    def suspend_leagues(self, league_ids: Collection[int], reason: str, *, now: datetime) -> Sequence[int]:
        """Suspend the coming open events of leagues; their ids."""

    def suspend_lapsed(self, now: datetime) -> Sequence[int]:
        """Suspend the events whose lines nobody confirmed in time; their ids."""

    def close_begun(self, now: datetime) -> Sequence[int]:
        """Suspend the events that have begun; their ids."""

    def awaited(self, *, now: datetime, correctable_since: datetime, league_id: int | None) -> Sequence[AwaitedEvent]:
        """List the events that wait for a result, or for its correction: of one league or of all."""

    def record(self, event_id: int, verdict: Verdict, *, source_version: int, now: datetime) -> bool:
        """Record how an event ended; whether that is new."""

    def put_closing_odds(self, event_id: int, odds: ClosingOdds, *, now: datetime) -> None:
        """Store the closing odds of a match."""

    def forget_prices(self, before: datetime) -> int:
        """Delete some superseded prices of events that began before a moment; how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """The ports this function needs."""

    football: Football
    lines: LineStore
    clock: Clock
    publish_events: Callable[[], None] | None = None
    """Called when something was put into the outbox; None without a broker."""
    probes: Probes = field(default_factory=dict)
