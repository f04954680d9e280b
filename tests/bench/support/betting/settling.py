"""How long it takes from a result to the last payout."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from shared.adapters.ledger_verification import LedgerVerification
from shared.adapters.postgres import ledger_blocks
from shared.adapters.postgres.database import Postgres
from tests.bench.support.betting.placing import make_markets, open_book
from tests.support.betting.many import place_many
from tests.support.engines.postgres import run

SETTLED_PER_S = 10_000
Json = dict[str, Any]


def measure_settle(database: Postgres, n_bets: int) -> Json:
    """From a result to the last of its payouts, and a correction of all of them."""
    book = open_book(database)
    [market] = make_markets(book, 3)
    place_many(book.database, list(market.selections.values()), n_bets, n_bettors=10_000, now=datetime.now(UTC))
    run(book.database, "ANALYZE")
    seconds = {}
    for name, (home, away) in {"result": (1, 0), "correction": (0, 1)}.items():
        begun_s = time.perf_counter()
        book.result(market.event_id, "final", home, away, at=datetime.now(UTC))
        n_changed = book.settle(market.event_id, at=datetime.now(UTC))
        seconds[name] = {"bets": n_changed, "seconds": round(time.perf_counter() - begun_s, 2)}
    ledger_blocks.seal_all(book.database)
    faults = LedgerVerification(book.database).find_faults(now=datetime.now(UTC))
    per_s = round(seconds["result"]["bets"] / seconds["result"]["seconds"])
    return {**seconds, "per_s": per_s, "faults": faults[:5], "met": per_s >= SETTLED_PER_S and not faults}
