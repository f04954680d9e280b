"""What the house has at stake, and what it took."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """Open bets on one selection."""

    event_id: int
    event_name: str
    starts_at: datetime
    kind: str
    line: int | None
    outcome: str
    n_bets: int
    staked: int
    """By singles."""
    payout: int
    """What the singles pay if it wins."""
    staked_in_multiples: int
    """By accumulators and system bets with a leg on it, the whole of each."""
    payout_in_multiples: int
    """What those pay if all of their legs win."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketBook:
    """A market: what singles staked, and the house's profit for each outcome that may win."""

    event_id: int
    event_name: str
    kind: str
    line: int | None
    staked: int
    profit_if: dict[str, int]
    worst: int
    """The house's result if the worst outcome comes; half-won and returned bets lie between."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Takings:
    """Bets that are over."""

    n_bets: int
    staked: int
    paid: int
    returned: int
    """The part of the stakes that was returned whole."""
    open_stakes: int
    """Of bets that are not over."""

    @property
    def profit(self) -> int:
        """What the house kept."""
        return self.staked - self.paid

    @property
    def hold(self) -> float | None:
        """The part of the stakes that the house kept, returned stakes left out."""
        turnover = self.staked - self.returned
        return self.profit / turnover if turnover else None


def market_books(exposures: Iterable[Exposure]) -> list[MarketBook]:
    """Return the book of each market; exposures of a market stand together."""
    groups = groupby(exposures, key=lambda each: (each.event_id, each.event_name, each.kind, each.line))
    return [_market_book(key, list(group)) for key, group in groups]


def _market_book(key: tuple[int, str, str, int | None], exposures: Sequence[Exposure]) -> MarketBook:
    event_id, event_name, kind, line = key
    staked = sum(each.staked for each in exposures)
    profit_if = {each.outcome: staked - each.payout for each in exposures}
    return MarketBook(
        event_id=event_id,
        event_name=event_name,
        kind=kind,
        line=line,
        staked=staked,
        profit_if=profit_if,
        worst=min(*profit_if.values(), staked),
    )
