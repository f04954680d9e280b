"""Use cases of operators: all bets, those that are stuck, the books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.bets.ports import Deps
from shared.domain.betting.bets import Bet, BetState
from shared.domain.betting.books import Exposure, MarketBook, Takings, market_books
from shared.errors import InvalidInput
from shared.security import access
from shared.security.tokens import Caller

OFFERS_KEPT = timedelta(minutes=10)
_SELECTIONS_AT_MOST = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What is at stake now, and what was taken in a period."""

    begins: datetime
    ends: datetime
    takings: Takings
    exposures: Sequence[Exposure]
    markets: Sequence[MarketBook]


def list_open(caller: Caller, *, stuck: bool, before: str, limit: int, deps: Deps) -> Sequence[Bet]:
    """Return open bets of everybody, or only those that should have been settled."""
    access.require_operator(caller)
    if stuck:
        return deps.bets.stuck(before=before, limit=limit, now=deps.clock.now())
    return deps.bets.bets(None, before=before, limit=limit, state=BetState.OPEN.value)


def read_books(
    caller: Caller, *, begins: datetime | None, ends: datetime | None, event_id: int | None, deps: Deps
) -> Books:
    """Return exposure by selection and market, profit and loss, and hold; without dates of the last thirty days."""
    access.require_operator(caller)
    ends = ends or deps.clock.now() + timedelta(seconds=1)
    begins = begins or ends - timedelta(days=30)
    if begins >= ends:
        raise InvalidInput("begins must be before ends", errors={"begins": "must be before ends"})
    exposures = deps.bets.exposures(event_id=event_id, limit=_SELECTIONS_AT_MOST)
    return Books(
        begins=begins,
        ends=ends,
        takings=deps.bets.takings(begins, ends),
        exposures=exposures,
        markets=market_books(exposures),
    )


def forget_offers(deps: Deps) -> None:
    """Delete offers that nobody took."""
    deps.bets.forget_offers(before=deps.clock.now() - OFFERS_KEPT)
