"""The bodies and queries bets accepts, and how bets look outside."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Literal
from uuid import UUID

from flask import Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from functions.bets import operators, service
from functions.bets.ports import Deps
from shared.domain.betting.bets import Bet, BetStatistics, NewBet, NewLeg, Player
from shared.domain.betting.events import SIMULATED
from shared.domain.betting.payouts import LEGS_AT_MOST
from shared.web import callers, http, paging

_EXPORTED_BETS = 10_000
_LARGEST = 2**63 - 1
State = Literal["", "open", "settled", "cashed_out", "cancelled"]


class LegRequest(BaseModel):
    """A selection at the price that was seen."""

    model_config = ConfigDict(extra="forbid", strict=True)
    selection_id: int = Field(ge=1, le=_LARGEST)
    version: int = Field(ge=1, le=2**31 - 1, description="of the price, as lines and quotes name it")


class BetRequest(BaseModel):
    """A single, an accumulator, or with `size` a system bet."""

    model_config = ConfigDict(extra="forbid", strict=True)
    legs: list[LegRequest] = Field(min_length=1, max_length=LEGS_AT_MOST)
    stake: int = Field(ge=1, le=10**15, description="coins, for all combinations together")
    size: int | None = Field(default=None, ge=1, le=LEGS_AT_MOST, description="legs in a combination; null: all")
    accept_better: bool = Field(default=False, description="take a better price than the one that was seen")

    def bet(self) -> NewBet:
        """What is asked for."""
        legs = tuple(NewLeg(selection_id=leg.selection_id, version=leg.version) for leg in self.legs)
        return NewBet(legs=legs, stake=self.stake, size=self.size, accept_better=self.accept_better)


class OfferRequest(BaseModel):
    """The part of the stake to close."""

    model_config = ConfigDict(extra="forbid", strict=True)
    stake: int | None = Field(default=None, ge=1, le=10**15, description="null: all that is left")


class CashOutRequest(BaseModel):
    """An offer to take."""

    model_config = ConfigDict(extra="forbid")
    offer_id: UUID


class DayLimit(BaseModel):
    """A limit of one's own."""

    model_config = ConfigDict(extra="forbid", strict=True)
    daily_stake: int | None = Field(ge=0, le=10**15, description="coins a day (UTC); null: none of one's own")


class SelfExclusion(BaseModel):
    """A time without betting."""

    model_config = ConfigDict(extra="forbid")
    until: AwareDatetime = Field(description="never earlier than an exclusion that holds already")


class BetPage(BaseModel):
    """Query of bets, the latest first."""

    model_config = ConfigDict(extra="forbid")
    limit: int = Field(default=paging.DEFAULT_LIMIT, ge=1, le=paging.MAX_LIMIT)
    cursor: str = Field(default="", max_length=200)
    state: State = ""
    everybody: bool = Field(default=False, description="bets of all users; for operators")


class OpenPage(BaseModel):
    """Query of open bets of everybody."""

    model_config = ConfigDict(extra="forbid")
    limit: int = Field(default=paging.DEFAULT_LIMIT, ge=1, le=paging.MAX_LIMIT)
    cursor: str = Field(default="", max_length=200)
    stuck: bool = Field(default=False, description="only those that should have been settled")


class BooksQuery(BaseModel):
    """Query of the books."""

    model_config = ConfigDict(extra="forbid")
    begins: AwareDatetime | None = None
    ends: AwareDatetime | None = None
    event_id: int | None = Field(default=None, ge=1, le=_LARGEST)


def quote(deps: Deps) -> Response:
    """What a bet would be, with the limits that hold for it."""
    caller, bet = callers.caller(deps), http.read_body(BetRequest).bet()
    quoted = service.quote(caller, bet, deps)
    return _answer(
        {
            "prices": [asdict(each) for each in quoted.prices],
            "stake": bet.stake,
            "potential_payout": quoted.potential_payout,
            "refusals": [each.value for each in quoted.refusals],
            "limits": _limits(service.read_player(caller, deps), deps),
        }
    )


def place(deps: Deps) -> Response:
    """201 with the bet."""
    caller, body = callers.caller(deps), http.read_body(BetRequest)
    key = callers.idempotency_key(caller, "bet", body.model_dump())
    bet, replayed = service.place(caller, body.bet(), key, deps)
    return _answer(to_json(bet), 201, **({"Idempotency-Replayed": "true"} if replayed else {}))


def list_bets(deps: Deps) -> Response:
    """One page of bets."""
    caller, page = callers.caller(deps), http.read_query(BetPage)
    bets = service.list_bets(
        caller,
        everybody=page.everybody,
        state=page.state,
        before=paging.decode_id(page.cursor),
        limit=page.limit + 1,
        deps=deps,
    )
    return _answer(paging.page_by_id([to_json(bet) for bet in bets], page.limit))


def list_open(deps: Deps) -> Response:
    """One page of open bets of everybody."""
    caller, page = callers.operator(deps), http.read_query(OpenPage)
    before = paging.decode_id(page.cursor)
    bets = operators.list_open(caller, stuck=page.stuck, before=before, limit=page.limit + 1, deps=deps)
    return _answer(paging.page_by_id([to_json(bet) for bet in bets], page.limit))


def read_bet(bet_id: str, deps: Deps) -> Response:
    """One bet."""
    return _answer(to_json(service.read_bet(callers.caller(deps), bet_id, deps)))


def cancel(bet_id: str, deps: Deps) -> Response:
    """204."""
    service.cancel(callers.caller(deps), bet_id, deps)
    return http.no_content()


def offer_cash_out(bet_id: str, deps: Deps) -> Response:
    """201 with an offer of five seconds."""
    caller, body = callers.caller(deps), http.read_body(OfferRequest)
    return _answer(asdict(service.offer_cash_out(caller, bet_id, body.stake, deps)), 201)


def take_cash_out(deps: Deps) -> Response:
    """The bet as it is after the offer was taken."""
    caller, body = callers.caller(deps), http.read_body(CashOutRequest)
    taken = service.take_cash_out(caller, str(body.offer_id), deps)
    return _answer({"amount": taken.amount, "bet": to_json(service.read_bet(caller, taken.bet_id, deps))})


def show_limits(deps: Deps) -> Response:
    """What may be staked, by the house's limits and one's own."""
    return _answer(_limits(service.read_player(callers.caller(deps), deps), deps))


def limit_day(deps: Deps) -> Response:
    """The limits as they are now."""
    caller, body = callers.caller(deps), http.read_body(DayLimit)
    return _answer(_limits(service.limit_day(caller, body.daily_stake, deps), deps))


def exclude_self(deps: Deps) -> Response:
    """The limits as they are now."""
    caller, body = callers.caller(deps), http.read_body(SelfExclusion)
    return _answer(_limits(service.exclude_self(caller, body.until, deps), deps))


def show_statistics(deps: Deps) -> Response:
    """Sums of the caller's bets."""
    return _answer(_statistics(service.statistics(callers.caller(deps), deps)))


def show_books(deps: Deps) -> Response:
    """Exposure, profit and loss, hold."""
    caller, query = callers.operator(deps), http.read_query(BooksQuery)
    books = operators.read_books(caller, begins=query.begins, ends=query.ends, event_id=query.event_id, deps=deps)
    takings = {**asdict(books.takings), "profit": books.takings.profit, "hold": books.takings.hold}
    return _answer(
        {
            "begins": books.begins,
            "ends": books.ends,
            "takings": takings,
            "markets": [asdict(each) for each in books.markets],
            "exposures": [asdict(each) for each in books.exposures],
        }
    )


def export(deps: Deps) -> Response:
    """The caller's part of the account's export."""
    caller = callers.caller(deps)
    bets = service.list_bets(caller, everybody=False, state="", before="", limit=_EXPORTED_BETS, deps=deps)
    limits = _limits(service.read_player(caller, deps), deps)
    return _answer({"limits": limits, "bets": [to_json(bet) for bet in bets]})


def to_json(bet: Bet) -> dict[str, Any]:
    """A bet as callers see it."""
    return {**asdict(bet), "profit": bet.profit, "legs": [asdict(leg) for leg in bet.legs]}


def _limits(player: Player, deps: Deps) -> dict[str, Any]:
    return {
        **asdict(deps.bets.limits),
        "self": asdict(player.limits),
        "staked_today": player.staked_today,
        "left_today": service.left_today(player, deps),
    }


def _statistics(sums: BetStatistics) -> dict[str, Any]:
    return {**asdict(sums), "win_rate": sums.win_rate}


def _answer(payload: dict[str, Any], status: int = 200, **headers: str) -> Response:
    return callers.private_json({**payload, **SIMULATED}, status, **headers)
