"""Lines, described for its OpenAPI document."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from functions.lines.edge import LinesQuery, NewEvent, NewResult, PricesQuery, ScoresQuery, StateChange
from functions.lines.provider_edge import EventsQuery, ProviderEvent, StatusQuery
from shared.web.openapi import (
    JSON,
    OPERATOR,
    PROBLEM,
    SERVICE,
    Operation,
    Problem,
    ResponseSpec,
    cacheable,
    no_content,
    ok,
)


class Side(BaseModel):
    """A team of a match."""

    id: int
    name: str


class Selection(BaseModel):
    """An outcome with its price: decimal odds as text, and times 100."""

    selection_id: int
    outcome: str
    odds: str
    odds_hundredths: int


class Market(BaseModel):
    """A market; `line` in goals, the home side's for a handicap. A change of any price is a new `version`."""

    market_id: int
    kind: str
    line: float | None
    state: str
    version: int
    selections: list[Selection]


class Result(BaseModel):
    """How an event ended; of several revisions the highest counts."""

    revision: int
    status: str
    home_goals: int | None
    away_goals: int | None
    outcome: str | None
    void_reason: str


class Event(BaseModel):
    """An event that is bet on with simulated money; it takes no bets from `starts_at` on."""

    event_id: int
    kind: str
    match_id: int | None
    league: str
    round: int | None
    name: str
    home: Side | None
    away: Side | None
    starts_at: datetime
    state: str
    suspended_for: str
    revision: int
    updated_at: datetime
    result: Result | None
    markets: list[Market]


class ShownEvent(Event):
    """One event."""

    simulated_money: bool


class Events(BaseModel):
    """A page of events: those to come by start, past ones the latest first."""

    items: list[Event]
    next: str | None
    simulated_money: bool


class Price(BaseModel):
    """A price that a selection has or had."""

    selection_id: int
    market_id: int
    kind: str
    line: float | None
    outcome: str
    version: int
    odds_hundredths: int
    made_at: datetime


class Prices(BaseModel):
    """A page of prices by selection and version."""

    items: list[Price]
    next: str | None
    simulated_money: bool


class Measures(BaseModel):
    """Means of three scoring rules; less is better."""

    rps: float
    log_loss: float
    brier: float


class Intervals(BaseModel):
    """Bootstrap intervals (95 %) of mean differences."""

    rps: list[float]
    log_loss: list[float]
    brier: list[float]


class Compared(BaseModel):
    """Lines beside closing odds on the same matches; a difference below 0 is in favour of the lines."""

    n_matches: int
    lines: Measures
    closing_odds: Measures
    difference: Measures
    interval: Intervals


class Scores(BaseModel):
    """How good the probabilities behind lines were."""

    league: str
    n_matches: int
    lines: Measures | None
    beside_closing_odds: Compared | None
    simulated_money: bool


class Recorded(BaseModel):
    """The revision of a result."""

    event_id: int
    revision: int
    simulated_money: bool


class ProvidedEvent(BaseModel):
    """An event in the line provider's first form; moments in seconds since 1970, state 1 new, 2 won, 3 lost."""

    event_id: int
    coefficient: float
    deadline: int
    state: int
    create_date: int
    update_date: int


class Deleted(BaseModel):
    """An event that was deleted."""

    status: str


def _refusals(**texts: str) -> dict[int, ResponseSpec]:
    statuses = {"unauthenticated": 401, "forbidden": 403, "not_found": 404, "invalid": 422}
    return {statuses[name]: ResponseSpec(description=text, content={PROBLEM: Problem}) for name, text in texts.items()}


_NO_TOKEN = {"unauthenticated": "The token is wrong.", "forbidden": "There is no token, or the caller is no operator."}
_NOT_NEW = {**_NO_TOKEN, "forbidden": "There is no token, or the event is not new."}
_NONE = "There is no such event."
_INVALID = "The request is not valid."

OPERATIONS = {
    "list_lines": Operation(
        summary="Events and their markets: those that take bets, or past ones",
        query=LinesQuery,
        responses=cacheable(Events),
        error_statuses=(404,),
    ),
    "show_event": Operation(summary="An event with its markets and result", responses=cacheable(ShownEvent)),
    "list_prices": Operation(
        summary="Every version of an event's prices", query=PricesQuery, responses=cacheable(Prices)
    ),
    "show_scores": Operation(
        summary="Lines scored against results, beside closing odds where they are known",
        query=ScoresQuery,
        responses=cacheable(Scores),
        error_statuses=(404,),
    ),
    "make_event": Operation(
        summary="Make an event by hand", access=OPERATOR, body={JSON: NewEvent}, responses=ok(ShownEvent, status=201)
    ),
    "set_state": Operation(
        summary="Suspend an event, or open it again",
        access=OPERATOR,
        body={JSON: StateChange},
        responses=no_content("It is in this state."),
        error_statuses=(409,),
    ),
    "record_result": Operation(
        summary="Record how an event ended, or correct it",
        access=OPERATOR,
        body={JSON: NewResult},
        responses=ok(Recorded, status=201),
        error_statuses=(409,),
    ),
    "provider_make_event": Operation(
        summary="Make an event (the line provider's first API)",
        access=SERVICE,
        body={JSON: ProviderEvent},
        responses={**ok(ProvidedEvent), **_refusals(**_NO_TOKEN, invalid=_INVALID)},
    ),
    "provider_list_events": Operation(
        summary="Events made by hand, the newest first",
        access=SERVICE,
        query=EventsQuery,
        responses={**ok(list[ProvidedEvent], Link="the next page"), **_refusals(**_NO_TOKEN, invalid=_INVALID)},
    ),
    "provider_show_event": Operation(
        summary="An event made by hand",
        access=SERVICE,
        responses={**ok(ProvidedEvent), **_refusals(**_NO_TOKEN, not_found=_NONE)},
    ),
    "provider_set_status": Operation(
        summary="Decide an event: 2 won, 3 lost",
        access=SERVICE,
        query=StatusQuery,
        responses={**ok(ProvidedEvent), **_refusals(**_NOT_NEW, not_found=_NONE, invalid=_INVALID)},
    ),
    "provider_delete_event": Operation(
        summary="Delete an event; all stakes go back",
        access=SERVICE,
        responses={**ok(Deleted), **_refusals(**_NO_TOKEN, not_found=_NONE)},
    ),
}
