"""Held answers, in Postgres."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from functions.scrape_league.core import SOURCE
from functions.scrape_league.quarantine import Entry
from shared.adapters.named_queries import queries
from shared.adapters.postgres import Postgres, fetch_all, fetch_one
from shared.errors import NotFound

if TYPE_CHECKING:
    from functions.scrape_league.reading import Waiver
    from functions.scrape_league.units import Held, Subject
    from shared.adapters.postgres import Connection

_SQL = queries(Path(__file__).with_name("quarantine.sql"))


def hold(connection: Connection, held: Sequence[Held]) -> None:
    """Note what is held back, in the transaction of what it came with."""
    rows = [
        asdict(one.subject)
        | {
            "version": one.version,
            "violations": [
                {"rule": broken.rule, "expected": broken.expected, "seen": broken.seen} for broken in one.violations
            ],
            "evidence": one.evidence,
        }
        for one in held
    ]
    _write(connection, "hold", rows)


def resolve(connection: Connection, sound: Sequence[Subject]) -> None:
    """What was held of these is history."""
    _write(connection, "resolve", [asdict(one) for one in sound])


def _write(connection: Connection, query: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(_SQL[query].encode(), {"source": SOURCE, "rows": json.dumps(rows)})


class PostgresQuarantine:
    """`quarantine.Quarantine`."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def entries(self, *, state: str, league_id: int | None, after: int, limit: int) -> list[Entry]:
        """Entries in a state (all when empty), the oldest first."""
        named = {"source": SOURCE, "state": state, "league_id": league_id, "after": after, "limit": limit}
        with self._database.connection() as connection:
            return fetch_all(connection, Entry, _SQL["list"], named)

    def entry(self, entry_id: int) -> Entry:
        """One of them, or `NotFound`."""
        with self._database.connection() as connection:
            found = fetch_one(connection, Entry, _SQL["entry"], {"source": SOURCE, "id": entry_id})
        if found is None:
            raise NotFound(f"quarantine holds no entry {entry_id}")
        return found

    def release(self, entry: Entry, slices: Sequence[str], *, by: str, note: str) -> bool:
        """Mark it released and its slices present; whether it was still held."""

        def work(connection: Connection) -> bool:
            named = {"source": SOURCE, "id": entry.id, "by": by, "note": note}
            if not connection.execute(_SQL["release"].encode(), named).rowcount:
                return False
            if entry.kind == "match":
                mended = {"match_id": int(entry.ref), "slices": list(slices), "version": entry.version}
                connection.execute(_SQL["mend_slices"].encode(), {"source": SOURCE} | mended)
            return True

        return self._database.transaction(work)

    def waived(self, kind: str, season_id: int, refs: Sequence[str] | None) -> dict[str, set[Waiver]]:
        """Rules that a person let pass, by what was read; of all when `refs` is None."""
        from functions.scrape_league.reading import Waiver

        named = {"source": SOURCE, "kind": kind, "season_id": season_id, "refs": refs and list(refs)}
        found: dict[str, set[Waiver]] = {}
        with self._database.connection() as connection:
            for ref, version, part, rule in connection.execute(_SQL["waived"].encode(), named):
                found.setdefault(ref, set()).add(Waiver(version, part, rule))
        return found
