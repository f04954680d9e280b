"""The line provider's first API to the letter: its field names, epoch seconds, states 1 to 3, and its statuses.

What it got wrong is mended: a coefficient is required and has two decimals at most, a wrong deadline is an answer and
not a fault of ours, a state changes once, and whoever bet on a deleted event gets the stake back.
"""

from __future__ import annotations

import hmac
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal

from flask import Response, request
from pydantic import BaseModel, ConfigDict, Field

from functions.lines import service
from functions.lines.ports import Deps
from functions.lines.service import EventWithMarkets
from shared import errors
from shared.domain.accounts.users import OPERATOR
from shared.security import access
from shared.web import callers, error_responses, http, paging

PREFIX = "/line-provider"
DEFAULT_DEADLINE_S = 5_000
LAST_DEADLINE = 4_102_444_800
"""The year 2100, in seconds since 1970."""
NEW, WIN, LOSE = 1, 2, 3
_OUTCOMES = {WIN: "win", LOSE: "lose"}
_STATUSES = {errors.TooLarge: 413, errors.InvalidInput: 422, errors.Conflict: 403}
"""Where the first API's statuses differ from ours."""
SERVICE_NAME = "line-provider"


class ProviderEvent(BaseModel):
    """A new event."""

    model_config = ConfigDict(extra="forbid")
    coefficient: Decimal = Field(gt=0, lt=30, decimal_places=2, max_digits=4, description="two decimals at most")
    deadline: int | None = Field(
        default=None, le=LAST_DEADLINE, strict=True, description="seconds since 1970; without one in 5,000 s"
    )


class StatusQuery(BaseModel):
    """The state that an event gets: 2 won, 3 lost."""

    model_config = ConfigDict(extra="forbid")
    new_status: Literal["1", "2", "3"]


class EventsQuery(BaseModel):
    """A page of events; the first API had no pages."""

    model_config = ConfigDict(extra="forbid")
    limit: int = Field(default=paging.MAX_LIMIT, ge=1, le=paging.MAX_LIMIT)
    before: int = Field(default=0, ge=0, le=2**62, description="events with a lower id only")


def make_event(deps: Deps) -> Response:
    """200 with the event."""
    by, new = _caller(deps), http.read_body(ProviderEvent)
    now = deps.clock.now()
    deadline = int(now.timestamp()) + DEFAULT_DEADLINE_S if new.deadline is None else new.deadline
    if deadline < int(now.timestamp()):
        raise errors.InvalidInput("the deadline has passed", errors={"deadline": "must not be in the past"})
    starts_at = max(datetime.fromtimestamp(deadline, UTC), now)
    hundredths = int(new.coefficient * 100)
    event_id = service.make_event(f"Event until {deadline}", starts_at, hundredths, by=by, deps=deps)
    return _answer(_to_json(service.get_event(event_id, deps)))


def list_events(deps: Deps) -> Response:
    """200 with the newest events; ``Link`` names the next page."""
    _caller(deps)
    query = http.read_query(EventsQuery)
    events = deps.lines.manual(before=query.before, limit=query.limit + 1)
    shown = events[: query.limit]
    markets = deps.lines.markets([event.event_id for event in shown])
    response = _answer([_to_json((event, markets[event.event_id])) for event in shown])
    if len(events) > query.limit:
        following = f"{PREFIX}/events?limit={query.limit}&before={shown[-1].event_id}"
        response.headers["Link"] = f'<{following}>; rel="next"'
    return response


def show_event(event_id: int, deps: Deps) -> Response:
    """200 with the event."""
    _caller(deps)
    return _answer(_to_json(_manual(event_id, deps)))


def set_status(event_id: int, deps: Deps) -> Response:
    """200 with the event; 403 when it is not new. A new event stays new by being called new, and nobody is told."""
    by, status = _caller(deps), int(http.read_query(StatusQuery).new_status)
    event = _manual(event_id, deps)
    if status == NEW:
        if _state(event) != NEW:
            raise errors.Conflict(f"event {event_id} has ended")
        return _answer(_to_json(event))
    service.decide(event_id, _OUTCOMES[status], by=by, deps=deps)
    return _answer(_to_json(service.get_event(event_id, deps)))


def delete_event(event_id: int, deps: Deps) -> Response:
    """200; every stake on the event goes back."""
    by = _caller(deps)
    _manual(event_id, deps)
    service.delete_event(event_id, by=by, deps=deps)
    return _answer({"status": "deleted"})


def respond_error(error: Exception) -> Response:
    """Errors of the first API's routes have its statuses, those of others ours."""
    if not request.path.startswith(PREFIX):
        return error_responses.respond_error(error)
    return error_responses.respond_error(error, _STATUSES)


def _caller(deps: Deps) -> str:
    """Who sends this: a service with the token, or an operator. No token at all is 403, as it was."""
    header = request.headers.get("Authorization", "")
    if not header:
        raise errors.Forbidden("send Authorization: Bearer with the service token")
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise errors.Unauthenticated("send Authorization: Bearer with the service token")
    if deps.provider_token and hmac.compare_digest(token.strip().encode(), deps.provider_token.encode()):
        return SERVICE_NAME
    return access.require_role(callers.caller(deps), OPERATOR).user_id


def _manual(event_id: int, deps: Deps) -> EventWithMarkets:
    event = service.get_event(min(event_id, 2**62), deps)
    if event[0].kind != "manual":
        raise errors.NotFound(f"event {event_id}")
    return event


def _to_json(event_and_markets: EventWithMarkets) -> dict[str, Any]:
    event, markets = event_and_markets
    (selection,) = markets[0].selections
    return {
        "event_id": event.event_id,
        "coefficient": selection.odds_hundredths / 100,
        "deadline": int(event.starts_at.timestamp()),
        "state": _state(event_and_markets),
        "create_date": int(event.created_at.timestamp()),
        "update_date": int(event.updated_at.timestamp()),
    }


def _state(event_and_markets: EventWithMarkets) -> int:
    outcome = event_and_markets[0].outcome if event_and_markets[0].status == "decided" else None
    return {"win": WIN, "lose": LOSE, None: NEW}[outcome]


def _answer(content: Any) -> Response:
    return http.json_response(content, headers=callers.NO_STORE)
