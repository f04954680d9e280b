"""Idempotency keys of the shop: claimed in the transaction of their effect, and forgotten after a time."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.adapters.postgres.shop.refusals import map_refusals
from shared.adapters.postgres.statements import Statements
from shared.domain.shop.bulk import BulkReport, RowFault

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection, Postgres
    from shared.domain.money.ledger import RequestKey

_SQL = Statements(Path(__file__).with_name("requests.sql"))
_NO_ID = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class Replay:
    """An earlier request with the same key: what it made, and its answer where one was stored."""

    id: str
    response: Any


def claim(connection: Connection, key: RequestKey, id: str = _NO_ID) -> Replay | None:
    """Claim a key in the transaction at hand; the earlier request when there was one.

    Raises
    ------
    KeyReused : the key was used for another request.
    InProgress : a request with the same key is under way for longer than two seconds.
    """
    with map_refusals():
        return _SQL.row(connection, Replay, "claim", scope=key.scope, key=key.key, sha256=key.sha256, id=id)


def answer(connection: Connection, key: RequestKey, response: Any) -> None:
    """Store what a claimed request is answered, for those that replay it."""
    _SQL.execute(connection, "answer", scope=key.scope, key=key.key, response=json.dumps(response))


def forget(database: Postgres, *, before: datetime) -> int:
    """Drop keys that were claimed before a moment; how many, 10,000 at most."""
    return _SQL.execute(database, "forget", before=before)


def answer_report(connection: Connection, key: RequestKey, report: BulkReport) -> None:
    """Store the report of a bulk request."""
    answer(connection, key, asdict(report))


def read_report(replay: Replay) -> BulkReport:
    """Return the report that an earlier bulk request was answered with."""
    stored = replay.response
    return BulkReport(
        success_count=stored["success_count"],
        error_count=stored["error_count"],
        errors=tuple(RowFault(**each) for each in stored["errors"]),
        replayed=True,
    )
