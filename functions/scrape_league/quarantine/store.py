"""The quarantine in Postgres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from functions.scrape_league.quarantine.model import Evidence, QuarantineEntry, QuarantineItem, Subject, Waiver
from functions.scrape_league.source.endpoints import SOURCE
from shared.adapters.postgres import audit
from shared.adapters.postgres.database import to_jsonb
from shared.adapters.postgres.statements import Statements
from shared.domain.accounts import audit as audit_domain
from shared.domain.accounts.audit import Actor
from shared.domain.catalogue.leagues import slug_of
from shared.errors import Conflict, NotFound

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection, Postgres

_SQL = Statements(Path(__file__).with_name("queries.sql"))


def store_items(connection: Connection, items: Sequence[QuarantineItem]) -> None:
    """Put items into quarantine, in the transaction of the chunk that found them."""
    _write(connection, "store_items", [_row(item) for item in items])


def resolve(connection: Connection, passed: Sequence[Subject]) -> None:
    """Resolve the held entries of subjects that have passed the rules."""
    _write(connection, "resolve", [asdict(subject) for subject in passed])


def _row(item: QuarantineItem) -> dict[str, Any]:
    violations = [
        {"rule": violation.rule, "expected": violation.expected, "seen": violation.seen}
        for violation in item.violations
    ]
    return asdict(item.subject) | {"version": item.version, "violations": violations, "evidence": item.evidence}


def _write(connection: Connection, query: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        _SQL.execute(connection, query, source=SOURCE, rows=to_jsonb(rows))


class PostgresQuarantine:
    """Implementation of `Quarantine` and `Waivers`; shared by all threads."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def list_entries(self, *, state: str, league_id: int | None, after: int, limit: int) -> list[QuarantineEntry]:
        """Return entries of a state (all states if empty) and league, the oldest first, after an id."""
        params = {"source": SOURCE, "state": state, "league_id": league_id, "after": after, "limit": limit}
        return _SQL.rows(self._database, QuarantineEntry, "list_entries", **params)

    def get_entry(self, entry_id: int) -> QuarantineEntry:
        """Return an entry, or raise `NotFound`."""
        entry = _SQL.row(self._database, QuarantineEntry, "get_entry", source=SOURCE, id=entry_id)
        if entry is None:
            raise NotFound(f"quarantine holds no entry {entry_id}")
        return entry

    def get_evidence(self, entry: QuarantineEntry) -> list[Evidence]:
        """Return the raw responses that show its violations."""
        return _SQL.rows(self._database, Evidence, "get_evidence", ids=entry.evidence)

    def release(self, entry: QuarantineEntry, by: Actor, note: str, *, now: datetime) -> str:
        """Release an entry, record it in the audit trail, and open a job that stores it; return the id of the job."""
        params = {
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
            if not _SQL.execute(connection, "release", **params):
                raise Conflict(f"entry {entry.id} is no longer held: another request has released or resolved it")
            detail = {"entry": str(entry.id), "of": f"{entry.kind} {entry.ref} {entry.part}", "note": note}
            audit.write(connection, audit_domain.AuditEntry(action="quarantine.release", by=by, detail=detail), now=now)
            return str(_SQL.value(connection, "open_release_job", **params) or "")

        return self._database.transaction(work)

    def get_waivers(self, kind: str, season_id: int, refs: Sequence[str] | None) -> dict[str, set[Waiver]]:
        """Return the waivers of these subjects by `ref`; of all subjects if `refs` is None."""
        params = {"source": SOURCE, "kind": kind, "season_id": season_id, "refs": refs and list(refs)}
        waivers: dict[str, set[Waiver]] = {}
        for row in _SQL.rows(self._database, dict, "get_waivers", **params):
            waivers.setdefault(row["ref"], set()).add(Waiver(row["version"], row["part"], row["rule"]))
        return waivers
