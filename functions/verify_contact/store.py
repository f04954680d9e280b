"""Claims and codes in Postgres."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from shared.adapters.postgres import audit, user_rows
from shared.adapters.postgres.statements import Statements
from shared.domain.accounts.audit import Actor, AuditEntry, Outcome
from shared.domain.accounts.contacts import Address, Kind
from shared.domain.accounts.lifecycle import Contact, Proof
from shared.domain.accounts.users import State, User
from shared.errors import Conflict, NotFound
from shared.events.users import UserVerified

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection, Postgres

_SQL = Statements(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class _AddressRow:
    id: str
    kind: str
    address: str
    folded: str

    def to_address(self) -> Address:
        return Address(kind=Kind(self.kind), shown=self.address, folded=self.folded)


@dataclass(frozen=True, slots=True)
class _ProvenRow:
    kind: str
    address: str
    created_at: datetime
    verified_at: datetime


class PostgresCodes:
    """The tables of contacts and of the codes sent to them."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def find_claim(self, user_id: str, kind: Kind) -> Address:
        """Return the address to be verified; `NotFound` when there is none, `Conflict` when it is verified already."""
        with self._database.connection() as connection:
            claim = _SQL.row(connection, _AddressRow, "claim", user_id=user_id, kind=kind)
            if claim is not None:
                return claim.to_address()
            has_proven = _SQL.value(connection, "has_proven", user_id=user_id, kind=kind)
        if has_proven:
            raise Conflict(f"your {kind} is verified already")
        raise NotFound(f"there is no {kind} to verify")

    def store(
        self, user_id: str, address: Address, *, digest: bytes, expires_at: datetime, by: Actor, now: datetime
    ) -> None:
        """Store the digest of the only valid code of the address; `NotFound` when it is no longer claimed."""
        params = {"user_id": user_id, "kind": address.kind, "folded": address.folded}

        def work(connection: Connection) -> None:
            user_rows.lock_usable_user(connection, user_id)
            if not _SQL.execute(connection, "keep", **params, digest=digest, now=now, expires_at=expires_at):
                raise NotFound(f"there is no such {address.kind} to verify")
            _record(connection, "contact.send_code", user_id, address.kind, by, now)

        self._database.transaction(work)

    def prove(
        self, user_id: str, kind: Kind, *, digest: bytes, max_tries: int, by: Actor, now: datetime
    ) -> Proof | None:
        """Consume a code; None when it is not the latest one, expired, used, or tried too often."""

        def work(connection: Connection) -> Proof | None:
            user = user_rows.lock_usable_user(connection, user_id)
            claim = _SQL.row(connection, _AddressRow, "claim", user_id=user_id, kind=kind)
            if claim is None or not _matches(connection, claim, digest, max_tries, now):
                _record(connection, "contact.verify", user_id, kind, by, now, outcome="refused")
                return None
            _SQL.execute(connection, "use_up", contact_id=claim.id)
            earlier = _SQL.row(connection, _AddressRow, "drop_proven", user_id=user_id, kind=kind)
            contact = _mark_proven(connection, claim, now)
            _record(connection, "contact.verify", user_id, kind, by, now)
            replaced = earlier.to_address() if earlier else None
            return Proof(contact=contact, state=_advance_state(connection, user, now), replaced=replaced)

        return self._database.transaction(work)


def _matches(connection: Connection, claim: _AddressRow, digest: bytes, max_tries: int, now: datetime) -> bool:
    stored = _SQL.value(connection, "try", contact_id=claim.id, max_tries=max_tries, now=now)
    return stored is not None and hmac.compare_digest(stored, digest)


def _mark_proven(connection: Connection, claim: _AddressRow, now: datetime) -> Contact:
    from psycopg import errors as pg

    try:
        row = _SQL.row(connection, _ProvenRow, "mark_proven", contact_id=claim.id, now=now)
    except pg.UniqueViolation:
        raise Conflict(f"this {claim.kind} is verified for another user") from None
    assert row is not None
    return Contact(kind=Kind(row.kind), address=row.address, created_at=row.created_at, verified_at=row.verified_at)


def _advance_state(connection: Connection, user: User, now: datetime) -> State:
    """Return the user's state, which a first verification changes."""
    if user.state is not State.NEW:
        return user.state
    to = State.CONTACT_VERIFIED
    user_rows.change_state(connection, user, to)
    user_rows.add_event(connection, UserVerified(user_id=user.id, state=to, occurred_at=now))
    return to


def _record(
    connection: Connection,
    action: str,
    user_id: str,
    kind: Kind,
    by: Actor,
    now: datetime,
    outcome: Outcome = "done",
) -> None:
    entry = AuditEntry(action=action, by=by, user_id=user_id, outcome=outcome, detail={"kind": kind})
    audit.write(connection, entry, now=now)
