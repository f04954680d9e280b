"""The bodies and queries lines accepts, and how events and prices look outside."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from flask import Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from functions.lines import service
from functions.lines.pages import Page
from functions.lines.ports import Deps
from functions.lines.service import EventWithMarkets
from shared.domain.betting.events import SIMULATED, OfferedMarket
from shared.domain.betting.odds_text import to_text
from shared.domain.catalogue import leagues
from shared.errors import InvalidInput
from shared.web import callers, http, json_text, paging

LARGEST_ID = 2**62
Goals = Annotated[int, Field(ge=0, le=99, strict=True)]


class LinesQuery(BaseModel):
    """Query of a page of events."""

    model_config = ConfigDict(extra="forbid")
    state: Literal["open", "past"] = Field(default="open", description="open: not begun, suspended ones included")
    league: str = Field(default="", max_length=40, description="slug of a league; empty = all")
    limit: int = Field(default=paging.DEFAULT_LIMIT, ge=1, le=paging.MAX_LIMIT)
    cursor: str = Field(default="", max_length=200)


class PricesQuery(BaseModel):
    """Query of a page of prices."""

    model_config = ConfigDict(extra="forbid")
    limit: int = Field(default=paging.DEFAULT_LIMIT, ge=1, le=paging.MAX_LIMIT)
    cursor: str = Field(default="", max_length=200)


class ScoresQuery(BaseModel):
    """Query of scores."""

    model_config = ConfigDict(extra="forbid")
    league: str = Field(default="", max_length=40, description="slug of a league; empty = all")


class NewEvent(BaseModel):
    """An event that an operator makes, with one outcome: ``win``."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1, max_length=200)
    starts_at: AwareDatetime = Field(description="from then on it takes no bets")
    odds_hundredths: int = Field(ge=101, le=100_000, strict=True, description="decimal odds times 100")


class StateChange(BaseModel):
    """Whether an event takes bets."""

    model_config = ConfigDict(extra="forbid")
    state: Literal["open", "suspended"]


class NewResult(BaseModel):
    """How an event ended; a later one corrects it."""

    model_config = ConfigDict(extra="forbid")
    status: Literal["final", "abandoned", "decided", "void", "withdrawn"]
    home_goals: Goals | None = Field(default=None, description="after 90 minutes; of final and abandoned")
    away_goals: Goals | None = None
    outcome: Literal["win", "lose"] | None = Field(default=None, description="of an event that was made by hand")
    n_tied: int = Field(default=1, ge=1, le=10, strict=True, description="how many share the win")
    void_reason: str = Field(default="", max_length=40)


def list_lines(deps: Deps) -> Response:
    """Return a page of events with their markets, from the cache while it holds."""
    query = http.read_query(LinesQuery)
    if query.league:
        leagues.by_slug(query.league)
    generation, now = deps.lines.generation(), deps.clock.now()
    key = (query.state, query.league, query.cursor, query.limit)
    body = deps.pages.get_or_make(key, generation, now, lambda: _make_page(query, deps))
    return http.make_conditional(Response(body, content_type="application/json"))


def show_event(event_id: int, deps: Deps) -> Response:
    """Return an event with its markets."""
    event = service.get_event(_id(event_id), deps)
    return http.cacheable_json({**event_to_json(event), **SIMULATED})


def list_prices(event_id: int, deps: Deps) -> Response:
    """Return a page of the versions of an event's prices."""
    query = http.read_query(PricesQuery)
    position = paging.decode(query.cursor, int, int, query=event_id)
    after = (position[0], position[1]) if position else (0, 0)
    prices = service.list_prices(_id(event_id), after, query.limit + 1, deps)
    page = prices[: query.limit]
    last = (page[-1].selection_id, page[-1].version) if len(prices) > query.limit else None
    items = [{**price._asdict(), "line": _line(price.line)} for price in page]
    return http.cacheable_json({"items": items, "next": paging.encode(last, query=event_id), **SIMULATED})


def show_scores(deps: Deps) -> Response:
    """Return the scores of lines against results, from the cache until a line changes."""
    league = http.read_query(ScoresQuery).league
    if league:
        leagues.by_slug(league)

    def make() -> Page:
        content = {"league": league, **service.score(league, deps), **SIMULATED}
        return Page(body=json_text.encode(content), ends_at=None)

    key = ("scores", league, "", 0)
    body = deps.pages.get_or_make(key, deps.lines.generation(), deps.clock.now(), make)
    return http.make_conditional(Response(body, content_type="application/json"))


def make_event(deps: Deps) -> Response:
    """201 with the event."""
    caller, new = callers.operator(deps), http.read_body(NewEvent)
    if new.starts_at.year > 2100:
        raise InvalidInput("starts_at is out of range", errors={"starts_at": "must be before 2101"})
    event_id = service.make_event(new.name, new.starts_at, new.odds_hundredths, by=caller.user_id, deps=deps)
    event = service.get_event(event_id, deps)
    return callers.private_json({**event_to_json(event), **SIMULATED}, 201)


def set_state(event_id: int, deps: Deps) -> Response:
    """204."""
    callers.operator(deps)
    service.set_state(_id(event_id), http.read_body(StateChange).state, deps)
    return http.no_content()


def record_result(event_id: int, deps: Deps) -> Response:
    """201 with the revision."""
    caller, result = callers.operator(deps), http.read_body(NewResult)
    _check(result)
    revision = service.record_result(_id(event_id), result.model_dump(), by=caller.user_id, deps=deps)
    return callers.private_json({"event_id": event_id, "revision": revision, **SIMULATED}, 201)


def _make_page(query: LinesQuery, deps: Deps) -> Page:
    position = paging.decode_time_and_id(query.cursor, query=[query.state, query.league])
    make = service.list_coming if query.state == "open" else service.list_past
    events = make(query.league, position, query.limit + 1, deps)
    shown = events[: query.limit]
    last = (shown[-1][0].starts_at, shown[-1][0].event_id) if len(events) > query.limit else None
    following = paging.encode(last, query=[query.state, query.league])
    content = {"items": [event_to_json(each) for each in shown], "next": following, **SIMULATED}
    return Page(body=json_text.encode(content), ends_at=_ends_at(query.state, shown, deps.clock.now()))


def _ends_at(state: str, events: list[EventWithMarkets], now: datetime) -> datetime | None:
    """When a page changes although no line does. The past grows whenever anything begins, so it is read anew."""
    if state == "past":
        return now
    moments = [moment for event, _ in events for moment in (event.starts_at, event.valid_until) if moment is not None]
    return min((moment for moment in moments if moment > now), default=None)


def event_to_json(event_and_markets: EventWithMarkets) -> dict[str, Any]:
    """An event as it is shown."""
    event, markets = event_and_markets
    return {
        "event_id": event.event_id,
        "kind": event.kind,
        "match_id": event.match_id,
        "league": event.league,
        "round": event.round,
        "name": event.name,
        "home": {"id": event.home_id, "name": event.home} if event.home_id else None,
        "away": {"id": event.away_id, "name": event.away} if event.away_id else None,
        "starts_at": event.starts_at,
        "state": event.state,
        "suspended_for": event.suspended_for,
        "revision": event.revision,
        "updated_at": event.updated_at,
        "result": {
            "revision": event.result_revision,
            "status": event.status,
            "home_goals": event.home_goals,
            "away_goals": event.away_goals,
            "outcome": event.outcome,
            "void_reason": event.void_reason,
        }
        if event.status
        else None,
        "markets": [_market_to_json(market) for market in markets],
    }


def _market_to_json(market: OfferedMarket) -> dict[str, Any]:
    return {
        "market_id": market.market_id,
        "kind": market.kind,
        "line": _line(market.line),
        "state": market.state,
        "version": market.version,
        "selections": [
            {
                "selection_id": selection_id,
                "outcome": outcome,
                "odds": to_text(odds_hundredths),
                "odds_hundredths": odds_hundredths,
            }
            for selection_id, outcome, odds_hundredths in market.selections
        ],
    }


def _line(quarters: int | None) -> float | None:
    """In goals: 9 quarters are 2.25."""
    return None if quarters is None else quarters / 4


def _check(result: NewResult) -> None:
    has_score = result.home_goals is not None and result.away_goals is not None
    if has_score != (result.status in ("final", "abandoned")):
        rule = "give both with the statuses final and abandoned, and with no other"
        raise InvalidInput("goals and status do not fit", errors={"home_goals": rule, "away_goals": rule})
    if (result.outcome is not None) != (result.status == "decided"):
        rule = "give it with the status decided, and with no other"
        raise InvalidInput("outcome and status do not fit", errors={"outcome": rule})


def _id(event_id: int) -> int:
    """An id that Postgres can hold; a larger one is that of no event."""
    return min(event_id, LARGEST_ID)
