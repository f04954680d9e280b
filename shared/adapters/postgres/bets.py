"""Bets in Postgres: a stake and its bet are one commit, and each step is one round trip."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from shared import lazy
from shared.adapters.postgres import ledger
from shared.adapters.postgres.statements import Statements
from shared.domain.betting.bets import Bet, BetLimits, BetState, Leg, NewBet, Placed, check_new_bet
from shared.domain.betting.refusals import Refusal, refused
from shared.domain.money.coins import FIRST_COINS
from shared.domain.money.ledger import RequestKey, check_amount
from shared.errors import Conflict, InsufficientFunds, NotFound

if TYPE_CHECKING:
    from psycopg import errors as pg

    from shared.adapters.postgres.database import Connection, Postgres
else:
    pg = lazy.Module("psycopg.errors")

_SQL = Statements(Path(__file__).parent / "sql" / "bets.sql")


@dataclass(frozen=True, slots=True)
class _BetRow:
    id: str
    user_id: str
    placed_at: datetime
    stake: int
    size: int
    potential_payout: int
    state: str
    revision: int
    payout: int | None
    grade: str | None
    settled_at: datetime | None
    cashed_stake: int
    cashed_paid: int


@dataclass(frozen=True, slots=True)
class _LegRow:
    bet_id: str
    number: int
    event_id: int
    selection_id: int
    event_name: str
    starts_at: datetime
    kind: str
    line: int | None
    outcome: str
    version: int
    odds_hundredths: int
    grade: str | None
    factor: int | None

    def leg(self) -> Leg:
        return Leg(
            number=self.number,
            event_id=self.event_id,
            selection_id=self.selection_id,
            event_name=self.event_name,
            starts_at=self.starts_at,
            kind=self.kind,
            line=self.line,
            outcome=self.outcome,
            version=self.version,
            odds_hundredths=self.odds_hundredths,
            grade=self.grade,
            factor=self.factor,
        )


class PostgresBets:
    """The tables of bets."""

    def __init__(self, database: Postgres, limits: BetLimits | None = None) -> None:
        """Remember the database and what one bet may be."""
        self._database = database
        self.limits = limits or BetLimits()

    def place(self, user_id: str, bet: NewBet, *, now: datetime, key: RequestKey | None = None) -> Placed:
        """Hold the stake and store the bet.

        Raises
        ------
        InvalidInput : the bet makes no sense by itself.
        Refused : for a reason of `Refusal`; nothing is stored, and the key may be used again.
        Conflict : the account is frozen or closed.
        KeyReused, InProgress : as `ledger.post`.
        """
        check_new_bet(bet)
        check_amount(bet.stake, field_name="stake")

        def store(connection: Connection) -> Placed:
            with map_refusals():
                row = _SQL.row(
                    connection,
                    Placed,
                    "place",
                    user_id=user_id,
                    selections=[leg.selection_id for leg in bet.legs],
                    versions=[leg.version for leg in bet.legs],
                    stake=bet.stake,
                    size=bet.combination_size,
                    accept_better=bet.accept_better,
                    stake_min=self.limits.stake_min,
                    stake_max=self.limits.stake_max,
                    payout_max=self.limits.payout_max,
                    daily_max=self.limits.daily_stake_max,
                    now=now,
                    first_coins=FIRST_COINS,
                    **ledger.key_columns(key),
                )
            assert row is not None
            return row

        return self._database.statement(store)

    def bet(self, bet_id: str) -> Bet:
        """Return a bet; `NotFound` when there is none."""
        with self._database.connection() as connection:
            row = _SQL.row(connection, _BetRow, "bet", bet_id=bet_id)
            if row is None:
                raise NotFound(f"bet {bet_id}")
            return read_legs(connection, [row])[0]

    def bets(self, user_id: str | None, *, before: str, limit: int, state: str = "") -> list[Bet]:
        """Return bets of a user, or of all with None, the latest first; `before` is a bet's id or empty."""
        with self._database.connection() as connection:
            params = {"user_id": user_id, "before": before, "limit": limit, "state": state}
            return read_legs(connection, _SQL.rows(connection, _BetRow, "bets", **params))

    def cancel(self, bet_id: str, *, now: datetime) -> None:
        """Give the stake of an open bet back; `Conflict` unless it is open, `Refused` once one of its events began."""

        def undo(connection: Connection) -> None:
            with map_refusals():
                _SQL.execute(connection, "cancel", bet_id=bet_id, now=now)

        self._database.statement(undo)

    def forget_offers(self, *, before: datetime) -> int:
        """Delete offers to cash out that ended before a moment and were not taken; how many."""
        return _SQL.execute(self._database, "forget_offers", before=before)


def read_legs(connection: Connection, rows: Sequence[_BetRow]) -> list[Bet]:
    """Return bets with their legs."""
    legs: dict[str, list[Leg]] = {row.id: [] for row in rows}
    for each in _SQL.rows(connection, _LegRow, "legs", ids=list(legs)):
        legs[each.bet_id].append(each.leg())
    return [
        Bet(
            id=row.id,
            user_id=row.user_id,
            placed_at=row.placed_at,
            stake=row.stake,
            size=row.size,
            potential_payout=row.potential_payout,
            state=BetState(row.state),
            revision=row.revision,
            payout=row.payout,
            grade=row.grade,
            settled_at=row.settled_at,
            cashed_stake=row.cashed_stake,
            cashed_paid=row.cashed_paid,
            legs=tuple(legs[row.id]),
        )
        for row in rows
    ]


@contextmanager
def map_refusals() -> Iterator[None]:
    """Turn what the SQL functions of bets refuse into our errors."""
    try:
        with ledger.map_refusals():
            yield
    except InsufficientFunds as exc:
        raise refused(Refusal.INSUFFICIENT_FUNDS) from exc
    except pg.Error as exc:
        message = exc.diag.message_primary or ""
        if exc.sqlstate == "BT010":
            raise refused(Refusal(message), json.loads(exc.diag.message_detail or "{}")) from exc
        if exc.sqlstate == "BT011":
            raise NotFound(message) from exc
        if exc.sqlstate == "BT012":
            raise Conflict(message) from exc
        raise
