"""What stores are told by hooks: written by the commit of what it tells of, delivered later."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from shared.adapters.postgres.statements import Statements
from shared.domain.ads.hooks import message_of

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection
    from shared.domain.ads.top_ups import TopUp

SQL = Statements(Path(__file__).parent / "sql" / "ads_hooks.sql")


def tell(connection: Connection, top_up: TopUp, *, now: datetime) -> None:
    """Write a message for each endpoint of a top-up's store, in the transaction at hand."""
    kind, body = message_of(top_up, now)
    SQL.execute(connection, "add_messages", store_id=top_up.store_id, kind=kind, body=body, now=now)
