"""The first bet maker's use cases, over the platform's own bets: a stake on an event that wins or loses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from shared.domain.accounts.users import OPERATOR
from shared.domain.betting.bets import Bet, BetState, ManualEvent, NewBet, NewLeg, Placed
from shared.domain.betting.refusals import Refusal
from shared.domain.betting.settlement import Grade
from shared.domain.money.ledger import RequestKey
from shared.errors import Forbidden, InvalidInput, Refused
from shared.ports.clock import Clock
from shared.ports.probes import Probes
from shared.security import access
from shared.security.tokens import Caller, Tokens

BETS_AT_MOST = 1_000
"""Of a list, the latest; the first API had no pages."""


class Bets(Protocol):
    """Bets on events made by hand."""

    def manual_events(self, *, now: datetime) -> Sequence[ManualEvent]:
        """Return events that can be bet on."""

    def manual_event(self, event_id: int) -> ManualEvent:
        """Return an event, open or not; `NotFound` when there is none."""

    def place(self, user_id: str, bet: NewBet, *, now: datetime, key: RequestKey | None) -> Placed:
        """Hold the stake and store the bet; `Refused` for a reason of `Refusal`."""

    def bet(self, bet_id: str) -> Bet:
        """Return a bet; `NotFound` when there is none."""

    def bets(self, user_id: str | None, *, before: str, limit: int) -> Sequence[Bet]:
        """Return bets of a user, or of all with None, the latest first."""

    def cancel(self, bet_id: str, *, now: datetime) -> None:
        """Give the stake of an open bet back, before its event's deadline."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What another function answered."""

    status: int
    body: bytes
    content_type: str


class Users(Protocol):
    """The users' own functions, asked in the caller's name."""

    def send(self, function: str, method: str, path: str, token: str, body: object = None) -> Answer:
        """Send a request with an access token; `Unavailable` when nobody answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """The dependencies of the function."""

    bets: Bets
    users: Users
    tokens: Tokens
    clock: Clock
    probes: Probes = field(default_factory=dict)


def place(caller: Caller, event_id: int, amount: Decimal, key: RequestKey | None, deps: Deps) -> Bet:
    """Bet on an event at its price of now, and at a better one if it moves meanwhile.

    Raises
    ------
    InvalidInput : the amount is no whole number of coins.
    NotFound : there is no such event.
    Forbidden : its deadline has passed, or it takes no bets.
    Refused : for another reason.
    """
    if amount != amount.to_integral_value():
        raise InvalidInput("coins are whole", errors={"bet_amount": "must be a whole number of coins"})
    event = deps.bets.manual_event(event_id)
    legs = (NewLeg(selection_id=event.selection_id, version=event.version),)
    bet = NewBet(legs=legs, stake=int(amount), accept_better=True)
    try:
        placed = deps.bets.place(caller.user_id, bet, now=deps.clock.now(), key=key)
    except Refused as exc:
        raise _closed(exc) from exc
    return deps.bets.bet(placed.bet_id)


def list_bets(caller: Caller, *, own: bool, deps: Deps) -> Sequence[Bet]:
    """Return the caller's bets; of everybody's list operators see all, others their own."""
    everybody = not own and OPERATOR in caller.roles
    bets = deps.bets.bets(None if everybody else caller.user_id, before="", limit=BETS_AT_MOST)
    return [bet for bet in bets if is_manual(bet)]


def read_bet(caller: Caller, bet_id: str, deps: Deps) -> Bet:
    """Return one's own bet, or any to an operator."""
    bet = deps.bets.bet(bet_id)
    access.require_owner_or_operator(caller, bet.user_id, f"bet {bet_id}")
    return bet


def delete_bet(caller: Caller, bet_id: str, deps: Deps) -> None:
    """Take one's own bet back before the deadline; `Forbidden` after it."""
    bet = deps.bets.bet(bet_id)
    access.require_owner(caller, bet.user_id, f"bet {bet_id}")
    if not is_manual(bet):
        raise Forbidden("bets on matches cannot be taken back")
    try:
        deps.bets.cancel(bet_id, now=deps.clock.now())
    except Refused as exc:
        raise _closed(exc) from exc


def list_events(deps: Deps) -> Sequence[ManualEvent]:
    """Return the events that can be bet on."""
    return deps.bets.manual_events(now=deps.clock.now())


def is_manual(bet: Bet) -> bool:
    """Whether a bet is one that this API can show: a single on an event made by hand."""
    return len(bet.legs) == 1 and bet.legs[0].kind == "manual"


def status_of(bet: Bet) -> str:
    """The status of a bet in a word that no language decides."""
    if bet.state is BetState.OPEN:
        return "not_played"
    if bet.state is not BetState.SETTLED:
        return bet.state.value
    return {Grade.LOSS: "lost", Grade.PUSH: "returned"}.get(Grade(bet.grade or ""), "won")


def _closed(refusal: Refused) -> Exception:
    if refusal.code in (Refusal.EVENT_STARTED, Refusal.MARKET_SUSPENDED):
        return Forbidden(str(refusal))
    return refusal
