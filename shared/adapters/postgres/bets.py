"""Bets in Postgres: a stake and its bet are one commit, and each step is one round trip."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from shared import lazy
from shared.adapters.postgres import ledger
from shared.adapters.postgres.database import to_jsonb
from shared.adapters.postgres.statements import Statements
from shared.domain.betting.bets import (
    Bet,
    BetLimits,
    BetState,
    CashedOut,
    Leg,
    ManualEvent,
    NewBet,
    Placed,
    Player,
    Price,
    check_new_bet,
)
from shared.domain.betting.books import Exposure, Takings
from shared.domain.betting.limits import SelfLimits
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
OVERDUE_AFTER = timedelta(hours=50)
"""After the last event of a bet should have begun: a match that is not played for 48 hours is void by then."""
SETTLED_WITHIN = timedelta(minutes=2)
"""After the last result: the sweep comes twice a minute."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _LegRow(Leg):
    bet_id: str

    def leg(self) -> Leg:
        return Leg(**{each.name: getattr(self, each.name) for each in fields(Leg)})


@dataclass(frozen=True, slots=True)
class _PlayerRow:
    daily_stake: int | None
    pending_daily_stake: int | None
    pending_from: datetime | None
    excluded_until: datetime | None
    staked_today: int


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

    def prices(self, selection_ids: Collection[int], *, now: datetime) -> list[Price]:
        """Return what selections cost; one that is not offered is missing."""
        return _SQL.rows(self._database, Price, "prices", selections=list(selection_ids), now=now)

    def manual_events(self, *, now: datetime) -> list[ManualEvent]:
        """Return events made by hand that can be bet on, a thousand at most."""
        return _SQL.rows(self._database, ManualEvent, "manual_events", now=now)

    def manual_event(self, event_id: int) -> ManualEvent:
        """Return an event made by hand, open or not; `NotFound` when there is none."""
        row = _SQL.row(self._database, ManualEvent, "manual_event", event_id=event_id)
        if row is None:
            raise NotFound(f"event {event_id}")
        return row

    def add_offer(
        self, bet_id: str, *, stake: int, amount: int, versions: Mapping[int, int], now: datetime, expires_at: datetime
    ) -> str:
        """Store an offer to close a part of a bet, with the versions of the prices it is made of; its id."""
        params = {"bet_id": bet_id, "stake": stake, "amount": amount, "now": now, "expires_at": expires_at}
        offer_id: str = _SQL.value(self._database, "add_offer", versions=to_jsonb(dict(versions)), **params)
        return offer_id

    def cash_out(self, offer_id: str, user_id: str, *, now: datetime) -> CashedOut:
        """Take an offer; again is answered as the first time.

        Raises
        ------
        NotFound : the user was made no such offer.
        Refused : the offer is over, or a price or the bet has changed.
        Conflict : the account is frozen or closed.
        """

        def take(connection: Connection) -> CashedOut:
            with map_refusals():
                row = _SQL.row(connection, CashedOut, "cash_out", offer_id=offer_id, user_id=user_id, now=now)
            assert row is not None
            return row

        return self._database.statement(take)

    def player(self, user_id: str, *, now: datetime) -> Player:
        """Return a bettor's own limits and the stakes of today."""
        with self._database.connection() as connection:
            return _read_player(connection, user_id, now)

    def set_self_limits(self, user_id: str, change: Callable[[SelfLimits], SelfLimits], *, now: datetime) -> SelfLimits:
        """Store what `change` makes of a bettor's own limits; nobody changes them meanwhile."""

        def store(connection: Connection) -> SelfLimits:
            _SQL.execute(connection, "lock_player", user_id=user_id, now=now)
            changed = change(_read_player(connection, user_id, now).limits)
            _SQL.execute(connection, "put_player_limits", user_id=user_id, **asdict(changed))
            return changed

        return self._database.transaction(store)

    def stuck(self, *, before: str, limit: int, now: datetime) -> list[Bet]:
        """Return open bets that should be settled, the latest first."""
        with self._database.connection() as connection:
            rows = _SQL.rows(
                connection,
                _BetRow,
                "stuck",
                before=before,
                limit=limit,
                now=now,
                overdue=now - OVERDUE_AFTER,
                settled_before=now - SETTLED_WITHIN,
            )
            return read_legs(connection, rows)

    def exposures(self, *, event_id: int | None, limit: int) -> list[Exposure]:
        """Return open bets by selection."""
        return _SQL.rows(self._database, Exposure, "exposures", event_id=event_id, limit=limit)

    def takings(self, begins: datetime, ends: datetime) -> Takings:
        """Return what was staked and paid on bets that ended in a period."""
        row = _SQL.row(self._database, Takings, "takings", begins=begins, ends=ends)
        assert row is not None
        return row

    def erase(self, user_id: str, *, now: datetime) -> None:
        """Forget a deleted user's limits and cancel bets whose events have not begun.

        What is left is settled; it stays under an id that nobody's name belongs to.
        """
        _SQL.execute(self._database, "erase_player", user_id=user_id)
        for bet_id in _SQL.values(self._database, "cancellable", user_id=user_id, now=now):
            with suppress(Conflict):
                self.cancel(bet_id, now=now)

    def forget_offers(self, *, before: datetime) -> int:
        """Delete offers to cash out that ended before a moment and were not taken; how many."""
        return _SQL.execute(self._database, "forget_offers", before=before)


def _read_player(connection: Connection, user_id: str, now: datetime) -> Player:
    row = _SQL.row(connection, _PlayerRow, "player", user_id=user_id, now=now)
    if row is None:
        return Player(limits=SelfLimits(), staked_today=0)
    limits = SelfLimits(
        daily_stake=row.daily_stake,
        pending_daily_stake=row.pending_daily_stake,
        pending_from=row.pending_from,
        excluded_until=row.excluded_until,
    )
    return Player(limits=limits.at(now), staked_today=row.staked_today)


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
