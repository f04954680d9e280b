"""Stores of advertisers that tests open, and what they look at afterwards."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from shared.adapters.postgres import ads_stores
from shared.adapters.postgres.database import Postgres
from shared.domain.ads.stores import Store

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
STORE_ID = "0199aaaa-0000-7000-8000-000000000001"
CAMPAIGN_ID = "0199aaaa-0000-7000-8000-000000000002"
"""Of the store that tests of every function's document find."""


def make_store(database: Postgres, amount: int = 0, *, owner: str = "") -> Store:
    """A new store with so much money."""

    def work(connection: Any) -> Store:
        store = ads_stores.create_store(
            connection, str(uuid.uuid4()), "Northern Boots (simulated)", owner or str(uuid.uuid4()), now=NOW
        )
        if amount:
            ads_stores.adjust(connection, store.id, amount, detail={})
        return store

    return database.transaction(work)


def available(database: Postgres, store_id: str) -> int:
    """The money that a store can spend."""
    with database.connection() as connection:
        return ads_stores.balance(connection, store_id).available


def add_known_store(database_url: str, owner: str) -> None:
    """The store `STORE_ID` of a user, with money and the campaign `CAMPAIGN_ID`."""
    database = Postgres(database_url)

    def work(connection: Any) -> None:
        ads_stores.create_store(connection, STORE_ID, "Northern Boots (simulated)", owner, now=NOW)
        ads_stores.adjust(connection, STORE_ID, 100_000, detail={})
        connection.execute(
            b"INSERT INTO ads_campaigns (id, store_id, name, region, zone, daily_budget, begins_at, target, least_bid,"
            b" largest_bid, created_at, changed_at)"
            b" VALUES (%s, %s, 'Boots (simulated)', 'generated-0', 'Etc/UTC', 5000, %s, 'clicks', 5, 500, %s, %s)",
            (CAMPAIGN_ID, STORE_ID, NOW, NOW, NOW),
        )
        connection.execute(b"INSERT INTO ads_bidding (campaign_id, store_id) VALUES (%s, %s)", (CAMPAIGN_ID, STORE_ID))

    database.transaction(work)
    database.close()
