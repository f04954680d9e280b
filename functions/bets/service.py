"""Use cases of bettors: quote, place, look, cash out, limit oneself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from functions.bets.ports import Deps
from shared.domain.betting import cash_out, limits
from shared.domain.betting.bets import (
    Bet,
    BetState,
    BetStatistics,
    CashedOut,
    CashOutOffer,
    NewBet,
    Player,
    Price,
    check_new_bet,
    summarize,
)
from shared.domain.betting.payouts import potential_payout
from shared.domain.betting.refusals import Refusal, refused
from shared.domain.money.ledger import RequestKey
from shared.errors import Conflict, InvalidInput
from shared.events.envelope import Event
from shared.events.users import UserDeleted
from shared.security import access
from shared.security.tokens import Caller

STATISTICS_BETS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What a bet would be now; nothing is held for it."""

    prices: Sequence[Price]
    potential_payout: int
    refusals: Sequence[Refusal]
    """Why it would be refused; empty when it would not."""


def quote(caller: Caller, bet: NewBet, deps: Deps) -> Quote:
    """Return prices, payout and limits of a bet before it is placed."""
    check_new_bet(bet)
    now = deps.clock.now()
    prices = deps.prices.prices([leg.selection_id for leg in bet.legs], now=now)
    player = deps.bets.player(caller.user_id, now=now)
    paid = 0
    if len(prices) == len(bet.legs):
        paid = potential_payout(bet.stake, [each.odds_hundredths for each in prices], size=bet.combination_size)
    refusals = [*_price_refusals(bet, prices), *_stake_refusals(bet.stake, paid, player, now, deps)]
    return Quote(prices=prices, potential_payout=paid, refusals=list(dict.fromkeys(refusals)))


def _price_refusals(bet: NewBet, prices: Sequence[Price]) -> list[Refusal]:
    refusals = [Refusal(price.refusal) for price in prices if price.refusal]
    if len(prices) < len(bet.legs):
        refusals.append(Refusal.MARKET_SUSPENDED)
    versions = {leg.selection_id: leg.version for leg in bet.legs}
    if any(versions[price.selection_id] not in (0, price.version) for price in prices):
        refusals.append(Refusal.PRICE_CHANGED)
    return refusals


def _stake_refusals(stake: int, paid: int, player: Player, now: datetime, deps: Deps) -> list[Refusal]:
    house = deps.bets.limits
    found = {
        Refusal.STAKE_TOO_SMALL: stake < house.stake_min,
        Refusal.STAKE_TOO_LARGE: stake > house.stake_max,
        Refusal.PAYOUT_LIMIT: paid > house.payout_max,
        Refusal.DAILY_LIMIT: stake > left_today(player, deps),
        Refusal.SELF_EXCLUDED: player.limits.is_excluded(now),
    }
    return [refusal for refusal, holds in found.items() if holds]


def left_today(player: Player, deps: Deps) -> int:
    """What the bettor may still stake today."""
    house, own = deps.bets.limits.daily_stake_max, player.limits.daily_stake
    return max(min(house, house if own is None else own) - player.staked_today, 0)


def place(caller: Caller, bet: NewBet, key: RequestKey | None, deps: Deps) -> tuple[Bet, bool]:
    """Place a bet; it, and whether an earlier request with the same key did. Errors as `PostgresBets.place`."""
    placed = deps.bets.place(caller.user_id, bet, now=deps.clock.now(), key=key)
    return deps.bets.bet(placed.bet_id), placed.replayed


def read_bet(caller: Caller, bet_id: str, deps: Deps) -> Bet:
    """Return one's own bet, or any to an operator."""
    bet = deps.bets.bet(bet_id)
    access.require_owner_or_operator(caller, bet.user_id, f"bet {bet_id}")
    return bet


def list_bets(caller: Caller, *, everybody: bool, state: str, before: str, limit: int, deps: Deps) -> Sequence[Bet]:
    """Return the caller's bets, or those of everybody to an operator, the latest first."""
    if everybody:
        access.require_operator(caller)
    return deps.bets.bets(None if everybody else caller.user_id, before=before, limit=limit, state=state)


def statistics(caller: Caller, deps: Deps) -> BetStatistics:
    """Return the sums of the caller's latest bets."""
    return summarize(deps.bets.bets(caller.user_id, before="", limit=STATISTICS_BETS, state=""))


def cancel(caller: Caller, bet_id: str, deps: Deps) -> None:
    """Take a bet back before its event begins; only bets on events made by hand, or prices could be had for nothing."""
    bet = deps.bets.bet(bet_id)
    access.require_owner(caller, bet.user_id, f"bet {bet_id}")
    if any(leg.kind != "manual" for leg in bet.legs):
        raise Conflict("bets on matches cannot be taken back; ask for a cash-out")
    deps.bets.cancel(bet_id, now=deps.clock.now())


def offer_cash_out(caller: Caller, bet_id: str, stake: int | None, deps: Deps) -> CashOutOffer:
    """Offer to close a part of the stake, all of it with None, for the price of the next five seconds.

    Raises
    ------
    NotFound : it is not the caller's bet.
    Conflict : the bet is over, or a system bet.
    InvalidInput : there is not so much stake left.
    Refused : a leg's market takes no bets now, so nobody knows what the bet is worth.
    """
    bet = deps.bets.bet(bet_id)
    access.require_owner(caller, bet.user_id, f"bet {bet_id}")
    left = bet.stake - bet.cashed_stake
    part = left if stake is None else stake
    if bet.state is not BetState.OPEN or bet.is_system:
        raise Conflict("only open singles and accumulators are cashed out")
    if not 1 <= part <= left:
        raise InvalidInput(f"stake must be from 1 to {left}", errors={"stake": f"must be from 1 to {left}"})
    now = deps.clock.now()
    open_legs = [leg.selection_id for leg in bet.legs if leg.factor is None]
    prices = {price.selection_id: price for price in deps.prices.prices(open_legs, now=now)}
    if len(prices) < len(open_legs) or any(price.refusal for price in prices.values()):
        raise refused(Refusal.MARKET_SUSPENDED)
    legs = [
        cash_out.CashOutLeg(
            odds_placed=leg.odds_hundredths,
            odds_now=None if leg.factor is not None else prices[leg.selection_id].odds_hundredths,
            factor=leg.factor,
        )
        for leg in bet.legs
    ]
    amount = cash_out.cash_out_amount(part, legs, at_most=deps.bets.limits.payout_max)
    expires_at = now + cash_out.LIFETIME
    versions = {selection_id: price.version for selection_id, price in prices.items()}
    offer_id = deps.bets.add_offer(bet_id, stake=part, amount=amount, versions=versions, now=now, expires_at=expires_at)
    return CashOutOffer(id=offer_id, bet_id=bet_id, stake=part, amount=amount, expires_at=expires_at)


def take_cash_out(caller: Caller, offer_id: str, deps: Deps) -> CashedOut:
    """Take an offer; errors as `PostgresBets.cash_out`."""
    taken = deps.bets.cash_out(offer_id, caller.user_id, now=deps.clock.now())
    deps.posted()
    return taken


def read_player(caller: Caller, deps: Deps) -> Player:
    """Return the caller's own limits, and what was staked today."""
    return deps.bets.player(caller.user_id, now=deps.clock.now())


def limit_day(caller: Caller, amount: int | None, deps: Deps) -> Player:
    """Limit one's own stakes of a day; a lower limit at once, a higher one after a week."""
    now = deps.clock.now()
    deps.bets.set_self_limits(caller.user_id, lambda own: limits.set_daily_stake(own, amount, now=now), now=now)
    return deps.bets.player(caller.user_id, now=now)


def exclude_self(caller: Caller, until: datetime, deps: Deps) -> Player:
    """Exclude oneself from betting until a moment; it is never shortened."""
    now = deps.clock.now()
    deps.bets.set_self_limits(caller.user_id, lambda own: limits.exclude_self(own, until, now=now), now=now)
    return deps.bets.player(caller.user_id, now=now)


def erase(event: Event, deps: Deps) -> None:
    """Forget a deleted user; a second delivery finds nothing."""
    deps.bets.erase(UserDeleted.from_event(event).user_id, now=deps.clock.now())
    deps.posted()
