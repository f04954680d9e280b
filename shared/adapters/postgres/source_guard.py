"""The source guard in Postgres: rate limit and circuit breaker, shared by all workers of all processes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from shared.adapters.postgres import audit
from shared.adapters.postgres.statements import Statements
from shared.domain.accounts.audit import Actor, AuditEntry
from shared.domain.collection import circuit
from shared.domain.collection.circuit import Circuit, Slot
from shared.errors import Blocked, SourceSilent

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection, Postgres
    from shared.domain.sofascore import Outcome

_SQL = Statements(Path(__file__).parent / "sql" / "source_guard.sql")

PROBE_S = 60.0
"""Time after which an unanswered probe of an open circuit is given up and another worker may probe."""


class PostgresSourceGuard:
    """The guard of one source; shared by all threads. What hangs on the source overrides `_on_block`, `_on_resume`."""

    def __init__(self, database: Postgres, source: str) -> None:
        self._database = database
        self._source = source

    def acquire_slot(self, span_s: float) -> Slot:
        """Reserve the next `span_s` seconds of the source.

        Raises
        ------
        Blocked : the source has refused us; a person has to resume it.
        SourceSilent : the circuit is open, or another worker is probing it.
        """
        params = {"source": self._source, "span_s": span_s, "probe_s": PROBE_S}
        with self._database.connection() as connection:
            slot = _SQL.row(connection, Slot, "reserve_slot", **params)
            if slot is None:
                _SQL.execute(connection, "create_source", source=self._source)
                slot = _SQL.row(connection, Slot, "reserve_slot", **params)
            if slot is not None:
                return slot
            state = self._circuit(connection, "circuit")
        if state.blocked_at is not None:
            raise Blocked(state.blocked_reason or "the source has refused requests")
        raise SourceSilent(f"the circuit of the source is open until {state.opened_until}")

    def is_valid(self, slot: Slot) -> bool:
        """Tell whether a slot may still be used after its wait: nobody has recorded a pause in the meantime."""
        return bool(_SQL.value(self._database, "epoch", source=self._source) == slot.epoch)

    def record_outcomes(self, slot: Slot, outcomes: Sequence[Outcome], *, retry_after_s: float = 0.0) -> Circuit:
        """Record how the requests of a slot ended; return the circuit afterwards.

        Parameters
        ----------
        outcomes : in the order of the requests.
        retry_after_s : the longest wait that the responses asked for, in seconds.
        """

        def change(before: Circuit, now: datetime) -> tuple[Circuit, float]:
            after = circuit.record_outcomes(before, outcomes, now, retry_after_s=retry_after_s, is_probe=slot.is_probe)
            is_open = after.opened_until is not None
            return after, circuit.pause_s(before, outcomes, retry_after_s=retry_after_s, is_open=is_open)

        return self._database.transaction(lambda connection: self._update(connection, change))

    def block(self, slot: Slot, reason: str) -> Circuit:
        """Block the source until a person decides, because it refused us within a slot.

        If a person has resumed the source since the slot was acquired, the circuit stays as it is.
        """

        def work(connection: Connection) -> Circuit:
            resumed_epoch = _SQL.value(connection, "resumed_epoch", source=self._source)
            if resumed_epoch is not None and slot.epoch < resumed_epoch:
                return self._circuit(connection, "circuit")
            return self._update(connection, lambda before, now: (circuit.block(before, reason, now), 0.0))

        return self._database.transaction(work)

    def read(self) -> Circuit:
        """Return the state of the circuit."""
        with self._database.connection() as connection:
            return self._circuit(connection, "circuit")

    def resume(self, by: Actor, reason: str, *, now: datetime) -> list[str]:
        """Close the circuit, record the decision in the audit trail, and return the ids of what continues."""

        def work(connection: Connection) -> list[str]:
            before = self._circuit(connection, "lock_circuit")
            _SQL.execute(connection, "resume", source=self._source)
            detail = {"source": self._source, "was": before.health, "refusal": before.blocked_reason, "reason": reason}
            audit.write(connection, AuditEntry(action="source.resume", by=by, detail=detail), now=now)
            return self._on_resume(connection)

        return self._database.transaction(work)

    def _on_block(self, connection: Connection, reason: str) -> None:
        """Stop what needs the source, in the transaction that blocks it."""

    def _on_resume(self, connection: Connection) -> list[str]:
        """Continue what needs the source, in the transaction that resumes it; return the ids."""
        return []

    def _update(self, connection: Connection, change: Callable[[Circuit, datetime], tuple[Circuit, float]]) -> Circuit:
        """Store the changed circuit and the pause that all workers keep."""
        _SQL.execute(connection, "create_source", source=self._source)
        before = self._circuit(connection, "lock_circuit")
        after, pause_s = change(before, _SQL.value(connection, "database_time"))
        _SQL.execute(connection, "store_circuit", source=self._source, pause_s=pause_s, **asdict(after))
        if after.blocked_at is not None and before.blocked_at is None:
            self._on_block(connection, after.blocked_reason)
        return after

    def _circuit(self, connection: Connection, query: str) -> Circuit:
        return _SQL.row(connection, Circuit, query, source=self._source) or Circuit()
