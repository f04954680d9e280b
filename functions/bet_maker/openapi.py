"""Bet-maker, described for its OpenAPI document; names and statuses are those of the first bet maker."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, RootModel

from functions.bet_maker.edge import NewBetRequest, NewUser
from shared.web.openapi import JSON, OPERATOR, USER, Operation, ok


class Bet(BaseModel):
    """A bet; dates are seconds since 1970, `status` is not_played, won, lost, returned, cancelled or cashed_out."""

    id: str
    bet_amount: int
    event_id: int
    user_id: str
    status: str
    coefficient: float
    payout: int | None
    create_date: int
    update_date: int


class Bets(RootModel[list[Bet]]):
    """The latest first, a thousand at most."""


class Event(BaseModel):
    """An event that can be bet on; dates are seconds since 1970."""

    event_id: int
    coefficient: float
    deadline: int
    state: int
    create_date: int
    update_date: int


class Events(RootModel[list[Event]]):
    """By id."""


class User(BaseModel):
    """A user."""

    id: str
    username: str
    state: str
    roles: list[str] = []
    created_at: datetime


class Users(RootModel[list[User]]):
    """The latest first, five hundred at most."""


class Status(BaseModel):
    """What was done."""

    status: str


class UserDetail(RootModel[dict[str, Any]]):
    """A user as the function `users` shows them."""


_KEY = {"Idempotency-Key": "the same key with the same request bets once"}
OPERATIONS = {
    "place": Operation(
        summary="Bet on an event with simulated money",
        access=USER,
        headers=_KEY,
        body={JSON: NewBetRequest},
        responses=ok(Bet),
        error_statuses=(403, 404, 409, 422),
    ),
    "list_bets": Operation(summary="Own bets; everybody's for operators", access=USER, responses=ok(Bets)),
    "list_own_bets": Operation(summary="Own bets", access=USER, responses=ok(Bets)),
    "read_bet": Operation(summary="One of one's own bets, any for operators", access=USER, responses=ok(Bet)),
    "delete_bet": Operation(
        summary="Take a bet back before the deadline", access=USER, responses=ok(Status), error_statuses=(403, 409)
    ),
    "list_events": Operation(summary="Events that can be bet on", access=USER, responses=ok(Events)),
    "list_users": Operation(summary="Users", access=OPERATOR, responses=ok(Users)),
    "read_user": Operation(summary="One user", access=OPERATOR, responses=ok(UserDetail)),
    "create_user": Operation(
        summary="Make a user", access=OPERATOR, body={JSON: NewUser}, responses=ok(User), error_statuses=(409,)
    ),
    "update_user": Operation(
        summary="Refused: users change what is theirs themselves", access=OPERATOR, responses=ok(Status)
    ),
    "delete_user": Operation(
        summary="Block a user, who is erased within the hour",
        access=OPERATOR,
        responses=ok(Status),
        error_statuses=(409,),
    ),
}
