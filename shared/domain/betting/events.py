"""What can be bet on, as it is shown: events with their markets, selections, prices and results."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

SIMULATED = {"simulated_money": True}
"""In every answer about lines and bets: the money is invented, and nothing here is advice to bet."""
SIMULATED_HEADER = {"Simulated-Money": "true"}
"""The same of every answer, errors and those whose form is another system's included."""


class OfferedSelection(NamedTuple):
    """A selection with its current price."""

    selection_id: int
    outcome: str
    odds_hundredths: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedMarket:
    """A market with its selections in the order in which they are shown."""

    market_id: int
    kind: str
    line: int | None
    """In quarter goals."""
    state: str
    version: int
    selections: list[OfferedSelection]


@dataclass(frozen=True, slots=True, kw_only=True)
class BettingEvent:
    """An event without its markets."""

    event_id: int
    kind: str
    match_id: int | None
    league: str
    round: int | None
    name: str
    home_id: int | None
    home: str
    away_id: int | None
    away: str
    starts_at: datetime
    state: str
    suspended_for: str
    valid_until: datetime | None
    """None: until it starts."""
    revision: int
    created_at: datetime
    updated_at: datetime
    result_revision: int | None
    status: str | None
    home_goals: int | None
    away_goals: int | None
    outcome: str | None
    void_reason: str | None


class PriceVersion(NamedTuple):
    """A price that a selection has or had."""

    selection_id: int
    market_id: int
    kind: str
    line: int | None
    outcome: str
    version: int
    odds_hundredths: int
    made_at: datetime


class ScoredLine(NamedTuple):
    """What lines said of a match that ended, and what closing odds said, where they are known."""

    league: str
    home: float
    draw: float
    away: float
    """Probabilities behind the closing prices, without margin."""
    home_goals: int
    away_goals: int
    closing_home: int | None
    closing_draw: int | None
    closing_away: int | None
    """Closing odds in hundredths."""
