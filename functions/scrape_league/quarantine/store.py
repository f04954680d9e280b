"""Held answers, in Postgres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from functions.scrape_league.quarantine.model import Entry, Evidence
from functions.scrape_league.source.endpoints import SOURCE
from shared.adapters.postgres import audit
from shared.adapters.postgres.database import jsonb
from shared.adapters.postgres.statements import Statements
from shared.domain.accounts import audit as audit_domain
from shared.domain.accounts.audit import Actor
from shared.domain.catalogue.leagues import slug_of
from shared.errors import Conflict, NotFound

if TYPE_CHECKING:
    from functions.scrape_league.quarantine.model import QuarantineItem, Subject, Waiver
    from shared.adapters.postgres.database import Connection, Postgres

_SQL = Statements(Path(__file__).with_name("queries.sql"))


def hold(connection: Connection, held: Sequence[QuarantineItem]) -> None:
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
        _SQL.execute(connection, query, source=SOURCE, rows=jsonb(rows))


class PostgresQuarantine:
    """`held.Quarantine`."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def entries(self, *, state: str, league_id: int | None, after: int, limit: int) -> list[Entry]:
        """Entries in a state (all when empty), the oldest first."""
        named = {"source": SOURCE, "state": state, "league_id": league_id, "after": after, "limit": limit}
        return _SQL.rows(self._database, Entry, "list", **named)

    def entry(self, entry_id: int) -> Entry:
        """One of them, or `NotFound`."""
        found = _SQL.row(self._database, Entry, "entry", source=SOURCE, id=entry_id)
        if found is None:
            raise NotFound(f"quarantine holds no entry {entry_id}")
        return found

    def evidence(self, entry: Entry) -> list[Evidence]:
        """The answers that show it."""
        return _SQL.rows(self._database, Evidence, "evidence", ids=entry.evidence)

    def release(self, entry: Entry, by: Actor, note: str, *, now: datetime) -> str:
        """Mark it released, which the audit trail keeps, and open a job that stores it; the job's id."""
        named = {
            "source": SOURCE,
            "id": entry.id,
            "by": by.id,
            "note": note,
            "now": now,
            "digest": f"release {entry.id}",
            "leagues": [slug_of(entry.league_id)],
            "league_id": entry.league_id,
            "season_id": entry.season_id,
            "ref": str(entry.id),
        }

        def work(connection: Connection) -> str:
            if not _SQL.execute(connection, "release", **named):
                raise Conflict(f"entry {entry.id} is held no more")
            detail = {"entry": str(entry.id), "of": f"{entry.kind} {entry.ref} {entry.part}", "note": note}
            audit.write(connection, audit_domain.Entry(action="quarantine.release", by=by, detail=detail), now=now)
            return str(_SQL.value(connection, "open_release", **named) or "")

        return self._database.transaction(work)

    def waived(self, kind: str, season_id: int, refs: Sequence[str] | None) -> dict[str, set[Waiver]]:
        """Rules that a person let pass, by what was read; of all when `refs` is None."""
        from functions.scrape_league.quarantine.model import Waiver

        named = {"source": SOURCE, "kind": kind, "season_id": season_id, "refs": refs and list(refs)}
        waivers: dict[str, set[Waiver]] = {}
        for row in _SQL.rows(self._database, dict, "waived", **named):
            waivers.setdefault(row["ref"], set()).add(Waiver(row["version"], row["part"], row["rule"]))
        return waivers
