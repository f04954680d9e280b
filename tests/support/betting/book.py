"""Events with prices, bettors and results over a real Postgres: what tests of bets begin with."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.adapters.ledger_verification import LedgerVerification
from shared.adapters.postgres import ledger_blocks
from shared.adapters.postgres.bets import PostgresBets
from shared.adapters.postgres.coins import PostgresCoins
from shared.adapters.postgres.database import Postgres
from shared.adapters.postgres.settlements import PostgresSettlements
from shared.domain.betting.bets import Bet, BetLimits, NewBet, NewLeg
from shared.domain.money.ledger import RequestKey
from tests.support.engines.postgres import run

NOW = datetime(2026, 3, 7, 12, tzinfo=UTC)
KICK_OFF = NOW + timedelta(hours=3)
GENEROUS = BetLimits(stake_max=10**6, payout_max=10**9, daily_stake_max=10**9)
_matches = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Market:
    """A market and its selections by outcome."""

    event_id: int
    market_id: int
    selections: Mapping[str, int]

    def __getitem__(self, outcome: str) -> NewLeg:
        """A leg on an outcome at the first version of its price."""
        return NewLeg(selection_id=self.selections[outcome], version=1)


@dataclass
class Book:
    """Bets, and what they are made on."""

    database: Postgres
    bets: PostgresBets
    settlements: PostgresSettlements
    coins: PostgresCoins = field(init=False)

    def __post_init__(self) -> None:
        self.coins = PostgresCoins(self.database)

    def event(self, *, starts_at: datetime = KICK_OFF, kind: str = "match") -> int:
        """An event that is open."""
        match_id = next(_matches) if kind == "match" else None
        [(event_id,)] = run(
            self.database,
            "INSERT INTO betting_events (kind, match_id, name, home, away, starts_at, first_starts_at) "
            "VALUES (%s, %s, 'Home - Away', 'Home', 'Away', %s, %s) RETURNING id",
            kind,
            match_id,
            starts_at,
            starts_at,
        )
        return int(event_id)

    def market(self, kind: str, odds: Mapping[str, int], *, line: int | None = None, event_id: int = 0) -> Market:
        """A market of an event, of a new one where none is named."""
        event_id = event_id or self.event(kind="manual" if kind == "manual" else "match")
        [(market_id,)] = run(
            self.database,
            "INSERT INTO betting_markets (event_id, kind, line) VALUES (%s, %s, %s) RETURNING id",
            event_id,
            kind,
            line,
        )
        selections = {}
        for outcome in odds:
            [(selection_id,)] = run(
                self.database,
                "INSERT INTO betting_selections (market_id, outcome) VALUES (%s, %s) RETURNING id",
                market_id,
                outcome,
            )
            selections[outcome] = int(selection_id)
        market = Market(event_id, int(market_id), selections)
        self._price(market, odds, version=1)
        return market

    def manual(self, odds: int = 200, *, starts_at: datetime = KICK_OFF) -> Market:
        """An event made by hand."""
        return self.market("manual", {"win": odds}, event_id=self.event(starts_at=starts_at, kind="manual"))

    def reprice(self, market: Market, odds: Mapping[str, int]) -> int:
        """Give a market another version of its prices; the version."""
        run(self.database, "SELECT betting_lock_events(%s)", [market.event_id])
        [(version,)] = run(
            self.database,
            "UPDATE betting_markets SET version = version + 1 WHERE id = %s RETURNING version",
            market.market_id,
        )
        self._price(market, odds, version=version)
        return int(version)

    def suspend(self, market: Market) -> None:
        """Take no bets on a market."""
        run(
            self.database,
            "WITH locked AS MATERIALIZED (SELECT betting_lock_events(%s)) "
            "UPDATE betting_markets SET state = 'suspended' FROM locked WHERE id = %s RETURNING id",
            [market.event_id],
            market.market_id,
        )

    def result(
        self,
        event_id: int,
        status: str = "final",
        home: int = 0,
        away: int = 0,
        *,
        at: datetime = KICK_OFF,
        **more: Any,
    ) -> int:
        """Record a result; its revision."""
        scored = status in ("final", "abandoned")
        [(revision,)] = run(
            self.database,
            "SELECT revision FROM betting_record_result("
            "%s, %s, %s::smallint, %s::smallint, %s, %s::smallint, '', 'test', %s, false)",
            event_id,
            status,
            home if scored else None,
            away if scored else None,
            more.get("outcome"),
            more.get("n_tied", 1),
            at,
        )
        return int(revision)

    def decide(self, event_id: int, outcome: str = "win", *, at: datetime = KICK_OFF, n_tied: int = 1) -> int:
        """Record how an event made by hand ended."""
        return self.result(event_id, "decided", outcome=outcome, n_tied=n_tied, at=at)

    def settle(self, *event_ids: int, at: datetime = KICK_OFF) -> int:
        """Settle events, all that wait for it where none is named; how many bets changed."""
        return sum(
            self.settlements.settle_event(event_id, now=at)
            for event_id in event_ids or self.settlements.unsettled_events()
        )

    def bettor(self) -> str:
        """A user with the first coins."""
        user_id = str(uuid.uuid4())
        self.coins.open(user_id)
        return user_id

    def place(
        self,
        user_id: str,
        legs: Sequence[NewLeg],
        stake: int = 100,
        *,
        size: int | None = None,
        accept_better: bool = False,
        now: datetime = NOW,
        key: RequestKey | None = None,
    ) -> str:
        """Place a bet; its id."""
        bet = NewBet(legs=tuple(legs), stake=stake, size=size, accept_better=accept_better)
        return self.bets.place(user_id, bet, now=now, key=key).bet_id

    def bet(self, bet_id: str) -> Bet:
        """A bet as it is now."""
        return self.bets.bet(bet_id)

    def available(self, user_id: str) -> int:
        """What a user can spend."""
        return self.coins.balance(user_id).available

    def posted(self, user_id: str) -> int:
        """A user's balance, holds not taken off."""
        return self.coins.balance(user_id).posted

    def debt(self, user_id: str) -> int:
        """What a user owes the house."""
        rows = run(
            self.database,
            "SELECT debits_posted - credits_posted FROM ledger_accounts WHERE owner = %s AND name = 'betting-debt'",
            f"users/{user_id}",
        )
        return int(rows[0][0]) if rows else 0

    def worth(self, user_id: str) -> int:
        """What a user has, less what they owe and what is held."""
        return self.available(user_id) - self.debt(user_id)

    def faults(self) -> list[str]:
        """What is wrong with the ledger."""
        ledger_blocks.seal_all(self.database)
        return LedgerVerification(self.database).find_faults(now=datetime.now(UTC))

    def _price(self, market: Market, odds: Mapping[str, int], *, version: int) -> None:
        for outcome, odds_hundredths in odds.items():
            run(
                self.database,
                "INSERT INTO betting_prices (selection_id, version, odds_hundredths, made_at) VALUES (%s, %s, %s, %s) "
                "RETURNING version",
                market.selections[outcome],
                version,
                odds_hundredths,
                NOW,
            )


@pytest.fixture
def book(emptied_database_url: str) -> Iterator[Book]:
    """No events, no bets."""
    database = Postgres(emptied_database_url, acquire_timeout_s=30)
    yield Book(database, PostgresBets(database, GENEROUS), PostgresSettlements(database))
    database.close()
