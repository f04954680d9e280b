"""kill -9 of bidders while stores bid: no budget passed, no money lost, bids go on within a minute.

A reduced run of ``./scripts/bench ads --only week``, which has 50 stores with 20 campaigns each and a whole week.
"""

from __future__ import annotations

from datetime import timedelta

from shared.adapters.postgres.database import Postgres
from tests.support.advertising.bidding import running_market
from tests.support.advertising.week import Scale, simulate
from tests.support.money.accounts import faults

SCALE = Scale(n_stores=3, n_campaigns=6, length=timedelta(hours=30), step=timedelta(hours=2), kill_every=8)
"""From Friday noon over the first midnights of every zone."""


def test_killed_bidders_pass_no_budget_lose_no_money_and_bids_go_on_within_a_minute(
    emptied_database_url: str, clickhouse_url: str
) -> None:
    database = Postgres(emptied_database_url, acquire_timeout_s=30)
    with running_market(tick_s=60) as market:
        outcome = simulate(SCALE, database, emptied_database_url, clickhouse_url, market)
    books = faults(database)
    database.close()
    assert outcome.faults == []
    assert books == []
    assert outcome.n_kills == 2
    assert outcome.longest_pause_s <= 60
    assert outcome.largest_excess <= 500  # one click at the largest bid: what is on its way when the market stops
    assert outcome.charged > 0
    assert outcome.spent_share > 0
    assert outcome.n_decisions > 0
