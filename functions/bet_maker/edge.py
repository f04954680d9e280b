"""The first bet maker's routes: its names and statuses, without the holes it had."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from flask import Response, request
from pydantic import BaseModel, ConfigDict, Field

from functions.bet_maker import service
from shared.domain.betting.bets import Bet, ManualEvent
from shared.domain.money.ledger import RequestKey, request_key
from shared.errors import Forbidden
from shared.security.tokens import Caller
from shared.web import callers, http

_NEW = 1
"""The first API's number of the state in which an event can be bet on."""
_USERS_AT_MOST = 500


class NewBetRequest(BaseModel):
    """A stake on an event."""

    model_config = ConfigDict(extra="forbid")
    bet_amount: Decimal = Field(gt=0, max_digits=17, decimal_places=2, description="coins")
    event_id: int = Field(ge=1, le=2**63 - 1)


class NewUser(BaseModel):
    """A user that an operator makes; `name` is accepted and not kept."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)
    username: str = Field(max_length=256)
    password: str = Field(max_length=2_000)
    email: str = Field(default="", max_length=256)
    name: str = Field(default="", max_length=100)


def place(deps: service.Deps) -> Response:
    """200 with the bet."""
    caller, body = callers.caller(deps), http.read_body(NewBetRequest)
    key = _key(caller, [body.event_id, str(body.bet_amount)])
    return _answer(_bet(service.place(caller, body.event_id, body.bet_amount, key, deps)))


def list_bets(deps: service.Deps, *, own: bool) -> Response:
    """200 with a list."""
    caller = callers.caller(deps)
    return _answer([_bet(bet) for bet in service.list_bets(caller, own=own, deps=deps)])


def read_bet(bet_id: str, deps: service.Deps) -> Response:
    """200 with the bet."""
    return _answer(_bet(service.read_bet(callers.caller(deps), bet_id, deps)))


def delete_bet(bet_id: str, deps: service.Deps) -> Response:
    """200 with a status."""
    service.delete_bet(callers.caller(deps), bet_id, deps)
    return _answer({"status": "deleted"})


def list_events(deps: service.Deps) -> Response:
    """200 with a list."""
    callers.caller(deps)
    return _answer([_event(event) for event in service.list_events(deps)])


def list_users(deps: service.Deps) -> Response:
    """200 with a list."""
    callers.operator(deps)
    answer = deps.users.send("users", "GET", f"/users?limit={_USERS_AT_MOST}", callers.access_token())
    if answer.status != 200:
        return _forwarded(answer)
    return _answer(json.loads(answer.body)["items"])


def read_user(user_id: str, deps: service.Deps) -> Response:
    """200 with the user."""
    callers.operator(deps)
    return _forwarded(deps.users.send("users", "GET", f"/users/{quote(user_id)}", callers.access_token()))


def create_user(deps: service.Deps) -> Response:
    """200 with the user."""
    callers.operator(deps)
    body = http.read_body(NewUser).model_dump(exclude={"name"})
    if not body["email"]:
        del body["email"]
    answer = deps.users.send("register", "POST", "/register", callers.access_token(), body)
    return _forwarded(answer, status=200 if answer.status == 201 else answer.status)


def update_user(user_id: str, deps: service.Deps) -> Response:
    """403: names and passwords belong to their user."""
    callers.operator(deps)
    raise Forbidden(f"user {user_id} alone changes what is theirs, at /me")


def delete_user(user_id: str, deps: service.Deps) -> Response:
    """200 with a status: the user is blocked, and erased within the hour; bets are settled or given back."""
    callers.operator(deps)
    token, path = callers.access_token(), f"/users/{quote(user_id)}"
    blocked = deps.users.send("users", "PUT", f"{path}/block", token, {"reason": "deleted by an operator"})
    if blocked.status >= 400:
        return _forwarded(blocked)
    erased = deps.users.send("users", "PUT", f"{path}/deletion", token)
    return _forwarded(erased) if erased.status >= 400 else _answer({"status": "deleted"})


def _bet(bet: Bet) -> dict[str, Any]:
    leg = bet.legs[0]
    changed_at = bet.settled_at or bet.placed_at
    return {
        "id": bet.id,
        "bet_amount": bet.stake,
        "event_id": leg.event_id,
        "user_id": bet.user_id,
        "status": service.status_of(bet),
        "coefficient": leg.odds_hundredths / 100,
        "payout": bet.payout,
        "create_date": int(bet.placed_at.timestamp()),
        "update_date": int(changed_at.timestamp()),
    }


def _event(event: ManualEvent) -> dict[str, Any]:
    return {
        "event_id": event.event_id,
        "coefficient": event.odds_hundredths / 100,
        "deadline": int(event.starts_at.timestamp()),
        "state": _NEW,
        "create_date": int(event.created_at.timestamp()),
        "update_date": int(event.updated_at.timestamp()),
    }


def _answer(payload: Any) -> Response:
    return http.json_response(payload, headers=callers.NO_STORE)


def _forwarded(answer: service.Answer, *, status: int = 0) -> Response:
    response = Response(answer.body, status=status or answer.status, headers=callers.NO_STORE)
    response.content_type = answer.content_type
    return response


def _key(caller: Caller, payload: object) -> RequestKey | None:
    """The first API knew no key; a client that sends one may retry without betting twice."""
    return request_key(f"users/{caller.user_id}/api-bet", request.headers.get(callers.IDEMPOTENCY_KEY, ""), payload)
