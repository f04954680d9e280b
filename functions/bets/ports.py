"""Ports of bets."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from shared.domain.betting.bets import Bet, BetLimits, CashedOut, NewBet, Placed, Player, Price
from shared.domain.betting.books import Exposure, Takings
from shared.domain.betting.limits import SelfLimits
from shared.domain.money.ledger import RequestKey
from shared.ports.clock import Clock
from shared.ports.probes import Probes
from shared.security.tokens import Tokens


class Bets(Protocol):
    """Bets, their stakes, and what bettors may stake."""

    limits: BetLimits

    def place(self, user_id: str, bet: NewBet, *, now: datetime, key: RequestKey | None) -> Placed:
        """Hold the stake and store the bet; `Refused` for a reason of `Refusal`."""

    def bet(self, bet_id: str) -> Bet:
        """Return a bet; `NotFound` when there is none."""

    def bets(self, user_id: str | None, *, before: str, limit: int, state: str) -> Sequence[Bet]:
        """Return bets of a user, or of all with None, the latest first."""

    def cancel(self, bet_id: str, *, now: datetime) -> None:
        """Give the stake of an open bet back, before its first event begins."""

    def add_offer(
        self, bet_id: str, *, stake: int, amount: int, versions: Mapping[int, int], now: datetime, expires_at: datetime
    ) -> str:
        """Store an offer to close a part of a bet; its id."""

    def cash_out(self, offer_id: str, user_id: str, *, now: datetime) -> CashedOut:
        """Take an offer, once."""

    def player(self, user_id: str, *, now: datetime) -> Player:
        """Return a bettor's own limits and the stakes of today."""

    def set_self_limits(self, user_id: str, change: Callable[[SelfLimits], SelfLimits], *, now: datetime) -> SelfLimits:
        """Store what `change` makes of a bettor's own limits."""

    def stuck(self, *, before: str, limit: int, now: datetime) -> Sequence[Bet]:
        """Return open bets that should be settled."""

    def exposures(self, *, event_id: int | None, limit: int) -> Sequence[Exposure]:
        """Return open bets by selection."""

    def takings(self, begins: datetime, ends: datetime) -> Takings:
        """Return what was staked and paid on bets that ended in a period."""

    def erase(self, user_id: str, *, now: datetime) -> None:
        """Forget a deleted user's limits and cancel bets whose events have not begun."""

    def forget_offers(self, *, before: datetime) -> int:
        """Delete offers that were not taken; how many."""


class Prices(Protocol):
    """What selections cost, as far as that is known without a lock: a bet looks again when it is placed."""

    def prices(self, selection_ids: Collection[int], *, now: datetime) -> Sequence[Price]:
        """Return the prices of selections; one that is not offered is missing."""

    def forget(self) -> None:
        """Drop what is cached, here and for the other processes; `Unavailable` when they cannot be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """The dependencies of the function."""

    bets: Bets
    prices: Prices
    tokens: Tokens
    clock: Clock
    posted: Callable[[], None]
    """Called when something was posted to the ledger."""
    probes: Probes = field(default_factory=dict)
