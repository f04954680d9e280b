"""The life of accounts in memory; `functions/account` runs on it in tests."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime

from shared.domain.accounts import lifecycle
from shared.domain.accounts.audit import Actor, AuditEntry
from shared.domain.accounts.contacts import Address
from shared.domain.accounts.lifecycle import Contact, Profile, require_usable
from shared.domain.accounts.users import Login, State, User, changes_state
from shared.errors import Conflict
from shared.events.users import UserDeleted, UserEvent
from shared.testing.accounts import MemorySessions, MemoryUsers

_EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(kw_only=True)
class MemoryLife:
    """Users and their changes, one at a time, as under the lock of the user's row."""

    users: MemoryUsers
    sessions: MemorySessions
    lock: threading.RLock = field(default_factory=threading.RLock)

    def living(self, user_id: str) -> User:
        """The user; `Forbidden` when blocked or deleted."""
        return require_usable(self.users.by_id(user_id))

    def operators(self) -> dict[str, User]:
        """Return the operators who are neither blocked nor about to be deleted, by id."""
        return lifecycle.find_operators(user for user in self.users.all() if user.id not in self.users.due)

    def without_the_last_operator(self, user_id: str) -> User:
        """The user; `Conflict` when no other operator would be left."""
        user = self.users.by_id(user_id)
        lifecycle.require_another_operator(user, self.operators())
        return user

    def record(self, entry: AuditEntry, *, now: datetime) -> None:
        """Add an entry to the audit trail."""
        self.users.audit.record(entry, now=now)

    def tell(self, fact: UserEvent) -> None:
        """Add an event to the outbox."""
        self.users.outbox.put(fact.to_event())


class MemoryAccounts:
    """The store of `functions/account` in memory."""

    def __init__(self, life: MemoryLife) -> None:
        self._life = life
        self._users = life.users

    def profile(self, user_id: str) -> Profile:
        """The account; `NotFound` when there is none."""
        contacts = sorted(self._users.contacts.get(user_id, []), key=lambda each: (each.kind, each.verified_at is None))
        due_at = self._users.due.get(user_id)
        return Profile(user=self._users.by_id(user_id), contacts=tuple(contacts), deletion_due_at=due_at)

    def login(self, user_id: str) -> Login:
        """Return the account with the hash of the password."""
        return self._users.login(user_id)

    def change_password(self, user_id: str, *, old: str, new: str, keep: str, by: Actor, now: datetime) -> list[str]:
        """Replace the hash and end every session but one; the ids of those that ended."""
        with self._life.lock:
            self._life.living(user_id)
            if self._users.login(user_id).password_hash != old:
                raise Conflict("the password was changed meanwhile")
            self._users.rehash(user_id, old=old, new=new)
            self._life.record(AuditEntry(action="user.password_change", by=by, user_id=user_id), now=now)
            return self._life.sessions.revoke(user_id, now=now, but=keep, reason="password_changed")

    def claim(self, user_id: str, address: Address, *, by: Actor, now: datetime) -> None:
        """Note an address to be proven, instead of an earlier claim of its kind; `Conflict` when it is proven."""
        with self._life.lock:
            self._life.living(user_id)
            contacts_ = self._users.contacts.get(user_id, [])
            if any(each.verified_at and each.address.casefold() == address.folded for each in contacts_):
                raise Conflict(f"this {address.kind} is proven to be yours")
            others = [each for each in contacts_ if each.verified_at or each.kind is not address.kind]
            claimed = Contact(kind=address.kind, address=address.shown, created_at=now)
            self._users.contacts[user_id] = [*others, claimed]
            entry = AuditEntry(action="contact.claim", by=by, user_id=user_id, detail={"kind": address.kind})
            self._life.record(entry, now=now)

    def request_deletion(self, user_id: str, *, due_at: datetime, by: Actor, now: datetime) -> list[str]:
        """Note when the user is to be deleted and end all sessions; their ids."""
        with self._life.lock:
            require_usable(self._life.without_the_last_operator(user_id))
            if self._users.due.get(user_id) != due_at:
                self._users.due[user_id] = due_at
                self._life.record(AuditEntry(action="user.ask_deletion", by=by, user_id=user_id), now=now)
            return self._life.sessions.revoke(user_id, now=now, reason="deleted")

    def cancel_deletion(self, user_id: str, *, by: Actor, now: datetime) -> None:
        """Forget the wish to be deleted."""
        with self._life.lock:
            self._life.living(user_id)
            if self._users.due.pop(user_id, None):
                self._life.record(AuditEntry(action="user.come_back", by=by, user_id=user_id), now=now)

    def list_due(self, *, now: datetime, at_most: int) -> list[str]:
        """Users whose time of grace is over."""
        contacts = sorted((due_at, user_id) for user_id, due_at in self._users.due.items() if due_at <= now)
        return [user_id for _, user_id in contacts][:at_most]

    def erase(self, user_id: str, *, by: Actor, now: datetime) -> bool:
        """Erase a user who is still due and put `UserDeleted` into the outbox; whether this did it."""
        with self._life.lock:
            if user_id not in self.list_due(now=now, at_most=len(self._users.due)):
                return False
            changes_state(self._users.by_id(user_id).state, State.DELETED)
            self._users.forget(user_id)
            self._life.sessions.forget(user_id)
            self._life.tell(UserDeleted(user_id=user_id, occurred_at=now))
            self._life.record(AuditEntry(action="user.erase", by=by, user_id=user_id), now=now)
            return True

    def export(self, user_id: str) -> str:
        """Return what the fake stores of a user, as one JSON object in the real one's shape."""
        user = self._users.by_id(user_id)
        trail = reversed(self._users.audit.list_entries(user_id, before="", limit=1000))
        content = {
            "user": {"id": user.id, "username": user.username, "state": user.state, "roles": list(user.roles)},
            "contacts": [{"kind": each.kind, "address": each.address} for each in self.profile(user_id).contacts],
            "sessions": [
                {"id": each.id, "expires_at": each.expires_at.isoformat()}
                for each in self._life.sessions.list_active(user_id, now=_EVER)
            ],
            "identity_requests": [],
            "audit_trail": [{"action": each.entry.action, "by": each.entry.by.kind} for each in trail],
        }
        return json.dumps(content)
