"""Markets and prices in Postgres, written by whole leagues."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from functions.make_lines.core import MarketKey, PricePlan, StoredMarket, quoted
from shared.adapters.postgres.statements import Statements
from shared.domain.betting.markets import OUTCOMES, PricedMarket

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection

_SQL = Statements(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class _OfferRow:
    event_id: int
    market_id: int
    kind: str
    line: int | None
    version: int
    is_open: bool
    selection_id: int
    outcome: str
    odds_hundredths: int | None


@dataclass(frozen=True, slots=True)
class _MarketRow:
    market_id: int
    event_id: int
    kind: str
    line: int | None


@dataclass(frozen=True, slots=True)
class _SelectionRow:
    selection_id: int
    market_id: int
    outcome: str


@dataclass(frozen=True, slots=True)
class _NewPrice:
    market_id: int
    version: int
    outcome: str
    odds_hundredths: int
    probability: float


def read_markets(connection: Connection, event_ids: Sequence[int]) -> dict[MarketKey, StoredMarket]:
    """Return the markets of events with their current prices."""
    markets: dict[MarketKey, StoredMarket] = {}
    if not event_ids:
        return markets
    for row in _SQL.rows(connection, _OfferRow, "offers", event_ids=event_ids):
        key = (row.event_id, row.kind, row.line)
        if key not in markets:
            markets[key] = StoredMarket(market_id=row.market_id, version=row.version, is_open=row.is_open)
        markets[key].selections[row.outcome] = row.selection_id
        if row.odds_hundredths is not None:
            markets[key].odds_hundredths[row.outcome] = row.odds_hundredths
    return markets


def change_prices(
    connection: Connection, stored: Mapping[MarketKey, StoredMarket], plan: PricePlan, now: datetime
) -> None:
    """Write a plan, by one statement for each kind of change; the caller holds the locks of the events."""
    if plan.withdrawn:
        _SQL.execute(connection, "withdraw_markets", market_ids=[stored[key].market_id for key in plan.withdrawn])
    if plan.repriced:
        _SQL.execute(connection, "advance_markets", market_ids=[stored[key].market_id for key in plan.repriced])
    prices = [
        *(
            price
            for key, market in plan.repriced.items()
            for price in _prices(market, stored[key].market_id, stored[key].version + 1)
        ),
        *_insert_markets(connection, plan.new),
    ]
    known = {
        (market.market_id, outcome): selection_id
        for market in stored.values()
        for outcome, selection_id in market.selections.items()
    }
    _insert_prices(connection, prices, known, now)


def _insert_markets(connection: Connection, new: Mapping[MarketKey, PricedMarket]) -> list[_NewPrice]:
    if not new:
        return []
    event_ids, kinds, lines = (list(column) for column in zip(*new, strict=True))
    rows = _SQL.rows(connection, _MarketRow, "insert_markets", event_ids=event_ids, kinds=kinds, lines=lines)
    return [price for row in rows for price in _prices(new[row.event_id, row.kind, row.line], row.market_id, 1)]


def _prices(market: PricedMarket, market_id: int, version: int) -> list[_NewPrice]:
    probabilities = dict(zip(OUTCOMES[market.kind], market.probabilities, strict=True))
    return [
        _NewPrice(market_id, version, outcome, odds, probabilities[outcome]) for outcome, odds in quoted(market).items()
    ]


def _insert_prices(
    connection: Connection, prices: Sequence[_NewPrice], known: dict[tuple[int, str], int], now: datetime
) -> None:
    """Insert prices, and the selections that had none before."""
    unknown = [price for price in prices if (price.market_id, price.outcome) not in known]
    if unknown:
        columns = {
            "market_ids": [price.market_id for price in unknown],
            "outcomes": [price.outcome for price in unknown],
        }
        rows = _SQL.rows(connection, _SelectionRow, "insert_selections", **columns)
        known |= {(row.market_id, row.outcome): row.selection_id for row in rows}
    if prices:
        _SQL.execute(
            connection,
            "insert_prices",
            selection_ids=[known[price.market_id, price.outcome] for price in prices],
            versions=[price.version for price in prices],
            odds=[price.odds_hundredths for price in prices],
            probabilities=[price.probability for price in prices],
            now=now,
        )
