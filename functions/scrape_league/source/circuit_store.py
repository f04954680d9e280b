"""The gate to a source in Postgres: turns and the circuit, shared by all workers of all processes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from functions.scrape_league.source import circuit
from functions.scrape_league.source.circuit import Circuit, Slot
from shared.adapters.postgres import audit
from shared.adapters.postgres.statements import Statements
from shared.domain.accounts.audit import Actor, Entry
from shared.errors import Blocked, SourceSilent

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection, Postgres
    from shared.domain.sofascore import Outcome

_SQL = Statements(Path(__file__).with_name("queries.sql"))

PROBE_S = 60.0
"""How long the one request after an open circuit may take before another may try."""


class PostgresSourceGuard:
    """Whether and when a source may be asked; shared by all threads."""

    def __init__(self, database: Postgres, source: str) -> None:
        self._database = database
        self._source = source

    def acquire_slot(self, span_s: float) -> Slot:
        """Take the source's next `span_s` seconds.

        Raises
        ------
        Blocked : a person has to decide.  SourceSilent : its circuit is open, or one other finds out about it.
        """
        named = {"source": self._source, "span_s": span_s, "probe_s": PROBE_S}
        with self._database.connection() as connection:
            found = _SQL.rows(connection, Slot, "reserve", **named)
            if not found:
                _SQL.execute(connection, "open_source", source=self._source)
                found = _SQL.rows(connection, Slot, "reserve", **named)
            if found:
                return found[0]
            known = self._circuit(connection, "circuit")
        if known.blocked_at is not None:
            raise Blocked(known.blocked_reason or "the source's circuit is open")
        raise SourceSilent(f"the source rests until {known.opened_until}")

    def is_valid(self, slot: Slot) -> bool:
        """Whether a turn that was waited for still counts; nobody has asked for a pause meanwhile."""
        return bool(_SQL.value(self._database, "epoch", source=self._source) == slot.epoch)

    def observe(self, slot: Slot, outcomes: Sequence[Outcome], *, asked_s: float = 0.0) -> Circuit:
        """Count how the requests of a turn were answered; the circuit afterwards.

        Parameters
        ----------
        outcomes : in the order of the requests.
        asked_s : the longest wait the answers asked for, in seconds.
        """

        def change(known: Circuit, now: datetime) -> tuple[Circuit, float]:
            changed = circuit.after(known, outcomes, now, asked_s=asked_s, is_probe=slot.is_probe)
            is_open = changed.opened_until is not None
            return changed, circuit.pause_s(known, outcomes, asked_s=asked_s, is_open=is_open)

        return self._database.transaction(lambda connection: self._keep(connection, change))

    def block(self, slot: Slot, reason: str) -> Circuit:
        """The source refused us within a turn: it is not asked, and every running job stops, until a person decides.

        A person who resumed the source since the turn began has decided already; the circuit stays as it is.
        """

        def work(connection: Connection) -> Circuit:
            resumed_epoch = _SQL.value(connection, "resumed_epoch", source=self._source)
            if resumed_epoch is not None and slot.epoch < resumed_epoch:
                return self._circuit(connection, "circuit")
            return self._keep(connection, lambda known, now: (circuit.blocked(known, reason, now), 0.0))

        return self._database.transaction(work)

    def read(self) -> Circuit:
        """The circuit as it is."""
        with self._database.connection() as connection:
            return self._circuit(connection, "circuit")

    def resume(self, by: Actor, reason: str, *, now: datetime) -> list[str]:
        """Close the circuit, a person's decision that the audit trail keeps; the ids of the jobs that go on."""

        def work(connection: Connection) -> list[str]:
            known = self._circuit(connection, "locked_circuit")
            _SQL.execute(connection, "resume", source=self._source)
            detail = {"source": self._source, "was": known.health, "refusal": known.blocked_reason, "reason": reason}
            audit.write(connection, Entry(action="source.resume", by=by, detail=detail), now=now)
            return [str(job_id) for job_id in _SQL.values(connection, "unblock_jobs")]

        return self._database.transaction(work)

    def _keep(self, connection: Connection, change: Callable[[Circuit, datetime], tuple[Circuit, float]]) -> Circuit:
        """Store what becomes of the circuit, and the seconds of rest that everybody keeps."""
        _SQL.execute(connection, "open_source", source=self._source)
        known = self._circuit(connection, "locked_circuit")
        changed, pause_s = change(known, _now(connection))
        _SQL.execute(connection, "keep_circuit", **asdict(changed), source=self._source, pause_s=pause_s)
        if changed.blocked_at is not None and known.blocked_at is None:
            _SQL.execute(connection, "block_jobs", reason=changed.blocked_reason)
        return changed

    def _circuit(self, connection: Connection, query: str) -> Circuit:
        return _SQL.row(connection, Circuit, query, source=self._source) or Circuit()


def _now(connection: Connection) -> datetime:
    """By the clock of the database, which all workers share."""
    found = connection.execute(b"SELECT clock_timestamp()").fetchone()
    assert found is not None
    now: datetime = found[0]
    return now
