"""Endpoints of stores in Postgres, and the messages to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from functions.top_ups.ports import Delivery, Endpoint, Message
from shared.adapters.postgres import ads_stores, ledger
from shared.adapters.postgres.ads_hooks import SQL
from shared.domain.ads.hooks import DISABLED_AFTER, ENDPOINTS_AT_MOST, PREVIOUS_SIGNS, next_delivery
from shared.domain.ads.stores import Role
from shared.errors import Conflict, NotFound

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection, Postgres

LEASE = timedelta(minutes=1)


class PostgresHooks:
    """The tables of hooks."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def add(self, user_id: str, store_id: str, url: str, *, now: datetime) -> Endpoint:
        """A new endpoint of a store."""

        def work(connection: Connection) -> Endpoint:
            ads_stores.require_role(connection, store_id, user_id, Role.OWNER)
            SQL.execute(connection, "lock_store", store_id=store_id)
            if SQL.value(connection, "n_endpoints", store_id=store_id) >= ENDPOINTS_AT_MOST:
                raise Conflict(f"a store has at most {ENDPOINTS_AT_MOST} endpoints")
            endpoint_id = SQL.value(connection, "add_endpoint", store_id=store_id, url=url, now=now)
            return _find(connection, endpoint_id)

        return self._database.transaction(work)

    def list_of(self, user_id: str, store_id: str) -> Sequence[Endpoint]:
        """Endpoints of a store."""
        with self._database.connection() as connection:
            ads_stores.require_role(connection, store_id, user_id, Role.OWNER)
            return SQL.rows(connection, Endpoint, "endpoints", store_id=store_id)

    def read(self, user_id: str, endpoint_id: str) -> Endpoint:
        """An endpoint of one of the user's stores."""
        with self._database.connection() as connection:
            return _owned(connection, user_id, endpoint_id)

    def remove(self, user_id: str, endpoint_id: str) -> None:
        """Remove an endpoint with its messages."""

        def work(connection: Connection) -> None:
            _owned(connection, user_id, endpoint_id)
            SQL.execute(connection, "remove_endpoint", endpoint_id=endpoint_id)

        self._database.transaction(work)

    def rotate(self, user_id: str, endpoint_id: str, *, now: datetime) -> Endpoint:
        """Begin a new secret, beside which the one before signs for a day."""

        def work(connection: Connection) -> Endpoint:
            _owned(connection, user_id, endpoint_id)
            SQL.execute(connection, "rotate", endpoint_id=endpoint_id, previous_until=now + PREVIOUS_SIGNS)
            return _find(connection, endpoint_id)

        return self._database.transaction(work)

    def enable(self, user_id: str, endpoint_id: str) -> None:
        """Enable an endpoint that was disabled."""

        def work(connection: Connection) -> None:
            _owned(connection, user_id, endpoint_id)
            SQL.execute(connection, "enable", endpoint_id=endpoint_id)

        self._database.transaction(work)

    def messages(self, user_id: str, endpoint_id: str, *, before: str, limit: int) -> Sequence[Message]:
        """Messages to an endpoint, the latest first."""
        with self._database.connection() as connection:
            _owned(connection, user_id, endpoint_id)
            return SQL.rows(connection, Message, "messages", endpoint_id=endpoint_id, before=before, limit=limit)

    def take_due(self, *, now: datetime, at_most: int) -> Sequence[Delivery]:
        """Messages that are due, leased for a minute."""
        return SQL.rows(self._database, Delivery, "take_due", now=now, leased_until=now + LEASE, at_most=at_most)

    def delivered(self, delivery: Delivery, *, now: datetime) -> None:
        """Store that a message was taken."""

        def work(connection: Connection) -> None:
            SQL.execute(connection, "delivered", message_id=delivery.id, now=now)
            SQL.execute(connection, "succeeding", endpoint_id=delivery.endpoint_id)

        self._database.transaction(work)

    def failed(self, delivery: Delivery, error: str, *, gone: bool, now: datetime) -> None:
        """Store that it was not; an endpoint that fails for too long, or is gone, is disabled."""

        def work(connection: Connection) -> None:
            again = None if gone or delivery.disabled else next_delivery(delivery.n_tries, now)
            SQL.execute(connection, "failed", message_id=delivery.id, next_try_at=again, error=error[:200])
            if not delivery.disabled:
                SQL.execute(
                    connection,
                    "failing",
                    endpoint_id=delivery.endpoint_id,
                    gone=gone,
                    now=now,
                    since_at_most=now - DISABLED_AFTER,
                )

        self._database.transaction(work)

    def forget(self, *, before: datetime) -> int:
        """Forget messages that were made before and are done."""
        return SQL.execute(self._database, "forget_messages", before=before)


def _find(connection: Connection, endpoint_id: str) -> Endpoint:
    with ledger.map_refusals():
        endpoint = SQL.row(connection, Endpoint, "endpoint", endpoint_id=endpoint_id)
    if endpoint is None:
        raise NotFound(f"endpoint {endpoint_id}")
    return endpoint


def _owned(connection: Connection, user_id: str, endpoint_id: str) -> Endpoint:
    endpoint = _find(connection, endpoint_id)
    try:
        ads_stores.require_role(connection, endpoint.store_id, user_id, Role.OWNER)
    except NotFound:
        raise NotFound(f"endpoint {endpoint_id}") from None
    return endpoint
