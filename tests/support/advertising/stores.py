"""Stores of advertisers that tests open, and what they look at afterwards."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from shared.adapters.postgres import ads_stores
from shared.adapters.postgres.database import Postgres
from shared.domain.ads.stores import Store

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


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
