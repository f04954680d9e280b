"""Decide what changes: which events begin, move or end, which markets get new prices, and how a match ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.domain.betting.markets import OUTCOMES, PricedMarket
from shared.domain.football.match_status import Phase, phase_of

POSTPONE_GRACE = timedelta(hours=48)
"""From the first kick-off, in UTC: a match that is played later is void, and a match without a result by then, too."""
CORRECTION_WINDOW = timedelta(hours=72)
"""From the first result of an event: what the source corrects later changes no bet."""
ABANDONED = 90
"""The source's status code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchLine:
    """The lines of a coming match, as they are to be."""

    match_id: int
    league_id: int
    league: str
    round: int | None
    starts_at: datetime
    home_id: int
    home: str
    away_id: int
    away: str
    forecast_at: datetime
    markets: Sequence[PricedMarket]

    @property
    def name(self) -> str:
        """The name of its event."""
        return f"{self.home} – {self.away}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenEvent:
    """A stored event of a match that has not begun."""

    event_id: int
    match_id: int
    starts_at: datetime
    first_starts_at: datetime
    state: str
    suspended_for: str
    forecast_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPlan:
    """What becomes of a league's events."""

    new: Sequence[MatchLine]
    moved: Mapping[int, datetime]
    """Event id to its new kick-off."""
    replaced: Mapping[int, MatchLine]
    """Event id to the lines of the event in its place: the match is played too long after its first kick-off."""
    confirmed: Mapping[int, MatchLine]
    """Event id to its lines, moved ones included: those that take bets, or may again."""
    gone: Sequence[int]
    """Events whose match is not forecast any more."""


def plan_events(events: Iterable[OpenEvent], lines: Iterable[MatchLine]) -> EventPlan:
    """Compare the stored events of a league's coming matches with the lines that are to be.

    An event that is settled stays as it is, whatever is forecast, and so does one that is void, unless its match is
    played so much later that it is an event of its own.
    """
    by_match = {event.match_id: event for event in events}
    wanted = {line.match_id: line for line in lines}
    known = [(event, wanted[match_id]) for match_id, event in by_match.items() if match_id in wanted]
    late = {
        event.event_id: line
        for event, line in known
        if event.state != "settled" and line.starts_at > event.first_starts_at + POSTPONE_GRACE
    }
    live = [(event, line) for event, line in known if event.state in ("open", "suspended")]
    confirmed = {event.event_id: line for event, line in live if event.event_id not in late}
    return EventPlan(
        new=[line for match_id, line in wanted.items() if match_id not in by_match],
        moved={
            event.event_id: line.starts_at
            for event, line in live
            if event.event_id in confirmed and line.starts_at != event.starts_at
        },
        replaced=late,
        confirmed=confirmed,
        gone=[event.event_id for event in by_match.values() if event.match_id not in wanted and event.state == "open"],
    )


@dataclass(slots=True, kw_only=True)
class StoredMarket:
    """A market as it is stored, with its current prices."""

    market_id: int
    version: int
    is_open: bool
    selections: dict[str, int] = field(default_factory=dict)
    """Outcome to the id of the selection."""
    odds_hundredths: dict[str, int] = field(default_factory=dict)
    """Outcome to its current price; without those that have none."""


MarketKey = tuple[int, str, int | None]
"""Event, kind and line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PricePlan:
    """What becomes of markets and prices."""

    new: Mapping[MarketKey, PricedMarket]
    repriced: Mapping[MarketKey, PricedMarket]
    """Stored markets whose prices differ, or which are offered again."""
    withdrawn: Sequence[MarketKey]
    """Markets that are not offered any more."""

    @property
    def changed_events(self) -> set[int]:
        """The events with any change."""
        return {key[0] for key in (*self.new, *self.repriced, *self.withdrawn)}


def plan_prices(stored: Mapping[MarketKey, StoredMarket], lines: Mapping[int, MatchLine]) -> PricePlan:
    """Compare the stored markets with those that are to be; `lines` by event."""
    wanted: dict[MarketKey, PricedMarket] = {
        (event_id, market.kind.value, market.line): market
        for event_id, line in lines.items()
        for market in line.markets
    }
    return PricePlan(
        new={key: market for key, market in wanted.items() if key not in stored},
        repriced={key: market for key, market in wanted.items() if key in stored and _differs(stored[key], market)},
        withdrawn=[key for key, market in stored.items() if market.is_open and key not in wanted],
    )


def quoted(market: PricedMarket) -> dict[str, int]:
    """Outcome to price, of those that have one."""
    pairs = zip(OUTCOMES[market.kind], market.odds_hundredths, strict=True)
    return {outcome: odds for outcome, odds in pairs if odds}


def _differs(stored: StoredMarket, market: PricedMarket) -> bool:
    return not stored.is_open or stored.odds_hundredths != quoted(market)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayedMatch:
    """What the source says of a match."""

    match_id: int
    status_code: int
    starts_at: datetime
    home_id: int
    away_id: int
    home_goals: int | None
    """After 90 minutes."""
    away_goals: int | None
    version: int
    """When the source changed it, in milliseconds since 1970."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingOdds:
    """What a bookmaker offered on the result last, in hundredths."""

    bookmaker: str
    home_hundredths: int
    draw_hundredths: int
    away_hundredths: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitedEvent:
    """An event that has begun and has no result yet, or one that may still be corrected."""

    event_id: int
    match_id: int
    starts_at: datetime
    first_starts_at: datetime
    home_id: int
    away_id: int
    status: str
    """Of its newest result; empty without one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is to be recorded of an event; the words are those of the table ``betting_results``."""

    status: str
    home_goals: int | None = None
    away_goals: int | None = None
    void_reason: str = ""


def judge(event: AwaitedEvent, match: PlayedMatch | None, now: datetime) -> Verdict | None:
    """Decide what is to be recorded of an event now; None while nothing is.

    The score after 90 minutes counts, whatever followed. A match that was moved to the other side's ground, awarded, or
    cancelled is void. What was decided when a match was abandoned stands, and the rest is void. A match that is played
    more than `POSTPONE_GRACE` after its first kick-off, or has no result by then, is void.

    Parameters
    ----------
    match : what the source says; None where it knows no such match.
    """
    overdue = now >= event.first_starts_at + POSTPONE_GRACE
    if match is None:
        return Verdict(status="void", void_reason="NO_RESULT_ASSIGNABLE") if overdue and not event.status else None
    if match.starts_at > event.first_starts_at + POSTPONE_GRACE:
        return Verdict(status="void", void_reason="EVENT_POSTPONED")
    if (match.home_id, match.away_id) == (event.away_id, event.home_id):
        return Verdict(status="void", void_reason="VENUE_SWITCHED")
    phase, has_score = phase_of(match.status_code), match.home_goals is not None and match.away_goals is not None
    if has_score and (phase is Phase.FINAL or match.status_code == ABANDONED):
        status = "final" if phase is Phase.FINAL else "abandoned"
        return Verdict(status=status, home_goals=match.home_goals, away_goals=match.away_goals)
    if phase is Phase.FINAL_WITHOUT_PLAY:
        return Verdict(status="void", void_reason="WALKOVER")
    if phase is Phase.VOID:
        reason = "EVENT_ABANDONED" if match.status_code == ABANDONED else "CANCELLED_EVENT"
        return Verdict(status="void", void_reason=reason)
    if event.status in ("final", "abandoned"):
        return Verdict(status="withdrawn")
    if not overdue or event.status == "void":
        return None
    reason = "EVENT_POSTPONED" if phase is Phase.POSTPONED else "NO_RESULT_ASSIGNABLE"
    return Verdict(status="void", void_reason=reason)
