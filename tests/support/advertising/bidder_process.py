"""A process that bids by the market's clock until it is killed; what simulations kill -9."""

from __future__ import annotations

import os
import sys
import time

from functions.place_bids import service
from shared.adapters.postgres.database import Postgres
from tests.support.advertising.bidding import MarketProcess, bidding_deps

IDLE_S = 0.02


def main(database_url: str, clickhouse_url: str, market_url: str) -> None:
    """Sweep whenever the market's clock was moved."""
    database = Postgres(database_url, acquire_timeout_s=30)
    market = MarketProcess(market_url)
    deps = bidding_deps(database, clickhouse_url, market, holder=f"bidder/{os.getpid()}")
    cache = service.MarketCache()
    print("bids", flush=True)
    while True:
        if not service.sweep(deps, cache):
            time.sleep(IDLE_S)


if __name__ == "__main__":
    main(*sys.argv[1:])
