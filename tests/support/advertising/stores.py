"""Stores of advertisers that tests open, and what they look at afterwards."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from shared.adapters.postgres import ads_stores, ads_top_ups
from shared.adapters.postgres.database import Postgres
from shared.domain.ads.stores import NewPayment, Store

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
STORE_ID = "0199aaaa-0000-7000-8000-000000000001"
CAMPAIGN_ID = "0199aaaa-0000-7000-8000-000000000002"
PAYMENT_ID = "01997f2a-3b5c-7d1e-8f90-a1b2c3d4e601"
TOP_UP_ID = "01997f2a-3b5c-7d1e-8f90-a1b2c3d4e602"
ENDPOINT_ID = "01997f2a-3b5c-7d1e-8f90-a1b2c3d4e603"
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
    """The store `STORE_ID` of a user, with money, a campaign, a payment, a top-up and an address of hooks."""
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

        new = NewPayment(store_id=STORE_ID, amount=500, purpose="clicks", reserved_by="test", lasts_s=86_400)
        payment_id = ads_stores.reserve(connection, new, now=NOW)
        connection.execute(b"UPDATE ads_payments SET id = %s WHERE id = %s", (PAYMENT_ID, payment_id))
        ads_top_ups.add(
            connection, TOP_UP_ID, store_id=STORE_ID, provider="stripe", amount=500, created_by=owner, now=NOW
        )
        connection.execute(
            b"INSERT INTO ads_hook_endpoints (id, store_id, url, created_at) VALUES (%s, %s, %s, %s)",
            (ENDPOINT_ID, STORE_ID, "https://shop.example/", NOW),
        )

    database.transaction(work)
    database.close()
