"""Show lines, and let operators make, stop and settle events by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from functions.lines.ports import Deps, Position
from shared.domain.betting.events import BettingEvent, OfferedMarket, PriceVersion
from shared.errors import Conflict, InvalidInput

SCORED_AT_MOST = 5_000
"""The newest matches that lines are scored on."""
_STATUSES_OF_MATCHES = ("final", "abandoned", "void", "withdrawn")
_STATUSES_BY_HAND = ("decided", "void", "withdrawn")

EventWithMarkets = tuple[BettingEvent, Sequence[OfferedMarket]]


def list_coming(league: str, after: Position | None, limit: int, deps: Deps) -> list[EventWithMarkets]:
    """List events that have not begun, with their markets."""
    now = deps.clock.now()
    events = deps.lines.coming(now=now, league=league, after=after, limit=limit)
    return _with_markets([_as_of(event, now) for event in events], deps)


def list_past(league: str, before: Position | None, limit: int, deps: Deps) -> list[EventWithMarkets]:
    """List events that have begun or ended, with their last prices."""
    return _with_markets(deps.lines.past(now=deps.clock.now(), league=league, before=before, limit=limit), deps)


def get_event(event_id: int, deps: Deps) -> EventWithMarkets:
    """Return an event with its markets."""
    (event,) = _with_markets([_as_of(deps.lines.event(event_id), deps.clock.now())], deps)
    return event


def list_prices(event_id: int, after: tuple[int, int], limit: int, deps: Deps) -> Sequence[PriceVersion]:
    """List every version of an event's prices that is kept."""
    deps.lines.event(event_id)
    return deps.lines.prices(event_id, after=after, limit=limit)


def make_event(name: str, starts_at: datetime, odds_hundredths: int, *, by: str, deps: Deps) -> int:
    """Make an event with one outcome, ``win``; its id."""
    now = deps.clock.now()
    if starts_at < now:
        raise InvalidInput("the event would have begun", errors={"starts_at": "must not be in the past"})
    return deps.lines.make_event(name, starts_at=starts_at, odds_hundredths=odds_hundredths, by=by, now=now)


def set_state(event_id: int, state: str, deps: Deps) -> None:
    """Suspend an event or open it again; what an operator suspended nobody else opens."""
    deps.lines.set_state(event_id, state, now=deps.clock.now())


def record_result(event_id: int, result: Mapping[str, Any], *, by: str, deps: Deps) -> int:
    """Record how an event ended, also against an earlier result; the revision.

    Raises
    ------
    InvalidInput : the status does not fit the kind of event.
    Conflict : a score is recorded before the match began.
    """
    event, now = deps.lines.event(event_id), deps.clock.now()
    statuses = _STATUSES_OF_MATCHES if event.kind == "match" else _STATUSES_BY_HAND
    if result["status"] not in statuses:
        rule = f"must be one of {', '.join(statuses)}"
        raise InvalidInput(f"the status does not fit a {event.kind} event", errors={"status": rule})
    if result["status"] in ("final", "abandoned") and now < event.starts_at:
        raise Conflict(f"event {event_id} has not begun")
    return deps.lines.record(event_id, **result, by=by, now=now)


def decide(event_id: int, outcome: str, *, by: str, deps: Deps) -> BettingEvent:
    """Decide an event that was made by hand, once; `Conflict` when it has a result, or is a match."""
    if deps.lines.event(event_id).kind != "manual":
        raise Conflict(f"event {event_id} is a match, which ends with a score")
    now = deps.clock.now()
    deps.lines.record(event_id, status="decided", outcome=outcome, by=by, now=now, only_first=True)
    return deps.lines.event(event_id)


def delete_event(event_id: int, *, by: str, deps: Deps) -> None:
    """Take away an event that was made by hand; every stake goes back."""
    deps.lines.delete(event_id, by=by, now=deps.clock.now())


def score(league: str, deps: Deps) -> dict[str, Any]:
    """Score the probabilities behind lines against results, beside closing odds where they are known."""
    from functions.lines.scores import score_lines

    return score_lines(deps.lines.scored(league=league, limit=SCORED_AT_MOST))


def _as_of(event: BettingEvent, now: datetime) -> BettingEvent:
    """The event as bettors find it: lines that nobody confirmed in time take no bets."""
    if event.state == "open" and event.valid_until is not None and event.valid_until <= now:
        return replace(event, state="suspended", suspended_for="silent_source")
    if event.state == "open" and event.starts_at <= now:
        return replace(event, state="suspended", suspended_for="kick_off")
    return event


def _with_markets(events: Sequence[BettingEvent], deps: Deps) -> list[EventWithMarkets]:
    markets = deps.lines.markets([event.event_id for event in events]) if events else {}
    return [(event, markets.get(event.event_id, ())) for event in events]
