"""All users in memory, as operators see and change them; `functions/users` runs on it in tests."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from shared.domain.accounts import lifecycle, usernames
from shared.domain.accounts.audit import Actor, AuditEntry
from shared.domain.accounts.lifecycle import Profile
from shared.domain.accounts.users import State, User, changes_state
from shared.events.users import UserBlocked
from shared.testing.account_lifecycle import MemoryAccounts, MemoryLife


class UserFilter(Protocol):
    """As `functions.users.service.UserFilter`."""

    @property
    def name(self) -> str: ...
    @property
    def contact(self) -> str: ...
    @property
    def state(self) -> State | None: ...
    @property
    def role(self) -> str: ...


class MemoryDirectory:
    """The users of a `MemoryLife`; the latest come first because they were put in last."""

    def __init__(self, life: MemoryLife) -> None:
        self._life = life
        self._users = life.users

    def search(self, wanted: UserFilter, *, before: str, limit: int) -> list[User]:
        """The latest first; `before` is a user's id or empty."""
        latest_first = sorted(self._users.all(), key=lambda user: user.created_at, reverse=True)
        ids = [user.id for user in latest_first]
        rest = latest_first[ids.index(before) + 1 :] if before in ids else latest_first
        return [user for user in rest if self._fits(user, wanted)][:limit]

    def profile(self, user_id: str, *, by: Actor, now: datetime) -> Profile:
        """The account with its contacts; `NotFound` when there is none. That it was read is recorded."""
        lifecycle.require_operator(by, self._life.operators())
        found = MemoryAccounts(self._life).profile(user_id)
        self._life.record(AuditEntry(action="user.read", by=by, user_id=user_id), now=now)
        return found

    def block(self, user_id: str, reason: str, *, by: Actor, now: datetime) -> list[str]:
        """Block a user, end all their sessions and put `UserBlocked` into the outbox; the ids of the sessions."""
        entry = AuditEntry(action="user.block", by=by, user_id=user_id, detail={"reason": reason})
        with self._life.lock:
            user, operators = self._users.by_id(user_id), self._life.operators()
            lifecycle.require_operator(by, operators)
            lifecycle.require_another_operator(user, operators)
            if changes_state(user.state, State.BLOCKED):
                self._users.move(usernames.fold(user.username), State.BLOCKED)
                self._life.tell(UserBlocked(user_id=user_id, occurred_at=now))
                self._life.record(entry, now=now)
            return self._life.sessions.revoke(user_id, now=now, reason="blocked")

    def set_role(self, user_id: str, role: str, *, grant: bool, by: Actor, now: datetime) -> list[str]:
        """Grant or revoke a role; the ids of sessions that ended, which are all when one is revoked."""
        with self._life.lock:
            user, operators = self._users.by_id(user_id), self._life.operators()
            lifecycle.require_operator(by, operators)
            lifecycle.require_role_change_allowed(user, role, operators, held=grant)
            if (role in user.roles) is not grant:
                others = [each for each in user.roles if each != role]
                self._users.grant(usernames.fold(user.username), *others, *([role] if grant else []))
                action = "role.grant" if grant else "role.revoke"
                self._life.record(AuditEntry(action=action, by=by, user_id=user_id, detail={"role": role}), now=now)
            return [] if grant else self._life.sessions.revoke(user_id, now=now, reason="role")

    def schedule_erasure(self, user_id: str, *, by: Actor, now: datetime) -> None:
        """Let the clock erase a blocked user next; `Conflict` for others, who decide that themselves."""
        with self._life.lock:
            user = self._users.by_id(user_id)
            lifecycle.require_operator(by, self._life.operators())
            lifecycle.require_erasable_by_operator(user)
            self._users.due[user_id] = now
            self._life.record(AuditEntry(action="user.erase_soon", by=by, user_id=user_id), now=now)

    def _fits(self, user: User, wanted: UserFilter) -> bool:
        reached = {each.address.casefold() for each in self._users.contacts.get(user.id, [])}
        return (
            usernames.fold(user.username).startswith(wanted.name)
            and wanted.state in (None, user.state)
            and (not wanted.role or wanted.role in user.roles)
            and (not wanted.contact or wanted.contact in reached)
        )
